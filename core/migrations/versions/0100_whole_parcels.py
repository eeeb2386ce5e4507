"""parcels that tell whom they are about, and words of a record checked one by one, which takes SQLite half as long for a row"""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from alembic import op

revision = "0100"
down_revision = "0090"
branch_labels = None
depends_on = None

WORDS = {
    "decision": (
        "'Create', 'Update', 'Terminate', 'No change', 'Filtered', 'Held', 'Ambiguous match', 'Already linked', 'Error'",
        ("No change", "Create", "Update", "Terminate", "Filtered", "Held", "Ambiguous match", "Already linked", "Error"),
    ),
    "action": (
        "'Pending', 'Created', 'Updated', 'Terminated', 'Skipped', 'Not written', 'Failed'",
        ("Skipped", "Pending", "Created", "Updated", "Terminated", "Not written", "Failed"),
    ),
}
CHECKS = {
    f"CHECK ({column} IN ({together}))": f"CHECK ({' OR '.join(f'{column} = {word!r}' for word in alone)})"
    for column, (together, alone) in WORDS.items()
}
"""As SQLite has them in its schema → as it is to have them. They say the same, so that PostgreSQL, which is quick with both, keeps its own."""


UNFINISHED = "run_id IN (SELECT id FROM run WHERE status = 'RUNNING') AND action = 'Pending'"
SENT = "position <= (SELECT sent_through FROM run WHERE run.id = record.run_id) AND NOT unsent"
END = (
    f"""
    UPDATE record SET action = 'Failed', reason = 'UNANSWERED',
        message = 'iHUB was brought up to date before the answer came. The next run looks before it writes.'
    WHERE {UNFINISHED} AND {SENT}
    """,
    f"""
    UPDATE record SET action = 'Failed', reason = 'NOT_ATTEMPTED',
        message = 'iHUB was brought up to date before this employee was written. Run the job again.'
    WHERE {UNFINISHED}
    """,
    "UPDATE plan SET state = 'EXPIRED', decided_at = CURRENT_TIMESTAMP WHERE state = 'OPEN'",
    "UPDATE record SET parcel_id = NULL WHERE parcel_id IS NOT NULL",
)
"""Parcels cannot be sealed anew here: runs in the middle of writing end without the rest, and kept plans are closed."""


def upgrade() -> None:
    _empty_parcels(sa.BigInteger().with_variant(sa.Integer(), "sqlite"))
    _rewrite(CHECKS)


def downgrade() -> None:
    _empty_parcels(sa.BigInteger())
    _rewrite({after: before for before, after in CHECKS.items()})


def _empty_parcels(number: sa.types.TypeEngine[int]) -> None:
    """End what was to be written, and make the table of parcels anew; SQLite finds them by their number alone where it is an INTEGER."""
    for statement in END:
        op.execute(statement)
    op.drop_table("parcel")
    op.create_table(
        "parcel",
        sa.Column("id", number, autoincrement=False, nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_parcel_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parcel")),
    )
    op.create_index(op.f("ix_parcel_run_id"), "parcel", ["run_id"])


def _rewrite(checks: Mapping[str, str]) -> None:
    """Change the words of checks where the schema keeps them, as https://sqlite.org/lang_altertable.html#otheralter says."""
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        return
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    for before, after in checks.items():
        change = "UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = 'record' AND instr(sql, ?)"
        if connection.exec_driver_sql(change, (before, after, before)).rowcount != 1:
            raise RuntimeError(f"The table of records does not have the check it should have: {before}")
    connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = RESET")
