"""the alert that a target refuses what it accepted before, and when a pairing is read in full under new code"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import core.models.base

revision = "0261"
down_revision = "0260"
branch_labels = None
depends_on = None

MOMENT = core.models.base.UtcMoment(timezone=True)
OPEN = sa.text("cleared_at IS NULL")
ALERTS_BEFORE = ("GRANT_REFUSED", "AUTHORISER_LEAVES", "NO_LONGER_LISTED")


def upgrade() -> None:
    op.add_column("pairing", sa.Column("code_version", sa.String(length=64), nullable=True))
    op.add_column("pairing", sa.Column("code_due_at", MOMENT, nullable=True))
    _allow_alerts((*ALERTS_BEFORE, "REFUSES_ACCEPTED"))


def downgrade() -> None:
    op.execute("DELETE FROM alert WHERE kind = 'REFUSES_ACCEPTED'")
    _allow_alerts(ALERTS_BEFORE)
    op.drop_column("pairing", "code_due_at")
    op.drop_column("pairing", "code_version")


def _allow_alerts(kinds: Sequence[str]) -> None:
    """Replace the CHECK constraint on the kind of an alert. SQLite copies the table, without its partial index."""
    allowed = f"kind IN ({', '.join(repr(kind) for kind in kinds)})"
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint(op.f("ck_alert_alertkind"), "alert")
        op.create_check_constraint(op.f("ck_alert_alertkind"), "alert", allowed)
        return
    op.drop_index("uq_alert_open", "alert")
    with op.batch_alter_table("alert", recreate="always") as batch:
        batch.create_check_constraint(op.f("ck_alert_alertkind"), allowed)
    op.create_index("uq_alert_open", "alert", ["side_id", "kind"], unique=True, sqlite_where=OPEN)
