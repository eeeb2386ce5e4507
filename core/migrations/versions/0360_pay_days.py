"""pay calendars, and the runs that are final sweeps before a cut-off"""


from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import core.models.base

revision = "0360"
down_revision = "0370"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pay_calendar_version",
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("document", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("created_at", core.models.base.UtcMoment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_pay_calendar_version_connection_id")
        ),
        sa.ForeignKeyConstraint(["author_id"], ["user.id"], name=op.f("fk_pay_calendar_version_author_id")),
        sa.PrimaryKeyConstraint("connection_id", "number", name=op.f("pk_pay_calendar_version")),
    )
    op.add_column("run", sa.Column("pay_date", sa.Date(), nullable=True))
    op.create_index("uq_run_final_sweep", "run", ["connection_id", "pay_date", "due_at"], unique=True)


def downgrade() -> None:
    op.drop_index("uq_run_final_sweep", "run")
    op.drop_column("run", "pay_date")
    op.drop_table("pay_calendar_version")
