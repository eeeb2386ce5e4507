"""Put many of a run's records into the store at once, and take them out again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from core.models import Action, Decision, Parcel
from core.sync import parcels
from core.sync.parcels import Packed
from core.sync.rows import Intent, Result, Row, Same
from core.sync.statements import copy, execute_many, on_postgresql

COLUMNS = (
    "run_id",
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
    "parcel_id",
    "unsent",
)
INSERT = f"INSERT INTO record ({', '.join(COLUMNS)}) VALUES {{rows}}"  # noqa: S608 - our own names
SAME_COLUMNS = ("run_id", "position", "source_id", "target_id", "name", "decision", "action", "unsent")
SAME_AT_ONCE = 500
SAME_VALUES = (str(Decision.NO_CHANGE), str(Action.SKIPPED), False)
SAME = f"""
    INSERT INTO record ({", ".join(SAME_COLUMNS)})
    SELECT {{run_id}}, given.*, '{Decision.NO_CHANGE}', '{Action.SKIPPED}', FALSE FROM (VALUES {{rows}}) AS given
    """  # noqa: S608 - our own words
PENDING = text(
    f"""
    SELECT position, source_id, target_id, decision, parcel_id, warnings, unsent FROM record
    WHERE run_id = :run_id AND action = '{Action.PENDING}' AND position > :after ORDER BY position LIMIT :limit
    """  # noqa: S608 - our own word
)
DECISIONS = {str(decision): decision for decision in Decision}
SETTLE = """
    WITH given (run_id, position, action, target_id, reason, message, warnings) AS (VALUES {rows})
    UPDATE record SET action = given.action, target_id = given.target_id, reason = given.reason, message = given.message,
        warnings = given.warnings, parcel_id = NULL
    FROM given WHERE record.run_id = given.run_id AND record.position = given.position
    """
SETTLE_ALL = text(
    """
    UPDATE record SET action = given.action, target_id = given.target_id, reason = given.reason, message = given.message,
        warnings = CAST(given.warnings AS json), parcel_id = NULL
    FROM unnest(
        CAST(:actions AS text[]), CAST(:target_ids AS text[]), CAST(:reasons AS text[]), CAST(:messages AS text[]),
        CAST(:warnings AS text[]), CAST(:positions AS integer[])
    ) AS given (action, target_id, reason, message, warnings, position)
    WHERE record.run_id = :run_id AND record.position = given.position
    """
)


def insert_records(session: Session, run_id: int, rows: Sequence[Row]) -> None:
    """Insert planned rows."""
    values = [_columns(run_id, row) for row in rows]
    if on_postgresql(session.connection()):
        copy(session, "record", COLUMNS, values)
    else:
        execute_many(session, INSERT, values)


def insert_same(session: Session, run_id: int, rows: Sequence[Same]) -> None:
    """Insert the rows of employees about whom nothing has changed."""
    if on_postgresql(session.connection()):
        copy(session, "record", SAME_COLUMNS, [(run_id, *row, *SAME_VALUES) for row in rows])
    else:
        execute_many(session, SAME.format(run_id=run_id, rows="{rows}"), rows, at_once=SAME_AT_ONCE)


def insert_parcels(session: Session, run_id: int, parcels: Sequence[Packed]) -> None:
    """Insert what is to be written."""
    values = [{"id": one.id, "run_id": run_id, "last": one.last, "sealed": one.sealed} for one in parcels]
    if values:
        session.connection().execute(insert(Parcel), values)


def _columns(run_id: int, row: Row) -> tuple[Any, ...]:
    return (
        run_id,
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
        row.parcel_id,
        False,
    )


def pending(session: Session, run_id: int, after: int, limit: int, sent_through: int = -1) -> list[Intent]:
    """Return the next pending rows; requests of those up to a position may have left, apart from those marked as unsent."""
    rows = session.connection().execute(PENDING, {"run_id": run_id, "after": after, "limit": limit}).all()
    sealed = select(Parcel.id, Parcel.sealed).where(Parcel.id.in_({row[4] for row in rows}))
    found = {parcel_id: parcels.Parcel(content) for parcel_id, content in session.execute(sealed)}
    return [
        Intent(
            position,
            source_id,
            target_id,
            DECISIONS[decision],
            found[parcel],
            _from_json(told),
            not unsent and position <= sent_through,
        )
        for position, source_id, target_id, decision, parcel, told, unsent in rows
    ]


def settle_records(session: Session, run_id: int, results: Sequence[Result]) -> None:
    """Put outcomes into pending rows; what was to be written is theirs no more."""
    rows = [_outcome(run_id, result) for result in results]
    if not on_postgresql(session.connection()):
        execute_many(session, SETTLE, rows)
        return
    names = ("positions", "actions", "target_ids", "reasons", "messages", "warnings")
    columns = dict(zip(names, map(list, zip(*(row[1:] for row in rows), strict=True)), strict=True))
    session.execute(SETTLE_ALL, {"run_id": run_id} | columns)


def _outcome(run_id: int, result: Result) -> tuple[Any, ...]:
    message = result.message[:1000] if result.message else None
    reason = None if result.reason is None else str(result.reason)
    return run_id, result.position, str(result.action), result.target_id, reason, message, _json(result.warnings)


def _json(value: object) -> str | None:
    return None if value is None else orjson.dumps(value).decode()


def _from_json(value: Any) -> Any:
    return orjson.loads(value) if isinstance(value, str) else value
