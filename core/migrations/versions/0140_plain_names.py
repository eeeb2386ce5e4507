"""tables, columns and constraints under the names that the field has for them"""

from __future__ import annotations

from typing import NamedTuple

from alembic import op

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


def upgrade() -> None:
    for table in RENAMED:
        _rename(table)


def downgrade() -> None:
    for table in reversed(RENAMED):
        _rename(table.reversed())


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
