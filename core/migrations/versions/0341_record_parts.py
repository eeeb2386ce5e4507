"""the parts of a record: the outcome of each request for one employee"""


from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0341"
down_revision = "0340"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "record_part",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("label", sa.String(length=100), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("message", sa.String(length=1000), nullable=True),
        sa.Column("target_id", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_record_part_run_id")),
        sa.PrimaryKeyConstraint("run_id", "position", "number", name=op.f("pk_record_part")),
    )


def downgrade() -> None:
    op.drop_table("record_part")
