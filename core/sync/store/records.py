"""Put many of a run's records into the store at once, and take them out again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, insert, text
from sqlalchemy.orm import Session

from core.models import Action, Decision, PayloadBatch
from core.sync.store.payloads import POSITIONS, EncryptedBatch, Intent, decrypt
from core.sync.store.rows import SAME_WIDTH, Result, Row, Same
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
)
# The values of COLUMNS for one record.
Columns = tuple[Any, ...]
OUTCOME = itemgetter(COLUMNS.index("decision"), COLUMNS.index("action"))
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
DROP = text("DELETE FROM payload_batch WHERE run_id = :run_id AND id < :id AND last_position < :position")
DROP_ALL = text("DELETE FROM payload_batch WHERE run_id = :run_id")
# Position, action, target id, reason, message, and warnings as JSON.
Settled = tuple[int, str, str | None, str | None, str | None, str | None]
SETTLE = """
    WITH run (id) AS (VALUES (?)),
        given (position, action, target_id, reason, message, warnings) AS (VALUES {rows})
    UPDATE record SET action = given.action, target_id = given.target_id, reason = given.reason, message = given.message,
        warnings = given.warnings, payload_batch_id = NULL
    FROM given, run WHERE record.run_id = run.id AND record.position = given.position
    """
SETTLE_ALL = text(
    """
    UPDATE record SET action = given.action, target_id = given.target_id, reason = given.reason, message = given.message,
        warnings = CAST(given.warnings AS json), payload_batch_id = NULL
    FROM unnest(
        CAST(:actions AS text[]), CAST(:target_ids AS text[]), CAST(:reasons AS text[]), CAST(:messages AS text[]),
        CAST(:warnings AS text[]), CAST(:positions AS integer[])
    ) AS given (action, target_id, reason, message, warnings, position)
    WHERE record.run_id = :run_id AND record.position = given.position
    """
)


def insert_records(session: Session, run_id: int, rows: Sequence[Columns]) -> None:
    """Insert planned rows."""
    if on_postgresql(session.connection()):
        copy(session, "record", ("run_id", *COLUMNS, "unsent"), [(run_id, *row, False) for row in rows])
    else:
        execute_many(session, INSERT, rows, run_id)


def insert_same(session: Session, run_id: int, same: bytes) -> None:
    """Insert the rows of employees about whom nothing has changed: `Same` as JSON."""
    values: Same = orjson.loads(same)
    if on_postgresql(session.connection()):
        rows = zip(*[iter(values)] * SAME_WIDTH, strict=True)
        copy(session, "record", SAME_COLUMNS, ((run_id, *row, *SAME_VALUES) for row in rows))
    else:
        execute_values(session, SAME, values, SAME_WIDTH, run_id)


def outcomes(rows: Sequence[Columns]) -> Mapping[tuple[str, str], int]:
    """Count planned rows by decision and action."""
    return Counter(map(OUTCOME, rows))


def insert_payload_batches(session: Session, run_id: int, batches: Sequence[EncryptedBatch]) -> None:
    """Insert what is to be written."""
    values = [{"run_id": run_id} | batch._asdict() for batch in batches]
    if values:
        session.connection().execute(insert(PayloadBatch), values)


def columns(row: Row) -> Columns:
    """Return a planned row as plain values."""
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
    )


class Taken(NamedTuple):
    """Pending rows, as far as the store can read them."""

    positions: Sequence[int]
    # The payload batches of these rows, in their order; they may hold other rows as well.
    ciphertexts: Sequence[bytes]
    # Requests of rows up to this position may have left.
    sent_watermark: int
    # Those up to that position of whom none has left.
    unsent: Collection[int]


def pending(session: Session, run_id: int, after: int, limit: int, sent_watermark: int = -1) -> Taken:
    """Return the next pending rows."""
    connection, given = session.connection(), {"run_id": run_id, "after": after}
    positions = [row[0] for row in connection.execute(PENDING, given | {"limit": limit}).all()]
    if not positions:
        return Taken((), (), sent_watermark, ())
    unsent = (
        connection.execute(UNSENT, given | {"through": sent_watermark}).all()
        if after < sent_watermark
        else ()
    )
    zero = _zero(connection, run_id)
    ciphertexts = connection.execute(
        CIPHERTEXTS, {"first": zero + positions[0], "last": zero + positions[-1]}
    ).all()
    return Taken(positions, [row[0] for row in ciphertexts], sent_watermark, [row[0] for row in unsent])


def delete_payload_batches(session: Session, run_id: int) -> None:
    """Delete what has been written, or never will be: the batches before the first pending row."""
    connection, given = session.connection(), {"run_id": run_id}
    position = connection.execute(FIRST_PENDING, given).scalar_one()
    if position is None:
        connection.execute(DROP_ALL, given)
    else:
        connection.execute(DROP, given | {"position": position, "id": _zero(connection, run_id) + position})


def _zero(connection: Connection, run_id: int) -> int:
    """Return the id that a run's payload batches are counted from: a batch's id is this plus its first position."""
    return int(connection.execute(FIRST, {"run_id": run_id}).scalar_one()) // POSITIONS * POSITIONS


def intents(taken: Taken) -> Iterator[Intent]:
    """Yield what is to be written, decrypting a batch when its first is asked for."""
    wanted, unsent = set(taken.positions), set(taken.unsent)
    for ciphertext in taken.ciphertexts:
        for intent in decrypt(ciphertext):
            if intent.position not in wanted:
                continue
            sent = intent.position <= taken.sent_watermark and intent.position not in unsent
            yield intent._replace(sent=True) if sent else intent


def settle_records(session: Session, run_id: int, settled: Sequence[Settled]) -> None:
    """Put outcomes into pending rows; what was to be written is theirs no more."""
    if not on_postgresql(session.connection()):
        execute_many(session, SETTLE, settled, run_id)
        return
    names = ("positions", "actions", "target_ids", "reasons", "messages", "warnings")
    values = dict(zip(names, map(list, zip(*settled, strict=True)), strict=True))
    session.execute(SETTLE_ALL, {"run_id": run_id} | values)


def settled(result: Result) -> Settled:
    """Return an outcome as plain values."""
    message = result.message[:1000] if result.message else None
    reason = None if result.reason is None else str(result.reason)
    return result.position, str(result.action), result.target_id, reason, message, _json(result.warnings)


def _json(value: object) -> str | None:
    return None if value is None else orjson.dumps(value).decode()
