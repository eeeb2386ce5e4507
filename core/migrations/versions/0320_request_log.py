"""the requests of each employee, and what a run asked of both systems"""


from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.models.base import BigId, UtcMoment

revision = "0320"
down_revision = "0311"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("run", sa.Column("measures", sa.JSON(none_as_null=True), nullable=True))
    op.create_table(
        "request_log",
        sa.Column("id", BigId, nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("first_position", sa.Integer(), nullable=False),
        sa.Column("last_position", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcMoment(), nullable=False),
        sa.Column("entries", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_request_log_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_log")),
    )
    op.create_index("ix_request_log_run", "request_log", ["run_id", "first_position"])
    op.create_index(op.f("ix_request_log_created_at"), "request_log", ["created_at"])


def downgrade() -> None:
    op.drop_table("request_log")
    op.drop_column("run", "measures")
