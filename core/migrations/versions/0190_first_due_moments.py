"""first due moments of schedules, occurrences that were not run, and the row that the health check writes"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import core.models.base

revision = "0190"
down_revision = "0180"
branch_labels = None
depends_on = None

MOMENT = core.models.base.UtcMoment(timezone=True)


def upgrade() -> None:
    op.add_column("schedule", sa.Column("first_due_at", MOMENT, nullable=True))
    # Counted from its next due moment, a schedule stays as it was.
    op.execute("UPDATE schedule SET first_due_at = next_due_at")
    op.add_column("run", sa.Column("skipped", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.create_table(
        "store_check",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("checked_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_store_check")),
    )


def downgrade() -> None:
    op.drop_table("store_check")
    op.drop_column("run", "skipped")
    op.drop_column("schedule", "first_due_at")
