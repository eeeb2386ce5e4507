"""tables, columns and constraints under the field's own names, and payload batches encrypted with Fernet alone"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import sqlalchemy as sa
from alembic import op
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from core.migrations import frozen_envelope

revision = "0140"
down_revision = "0130"
branch_labels = None
depends_on = None


class Renamed(NamedTuple):
    """A table before and after, with what is renamed in it: (before, after)."""

    before: str
    after: str
    columns: tuple[tuple[str, str], ...] = ()
    constraints: tuple[tuple[str, str], ...] = ()
    indexes: tuple[tuple[str, str], ...] = ()
    # Has a number that PostgreSQL counts up in a sequence.
    numbered: bool = False

    def reversed(self) -> Renamed:
        """Return the way back."""
        columns, constraints, indexes = (
            tuple((after, before) for before, after in pairs)
            for pairs in (self.columns, self.constraints, self.indexes)
        )
        return Renamed(self.after, self.before, columns, constraints, indexes, self.numbered)


RENAMED = (
    Renamed(
        "parcel",
        "payload_batch",
        (("last", "last_position"), ("sealed", "ciphertext")),
        (("pk_parcel", "pk_payload_batch"), ("fk_parcel_run_id", "fk_payload_batch_run_id")),
        (("ix_parcel_run_id", "ix_payload_batch_run_id"),),
    ),
    Renamed(
        "ruling",
        "rejected_match",
        (("made_by", "decided_by"), ("made_at", "decided_at")),
        (
            ("pk_ruling", "pk_rejected_match"),
            ("fk_ruling_made_by", "fk_rejected_match_decided_by"),
            ("fk_ruling_pairing_id", "fk_rejected_match_pairing_id"),
        ),
    ),
    Renamed(
        "left_out",
        "exclusion",
        (("mark", "source_version"), ("looked_at", "checked_at")),
        (("pk_left_out", "pk_exclusion"), ("fk_left_out_pairing_id", "fk_exclusion_pairing_id")),
    ),
    Renamed(
        "sign_in_failure",
        "throttle_event",
        (("who", "key"),),
        (("pk_sign_in_failure", "pk_throttle_event"),),
        (("ix_sign_in_failure_who_at", "ix_throttle_event_key_at"),),
        numbered=True,
    ),
    Renamed("sign_in_trip", "sign_in_request", (), (("pk_sign_in_trip", "pk_sign_in_request"),)),
    Renamed(
        "client_registration",
        "oauth_client",
        (),
        (
            ("pk_client_registration", "pk_oauth_client"),
            ("fk_client_registration_set_by", "fk_oauth_client_set_by"),
        ),
    ),
    Renamed("link", "link", (("mark", "source_version"), ("likeness", "identity_digest"))),
    Renamed("record", "record", (("parcel_id", "payload_batch_id"),)),
    Renamed(
        "run",
        "run",
        (("sent_through", "sent_watermark"), ("type", "trigger")),
        (("ck_run_law", "ck_run_counters_balance"), ("ck_run_runtype", "ck_run_trigger")),
    ),
    Renamed("pairing", "pairing", (("basis", "config_fingerprint"), ("basis_since", "config_since"))),
    Renamed(
        "side",
        "side",
        (
            ("renewal_token", "refresh_lock_token"),
            ("renewal_until", "refresh_lock_until"),
            ("renewed_at", "refreshed_at"),
        ),
    ),
    Renamed(
        "plan",
        "plan",
        (("adopted_by", "applied_by_run_id"), ("first_choice", "first_selection")),
        (
            ("fk_plan_adopted_by", "fk_plan_applied_by_run_id"),
            ("uq_plan_adopted_by", "uq_plan_applied_by_run_id"),
        ),
    ),
    Renamed("user", "user", (("password_until", "one_time_password_expires_at"),)),
)


LOST = "run_id = :run_id AND action = 'Pending'"
SENT = "position <= (SELECT sent_watermark FROM run WHERE run.id = record.run_id) AND NOT unsent"
# Ends what a run was to write when its payload batches cannot be decrypted.
END = (
    f"""
    UPDATE record SET action = 'Failed', reason = 'UNANSWERED',
        message = 'iHUB was updated without its encryption keys before the answer came. The next run checks the target first.'
    WHERE {LOST} AND {SENT}
    """,
    f"""
    UPDATE record SET action = 'Failed', reason = 'NOT_ATTEMPTED',
        message = 'iHUB was updated without its encryption keys before this employee was written. Run the job again.'
    WHERE {LOST}
    """,
    """
    UPDATE link SET fingerprint = NULL
    WHERE pairing_id = (SELECT pairing_id FROM connection JOIN run ON run.connection_id = connection.id WHERE run.id = :run_id)
        AND source_id IN (SELECT source_id FROM record WHERE run_id = :run_id AND reason = 'UNANSWERED')
    """,
    """
    UPDATE run SET message = substr(coalesce(message || ' ', ''), 1, 800) ||
        'iHUB was updated without the encryption keys of this plan, so it can no longer be approved. Run the job again.'
    WHERE id IN (SELECT run_id FROM plan WHERE run_id = :run_id AND state = 'OPEN')
    """,
    "UPDATE plan SET state = 'EXPIRED', decided_at = CURRENT_TIMESTAMP WHERE run_id = :run_id AND state = 'OPEN'",
    "UPDATE record SET payload_batch_id = NULL WHERE run_id = :run_id AND payload_batch_id IS NOT NULL",
    "DELETE FROM payload_batch WHERE run_id = :run_id",
)
PORTION = 500


def upgrade() -> None:
    for table in RENAMED:
        _rename(table)
    _encrypt_again(_to_fernet)


def downgrade() -> None:
    _encrypt_again(_to_envelope)
    for table in reversed(RENAMED):
        _rename(table.reversed())


def _to_fernet(ring: MultiFernet, ciphertext: bytes) -> bytes:
    if not frozen_envelope.is_enveloped(ciphertext):
        return ring.rotate(ciphertext)
    return ring.encrypt(frozen_envelope.decrypt(ring, ciphertext))


def _to_envelope(ring: MultiFernet, ciphertext: bytes) -> bytes:
    return frozen_envelope.encrypt(ring, ring.decrypt(ciphertext))


def _encrypt_again(convert: Callable[[MultiFernet, bytes], bytes]) -> None:
    """Convert every payload batch; what is in one that cannot be decrypted will not be written."""
    connection, lost = op.get_bind(), set()
    change = sa.text("UPDATE payload_batch SET ciphertext = :ciphertext WHERE id = :id")
    ring: MultiFernet | None = None
    for batch_id, run_id, ciphertext in _payload_batches(connection):
        try:
            ring = ring or MultiFernet([Fernet(key) for key in frozen_envelope.read_keys()])
            connection.execute(change, {"id": batch_id, "ciphertext": convert(ring, ciphertext)})
        except (InvalidToken, ValueError):  # wrong keys, none, or no keys at all
            lost.add(run_id)
    for run_id in sorted(lost):
        for statement in END:
            connection.execute(sa.text(statement), {"run_id": run_id})


def _payload_batches(connection: sa.Connection) -> Iterator[tuple[int, int, bytes]]:
    query = sa.text(
        f"SELECT id, run_id, ciphertext FROM payload_batch WHERE id > :id ORDER BY id LIMIT {PORTION}"  # noqa: S608
    )
    rows = connection.execute(query, {"id": -1}).all()
    while rows:
        for batch_id, run_id, ciphertext in rows:
            yield batch_id, run_id, bytes(ciphertext)
        rows = connection.execute(query, {"id": rows[-1].id}).all()


def _rename(table: Renamed) -> None:
    """Rename in place: no row is copied, however many there are."""
    if table.before != table.after:
        op.rename_table(table.before, table.after)
    for before, after in table.columns:
        op.execute(f'ALTER TABLE "{table.after}" RENAME COLUMN "{before}" TO "{after}"')
    if op.get_bind().dialect.name == "sqlite":
        _rename_constraints_on_sqlite(table)
        _rename_indexes_on_sqlite(table)
    else:
        for before, after in table.constraints:
            op.execute(f'ALTER TABLE "{table.after}" RENAME CONSTRAINT {before} TO {after}')
        for before, after in table.indexes:
            op.execute(f"ALTER INDEX {before} RENAME TO {after}")
        if table.numbered:
            op.execute(f"ALTER SEQUENCE {table.before}_id_seq RENAME TO {table.after}_id_seq")


def _rename_constraints_on_sqlite(table: Renamed) -> None:
    """Rename constraints where the schema keeps them, as https://sqlite.org/lang_altertable.html#otheralter says."""
    if not table.constraints:
        return
    connection = op.get_bind()
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    for before, after in table.constraints:
        old, new = f"CONSTRAINT {before} ", f"CONSTRAINT {after} "
        change = "UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = ? AND instr(sql, ?)"
        if connection.exec_driver_sql(change, (old, new, table.after, old)).rowcount != 1:
            raise RuntimeError(f"The table {table.after} does not have the constraint it should have: {before}")
    connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = RESET")


def _rename_indexes_on_sqlite(table: Renamed) -> None:
    connection = op.get_bind()
    for before, after in table.indexes:
        find = "SELECT sql FROM sqlite_master WHERE type = 'index' AND name = ?"
        statement = connection.exec_driver_sql(find, (before,)).scalar_one()
        connection.exec_driver_sql(f"DROP INDEX {before}")
        connection.exec_driver_sql(statement.replace(before, after, 1))
