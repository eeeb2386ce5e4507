"""runs of chosen employees in place of runs of one, and one waiting run of each kind and selection"""

from __future__ import annotations

from hashlib import sha256

import sqlalchemy as sa
from alembic import op

revision = "0230"
down_revision = "0210"
branch_labels = None
depends_on = None

QUEUED = sa.text("status = 'QUEUED'")
# The waiting runs that the version before cannot hold: it has room for one of each type, and for one employee in each.
TOO_MANY = """
    SELECT run.id FROM run WHERE status = 'QUEUED' AND (
        EXISTS (
            SELECT 1 FROM run AS earlier WHERE earlier.connection_id = run.connection_id
            AND earlier.trigger = run.trigger AND earlier.status = 'QUEUED' AND earlier.id < run.id
        )
        OR (SELECT count(*) FROM run_selection WHERE run_id = run.id) > 1
    )
    """
CANCEL = (
    """
    UPDATE record SET action = 'Not written', reason = 'CANCELLED', payload_batch_id = NULL,
        message = 'iHUB went back to an earlier version before this employee was written. Run the job again.'
    WHERE run_id = :run_id AND action = 'Pending'
    """,
    "DELETE FROM payload_batch WHERE run_id = :run_id",
    """
    UPDATE run SET status = 'CANCELLED', ended_at = created_at,
        message = 'Cancelled because iHUB went back to an earlier version. Run the job again.',
        "read" = (SELECT count(*) FROM record WHERE run_id = run.id),
        held = (SELECT count(*) FROM record WHERE run_id = run.id)
    WHERE id = :run_id
    """,
)


def upgrade() -> None:
    op.create_table(
        "run_selection",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_run_selection_run_id")),
        sa.PrimaryKeyConstraint("run_id", "source_id", name=op.f("pk_run_selection")),
    )
    op.execute(
        "INSERT INTO run_selection (run_id, source_id) SELECT id, person FROM run WHERE person IS NOT NULL"
    )
    _replace_kind("ONE_PERSON", "SELECTED")
    empty = sa.text("''")
    op.add_column("run", sa.Column("selection", sa.String(length=64), server_default=empty, nullable=False))
    connection = op.get_bind()
    for (person,) in connection.execute(
        sa.text("SELECT DISTINCT person FROM run WHERE person IS NOT NULL AND status = 'QUEUED'")
    ).all():
        values = {"digest": sha256(person.encode()).hexdigest(), "person": person}
        connection.execute(
            sa.text("UPDATE run SET selection = :digest WHERE person = :person AND status = 'QUEUED'"), values
        )
    op.execute(
        "UPDATE run SET selection = (SELECT 'plan-' || plan.run_id FROM plan WHERE plan.applied_by_run_id = run.id)"
        " WHERE status = 'QUEUED' AND id IN (SELECT applied_by_run_id FROM plan)"
    )
    op.drop_column("run", "person")
    op.drop_index("uq_run_queued", "run")
    _create_index("connection_id", "trigger", "kind", "selection")


def downgrade() -> None:
    _cancel_what_is_too_many()
    op.drop_index("uq_run_queued", "run")
    _create_index("connection_id", "trigger")
    op.add_column("run", sa.Column("person", sa.String(length=200), nullable=True))
    op.execute(
        "UPDATE run SET person = (SELECT min(source_id) FROM run_selection WHERE run_id = run.id)"
        " WHERE kind = 'SELECTED'"
    )
    op.drop_column("run", "selection")
    _replace_kind("SELECTED", "ONE_PERSON")
    op.drop_table("run_selection")


def _create_index(*columns: str) -> None:
    where = {"sqlite_where": QUEUED, "postgresql_where": QUEUED}
    op.create_index("uq_run_queued", "run", list(columns), unique=True, **where)


def _cancel_what_is_too_many() -> None:
    connection = op.get_bind()
    for (run_id,) in connection.execute(sa.text(TOO_MANY)).all():
        for statement in CANCEL:
            connection.execute(sa.text(statement), {"run_id": run_id})


def _replace_kind(before: str, after: str) -> None:
    """Replace a kind in the rows and in the CHECK constraint."""
    change = f"UPDATE run SET kind = '{after}' WHERE kind = '{before}'"  # noqa: S608 - our own words
    if op.get_bind().dialect.name == "sqlite":
        _rewrite_check(before, after)
        op.execute(change)
        return
    op.drop_constraint(op.f("ck_run_runkind"), "run")
    op.execute(change)
    op.create_check_constraint(op.f("ck_run_runkind"), "run", f"kind IN ('SYNC', 'PREVIEW', '{after}')")


def _rewrite_check(before: str, after: str) -> None:
    """Change the constraint where the schema keeps it, as https://sqlite.org/lang_altertable.html#otheralter says."""
    connection = op.get_bind()
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    old, new = f"'PREVIEW', '{before}')", f"'PREVIEW', '{after}')"
    rewritten = "UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = 'run' AND instr(sql, ?)"
    if connection.exec_driver_sql(rewritten, (old, new, old)).rowcount != 1:
        raise RuntimeError("The table of runs does not have the constraint it should have: ck_run_runkind")
    connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = RESET")
