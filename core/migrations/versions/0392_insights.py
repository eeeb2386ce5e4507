"""what insights say of each run, as a view for SQL"""


from __future__ import annotations

from alembic import op

revision = "0392"
down_revision = "0391"
branch_labels = None
depends_on = None

# Seconds between two moments, and the UTC hour of one, in the words of each engine.
WORDS = {
    "sqlite": ("(unixepoch({1}) - unixepoch({0}))", "strftime('%Y-%m-%d %H', {0})"),
    "postgresql": (
        "CAST(extract(epoch FROM {1}) - extract(epoch FROM {0}) AS bigint)",
        "to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24')",
    ),
}
VIEW = """
    CREATE VIEW run_insight AS
    SELECT id AS run_id, account_id, connection_id, ended_at, {hour} AS ended_hour,
        unchanged + written AS finished, unchanged + written + held + errors AS compared, written, errors,
        CASE WHEN trigger = 'Scheduled' AND pay_date IS NULL AND due_at IS NOT NULL THEN {late} END AS seconds_late,
        CASE WHEN written > 0 THEN {took} END AS seconds_to_payroll,
        CASE WHEN pay_date IS NULL THEN NULL WHEN ended_at <= due_at AND errors = 0 THEN 1 ELSE 0 END
            AS before_cut_off
    FROM run
    WHERE kind = 'SYNC' AND status IN ('COMPLETE', 'ERROR') AND started_at IS NOT NULL AND ended_at IS NOT NULL
"""


def upgrade() -> None:
    op.create_index("ix_run_account_ended", "run", ["account_id", "ended_at"])
    seconds, hour = WORDS[op.get_bind().dialect.name]
    op.execute(
        VIEW.format(
            hour=hour.format("ended_at"),
            late=seconds.format("due_at", "started_at"),
            took=seconds.format("started_at", "ended_at"),
        )
    )


def downgrade() -> None:
    op.execute("DROP VIEW run_insight")
    op.drop_index("ix_run_account_ended", "run")
