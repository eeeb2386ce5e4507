"""the alert that a scope asks for what the source no longer has"""


from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0290"
down_revision = "0280"
branch_labels = None
depends_on = None

OPEN = sa.text("cleared_at IS NULL")
ALERTS_BEFORE = ("GRANT_REFUSED", "AUTHORISER_LEAVES", "NO_LONGER_LISTED", "REFUSES_ACCEPTED")


def upgrade() -> None:
    _allow_alerts((*ALERTS_BEFORE, "SCOPE_VANISHED"))


def downgrade() -> None:
    op.execute("DELETE FROM alert WHERE kind = 'SCOPE_VANISHED'")
    _allow_alerts(ALERTS_BEFORE)


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
