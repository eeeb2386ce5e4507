"""open problems, how many employees of a run need action, and match decisions that can be undone"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import core.models.base

revision = "0150"
down_revision = "0140"
branch_labels = None
depends_on = None

MOMENT = core.models.base.UtcMoment(timezone=True)
WARNED = sa.text("warnings IS NOT NULL")
OPEN = sa.text("cleared_at IS NULL")
ALERTS_BEFORE = ("GRANT_REFUSED", "AUTHORISER_LEAVES")


def upgrade() -> None:
    """Start with an empty list: the next run of each connection fills it."""
    op.create_table(
        "open_problem",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pairing_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("source_id", sa.String(length=200), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("field", sa.String(length=200), server_default=sa.text("''"), nullable=False),
        sa.Column("name", sa.String(length=400), nullable=False),
        sa.Column("message", sa.String(length=1000), nullable=False),
        sa.Column("target_id", sa.String(length=200), nullable=True),
        sa.Column("fixer", sa.String(length=40), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("first_run_id", sa.Integer(), nullable=True),
        sa.Column("last_run_id", sa.Integer(), nullable=True),
        sa.Column("snoozed_until", MOMENT, nullable=True),
        sa.Column("ignored_at", MOMENT, nullable=True),
        sa.Column("ignored_by", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=True),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_open_problem_{column}"))
            for column, table in (
                ("pairing_id", "pairing"),
                ("first_run_id", "run"),
                ("last_run_id", "run"),
                ("ignored_by", "user"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_open_problem")),
        sa.UniqueConstraint(
            *("pairing_id", "kind", "source_id", "code", "field"),
            name=op.f("uq_open_problem_pairing_id_kind_source_id_code_field"),
        ),
    )
    op.create_index(
        "ix_record_warned", "record", ["run_id", "position"], sqlite_where=WARNED, postgresql_where=WARNED
    )
    op.add_column("run", sa.Column("need_action", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("rejected_match", sa.Column("linked_at", MOMENT, nullable=True))
    op.add_column("rejected_match", sa.Column("identity_digest", sa.LargeBinary(length=12), nullable=True))
    _allow_alerts((*ALERTS_BEFORE, "NO_LONGER_LISTED"))


def downgrade() -> None:
    op.execute("DELETE FROM alert WHERE kind = 'NO_LONGER_LISTED'")
    _allow_alerts(ALERTS_BEFORE)
    op.drop_column("rejected_match", "identity_digest")
    op.drop_column("rejected_match", "linked_at")
    op.drop_column("run", "need_action")
    op.drop_index("ix_record_warned", "record")
    op.drop_table("open_problem")


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
