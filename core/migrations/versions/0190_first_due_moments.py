"""first due moments of schedules, and occurrences that were not run"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import core.models.base

revision = "0190"
down_revision = "0180"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("schedule", sa.Column("first_due_at", core.models.base.UtcMoment(timezone=True), nullable=True))
    # Counted from its next due moment, a schedule stays as it was.
    op.execute("UPDATE schedule SET first_due_at = next_due_at")
    op.add_column("run", sa.Column("skipped", sa.Integer(), server_default=sa.text("0"), nullable=False))


def downgrade() -> None:
    op.drop_column("run", "skipped")
    op.drop_column("schedule", "first_due_at")
