"""who chose to hear of missed pay days hears of wrong pay, too"""


from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0380"
down_revision = "0360"
branch_labels = None
depends_on = None

PREFERENCE = sa.table(
    "alert_preference", sa.column("user_id"), sa.column("account_id"), sa.column("settings", sa.JSON(none_as_null=True))
)
PAY_DAY, PAID_WRONG = "PAY_DAY", "PAID_WRONG"


def change(settings: dict[str, Any], *, adds: bool) -> dict[str, Any]:
    """Return settings with wrong pay wherever missed pay days were chosen, or without it."""
    changed: dict[str, Any] = json.loads(json.dumps(settings))
    for choice in changed.get("choices", {}).values():
        for place in ("page", "mail"):
            topics = [topic for topic in choice.get(place, []) if topic != PAID_WRONG]
            choice[place] = topics + ([PAID_WRONG] if adds and PAY_DAY in topics else [])
    return changed


def _change_all(*, adds: bool) -> None:
    connection = op.get_bind()
    rows = connection.execute(sa.select(PREFERENCE).where(PREFERENCE.c.settings.is_not(None))).all()
    for row in rows:
        is_row = PREFERENCE.c.user_id == row.user_id, PREFERENCE.c.account_id == row.account_id
        connection.execute(sa.update(PREFERENCE).where(*is_row).values(settings=change(row.settings, adds=adds)))


def upgrade() -> None:
    _change_all(adds=True)


def downgrade() -> None:
    """Take away what the version before cannot read; its messages go with an event."""
    _change_all(adds=False)
    of_topic = f"topic = '{PAID_WRONG}'"
    op.execute(f"DELETE FROM delivery WHERE event_id IN (SELECT id FROM alert_event WHERE {of_topic})")
    for table in ("alert_event", "alert_state"):
        op.execute(f"DELETE FROM {table} WHERE {of_topic}")
