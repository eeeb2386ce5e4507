"""how long an account keeps counters, employees of runs and requests, and when a run's employees were removed"""


from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.models.base import UtcMoment

revision = "0390"
down_revision = "0400"
branch_labels = None
depends_on = None

COLUMNS = (("keep_counter_months", "84"), ("keep_row_months", "13"), ("keep_request_days", "30"))
KEPT = sa.text("rows_removed_at IS NULL")


def upgrade() -> None:
    for name, default in COLUMNS:
        op.add_column("account", sa.Column(name, sa.Integer(), server_default=sa.text(default), nullable=False))
    op.add_column("run", sa.Column("rows_removed_at", UtcMoment(timezone=True), nullable=True))
    op.create_index("ix_run_rows_kept", "run", ["ended_at"], sqlite_where=KEPT, postgresql_where=KEPT)


def downgrade() -> None:
    op.drop_index("ix_run_rows_kept", "run")
    op.drop_column("run", "rows_removed_at")
    for name, _ in COLUMNS:
        op.drop_column("account", name)
