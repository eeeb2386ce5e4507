"""Insert, settle and read many of a run's records at once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, insert, select, text, update
from sqlalchemy.orm import Session

from core.db import reading
from core.models import Action, Candidate, Decision, PayloadBatch, Record
from core.sync.store.payloads import POSITIONS, EncryptedBatch, Intent, decrypt
from core.sync.store.rows import UNCHANGED_ROW_WIDTH, CandidateRow, Result, Row, UnchangedRows
from core.sync.store.statements import copy, execute_many, execute_values, on_postgresql

COLUMNS = (
    "position",
    "source_id",
    "target_id",
    "name",
    "decision",
    "reason",
    "action",
    "message",
    "changes",
    "warnings",
    "payload_batch_id",
    "matched_by",
)
INSERT = f"""
    INSERT INTO record (run_id, {", ".join(COLUMNS)}, unsent)
    SELECT ?, given.*, FALSE FROM (VALUES {{rows}}) AS given WHERE column1 IS NOT NULL
    """  # noqa: S608 - our own names
SAME_COLUMNS = ("run_id", "position", "source_id", "target_id", "name", "decision", "action", "unsent")
SAME_VALUES = (str(Decision.NO_CHANGE), str(Action.SKIPPED), False)
SAME = f"""
    INSERT INTO record ({", ".join(SAME_COLUMNS)})
    SELECT ?, given.*, '{Decision.NO_CHANGE}', '{Action.SKIPPED}', FALSE
    FROM (VALUES {{rows}}) AS given WHERE column1 IS NOT NULL
    """  # noqa: S608 - our own words
PENDING = text(
    f"""
    SELECT position FROM record WHERE run_id = :run_id AND action = '{Action.PENDING}' AND position > :after
    ORDER BY position LIMIT :limit
    """  # noqa: S608 - our own word
)
UNSENT = text(
    f"""
    SELECT position FROM record
    WHERE run_id = :run_id AND action = '{Action.PENDING}' AND position > :after AND position <= :through AND unsent
    """  # noqa: S608 - our own word
)
FIRST = text("SELECT min(id) FROM payload_batch WHERE run_id = :run_id")
CIPHERTEXTS = text(
    """
    SELECT ciphertext FROM payload_batch
    WHERE id >= (SELECT max(id) FROM payload_batch WHERE id <= :first) AND id <= :last ORDER BY id
    """
)
FIRST_PENDING = text(
    f"SELECT min(position) FROM record WHERE run_id = :run_id AND action = '{Action.PENDING}'"  # noqa: S608 - our own word
)
DELETE_WRITTEN = text(
    "DELETE FROM payload_batch WHERE run_id = :run_id AND id < :id AND last_position < :position"
)
DELETE_ALL = text("DELETE FROM payload_batch WHERE run_id = :run_id")
SETTLE = """
    WITH run (id) AS (VALUES (?)),
        given (position, action, target_id, reason, message, warnings) AS (VALUES {rows})
    UPDATE record SET action = given.action, target_id = given.target_id,
        reason = coalesce(given.reason, record.reason), message = given.message,
        warnings = given.warnings, payload_batch_id = NULL
    FROM given, run WHERE record.run_id = run.id AND record.position = given.position
    """
SETTLE_ON_POSTGRESQL = text(
    """
    UPDATE record SET action = given.action, target_id = given.target_id,
        reason = coalesce(given.reason, record.reason), message = given.message,
        warnings = CAST(given.warnings AS json), payload_batch_id = NULL
    FROM unnest(
        CAST(:positions AS integer[]), CAST(:actions AS text[]), CAST(:target_ids AS text[]), CAST(:reasons AS text[]),
        CAST(:messages AS text[]), CAST(:warnings AS text[])
    ) AS given (position, action, target_id, reason, message, warnings)
    WHERE record.run_id = :run_id AND record.position = given.position
    """
)


def insert_records(session: Session, run_id: int, rows: Sequence[Row]) -> None:
    """Insert planned rows."""
    values = [_row_values(row) for row in rows]
    if on_postgresql(session.connection()):
        copy(session, "record", ("run_id", *COLUMNS, "unsent"), [(run_id, *row, False) for row in values])
    else:
        execute_many(session, INSERT, values, run_id)


def _row_values(row: Row) -> tuple[Any, ...]:
    """Return the values of COLUMNS."""
    return (
        row.position,
        row.source_id[:200],
        row.target_id,
        row.name[:400],
        str(row.decision),
        row.reason,
        str(row.action),
        row.message[:1000] if row.message else None,
        _json(row.changes),
        _json(row.warnings),
        row.payload_batch_id,
        None if row.matched_by is None else int(row.matched_by),
    )


def insert_same(session: Session, run_id: int, same: bytes) -> None:
    """Insert the rows of unchanged employees: `UnchangedRows` as JSON."""
    values: UnchangedRows = orjson.loads(same)
    if on_postgresql(session.connection()):
        rows = zip(*[iter(values)] * UNCHANGED_ROW_WIDTH, strict=True)
        copy(session, "record", SAME_COLUMNS, ((run_id, *row, *SAME_VALUES) for row in rows))
    else:
        execute_values(session, SAME, values, UNCHANGED_ROW_WIDTH, run_id)


def unwritten_positions(run_id: int, source_ids: Collection[str]) -> list[tuple[str, int]]:
    """Return those of some employees who had nothing to write, or were excluded, with their positions."""
    query = select(Record.source_id, Record.position).where(
        Record.run_id == run_id,
        Record.source_id.in_(source_ids),
        Record.decision.in_([Decision.NO_CHANGE, Decision.FILTERED]),
    )
    with reading() as session:
        return [(source_id, position) for source_id, position in session.execute(query)]


def matched_by(session: Session, run_id: int, positions: Collection[int]) -> dict[int, int]:
    """Return how those of some employees were matched who were matched in this run, by position."""
    query = select(Record.position, Record.matched_by).where(
        Record.run_id == run_id, Record.position.in_(positions), Record.matched_by.is_not(None)
    )
    return {position: how for position, how in session.execute(query) if how is not None}


def insert_payload_batches(session: Session, run_id: int, batches: Sequence[EncryptedBatch]) -> None:
    """Insert what is to be written."""
    values = [{"run_id": run_id} | batch._asdict() for batch in batches]
    if values:
        session.connection().execute(insert(PayloadBatch), values)


class Reserved(NamedTuple):
    """Pending rows that are about to be sent, as the store can read them."""

    positions: Sequence[int]
    # The payload batches of these rows, in their order; they may hold other rows as well.
    ciphertexts: Sequence[bytes]
    # Requests of rows up to this position may have left.
    sent_watermark: int
    # Those up to that position of which no request has left.
    unsent: Collection[int]


def pending(session: Session, run_id: int, after: int, limit: int, sent_watermark: int = -1) -> Reserved:
    """Return the next pending rows."""
    connection, values = session.connection(), {"run_id": run_id, "after": after}
    positions = [row[0] for row in connection.execute(PENDING, values | {"limit": limit}).all()]
    if not positions:
        return Reserved((), (), sent_watermark, ())
    unsent = []
    if after < sent_watermark:
        unsent = [row[0] for row in connection.execute(UNSENT, values | {"through": sent_watermark}).all()]
    zero = _batch_id_zero(connection, run_id)
    ids = {"first": zero + positions[0], "last": zero + positions[-1]}
    ciphertexts = [row[0] for row in connection.execute(CIPHERTEXTS, ids).all()]
    return Reserved(positions, ciphertexts, sent_watermark, unsent)


def delete_payload_batches(session: Session, run_id: int) -> None:
    """Delete the payload batches before the first pending row: they are written, or never will be."""
    connection, values = session.connection(), {"run_id": run_id}
    position = connection.execute(FIRST_PENDING, values).scalar_one()
    if position is None:
        connection.execute(DELETE_ALL, values)
    else:
        zero = _batch_id_zero(connection, run_id)
        connection.execute(DELETE_WRITTEN, values | {"position": position, "id": zero + position})


def _batch_id_zero(connection: Connection, run_id: int) -> int:
    """Return the id from which a run's payload batches are counted: a batch's id is this plus its first position."""
    return int(connection.execute(FIRST, {"run_id": run_id}).scalar_one()) // POSITIONS * POSITIONS


def intents(reserved: Reserved) -> Iterator[Intent]:
    """Yield what is to be written. A batch is decrypted when its first intent is needed."""
    positions, unsent = set(reserved.positions), set(reserved.unsent)
    for ciphertext in reserved.ciphertexts:
        for intent in decrypt(ciphertext):
            if intent.position not in positions:
                continue
            sent = intent.position <= reserved.sent_watermark and intent.position not in unsent
            yield intent._replace(sent=True) if sent else intent


def settle_records(session: Session, run_id: int, results: Sequence[Result]) -> None:
    """Store outcomes in pending rows, which give up their payload."""
    values = [_result_values(result) for result in results]
    if not on_postgresql(session.connection()):
        execute_many(session, SETTLE, values, run_id)
        return
    names = ("positions", "actions", "target_ids", "reasons", "messages", "warnings")
    columns = dict(zip(names, map(list, zip(*values, strict=True)), strict=True))
    session.execute(SETTLE_ON_POSTGRESQL, {"run_id": run_id} | columns)


def make_ambiguous(session: Session, run_id: int, results: Sequence[Result]) -> None:
    """Make settled records *Ambiguous match*, with the employees of the target that a person can choose from."""
    if not results:
        return
    positions = [result.position for result in results]
    ambiguous = update(Record).where(Record.run_id == run_id, Record.position.in_(positions))
    session.execute(ambiguous.values(decision=Decision.AMBIGUOUS, changes=None))
    add_candidates(session, run_id, [candidate for result in results for candidate in result.candidates])


def add_candidates(session: Session, run_id: int, candidates: Collection[CandidateRow]) -> None:
    """Store employees of the target that a person can choose from."""
    rows = [
        {"run_id": run_id} | candidate._asdict() | {"name": candidate.name[:400]} for candidate in candidates
    ]
    session.execute(insert(Candidate), rows)


def _result_values(result: Result) -> tuple[Any, ...]:
    message = result.message[:1000] if result.message else None
    reason = None if result.reason is None else str(result.reason)
    warnings = _json(result.warnings)
    return result.position, str(result.action), result.target_id, reason, message, warnings


def _json(value: object) -> str | None:
    return None if value is None else orjson.dumps(value).decode()
