"""weekly, monthly and cron schedules, pauses, and the revision of a schedule; no due moment changes"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import core.models.base

revision = "0260"
down_revision = "0250"
branch_labels = None
depends_on = None

BEFORE = "'minutes', 'hours', 'day', 'weekday'"
AFTER = f"{BEFORE}, 'week', 'month', 'cron'"
SHORT, LONG = "VARCHAR(5)", "VARCHAR(150)"


def upgrade() -> None:
    op.add_column("schedule", sa.Column("days", sa.String(length=400), nullable=True))
    op.add_column("schedule", sa.Column("cron", sa.String(length=100), nullable=True))
    op.add_column("schedule", sa.Column("starts_on", sa.Date(), nullable=True))
    op.add_column(
        "schedule", sa.Column("paused_until", core.models.base.UtcMoment(timezone=True), nullable=True)
    )
    op.add_column(
        "schedule", sa.Column("revision", sa.Integer(), server_default=sa.text("1"), nullable=False)
    )
    _alter((BEFORE, AFTER), (SHORT, LONG))


def downgrade() -> None:
    # The version before has neither these kinds nor several times a day nor pauses: such schedules end.
    new = "every IN ('week', 'month', 'cron')"
    op.execute(
        f"UPDATE schedule SET active = FALSE WHERE {new} OR length(at) > 5 OR paused_until IS NOT NULL"
    )
    op.execute(f"UPDATE schedule SET interval = NULL, at = '00:00', every = 'day' WHERE {new}")
    op.execute("UPDATE schedule SET at = substr(at, 1, 5)")
    _alter((AFTER, BEFORE), (LONG, SHORT))
    for name in ("revision", "paused_until", "starts_on", "cron", "days"):
        op.drop_column("schedule", name)


def _alter(kinds: tuple[str, str], length: tuple[str, str]) -> None:
    """Change which values ``every`` may have, and how long ``at`` may be."""
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint(op.f("ck_schedule_every"), "schedule")
        op.create_check_constraint(op.f("ck_schedule_every"), "schedule", f"every IN ({kinds[1]})")
        op.alter_column("schedule", "at", type_=sa.String(int(length[1].strip("VARCHAR()"))))
        return
    # SQLite could only copy the table, which it refuses as long as runs refer to it. What is stored stays as it is,
    # so its documentation (lang_altertable.html, "Making Other Kinds Of Table Schema Changes") allows this.
    version = op.get_bind().scalar(sa.text("PRAGMA schema_version"))
    op.execute("PRAGMA writable_schema = ON")
    for before, after in (kinds, (f"at {length[0]}", f"at {length[1]}")):
        change = "UPDATE sqlite_master SET sql = replace(sql, :before, :after) WHERE name = 'schedule'"
        op.get_bind().execute(sa.text(change), {"before": before, "after": after})
    op.execute(f"PRAGMA schema_version = {version + 1}")
    op.execute("PRAGMA writable_schema = RESET")
