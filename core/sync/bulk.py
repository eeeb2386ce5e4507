"""Put many rows into the store at once, in the fastest way each engine has."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain
from typing import Any, NamedTuple

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.clock import now
from core.models import Action, Decision
from core.sync.rows import Linked, LinkRow, Result, Row, Same

MOMENT = "%Y-%m-%d %H:%M:%S.%f"
"""How SQLite keeps a moment (models.base.UtcMoment)."""
UPSERT_LINKS = text(
    """
    INSERT INTO link (pairing_id, source_id, target_id, fingerprint, mark, run_id, updated_at)
    SELECT :pairing_id, given.*, :run_id, :updated_at FROM unnest(
        CAST(:source_ids AS text[]), CAST(:target_ids AS text[]), CAST(:fingerprints AS bytea[]), CAST(:marks AS text[])
    ) AS given
    ON CONFLICT (pairing_id, source_id) DO UPDATE SET target_id = excluded.target_id, fingerprint = excluded.fingerprint,
        mark = excluded.mark, run_id = excluded.run_id, updated_at = excluded.updated_at
    """
)
UPSERT_LINK = """
    INSERT INTO link (pairing_id, source_id, target_id, fingerprint, mark, run_id, updated_at) VALUES {rows}
    ON CONFLICT (pairing_id, source_id) DO UPDATE SET target_id = excluded.target_id, fingerprint = excluded.fingerprint,
        mark = excluded.mark, run_id = excluded.run_id, updated_at = excluded.updated_at
    """
LINKS_SQLITE = """
    SELECT source_id, target_id, fingerprint, mark, updated_at > ?, updated_at > ? FROM link
    WHERE pairing_id = ? AND source_id IN (SELECT value FROM json_each(?))
    """
LINKS_POSTGRESQL = text(
    """
    SELECT source_id, target_id, fingerprint, mark, updated_at > :fresh, updated_at > :recent FROM link
    WHERE pairing_id = :pairing_id AND source_id = ANY(CAST(:ids AS text[]))
    """
)
SETTLE = """
    WITH given (run_id, position, action, target_id, reason, message, warnings) AS (VALUES {rows})
    UPDATE record SET action = given.action, target_id = given.target_id, reason = given.reason, message = given.message,
        warnings = given.warnings, payload = NULL
    FROM given WHERE record.run_id = given.run_id AND record.position = given.position
    """
SAME_COLUMNS = ("position", "source_id", "target_id", "name", "decision", "action", "unsent")
SAME_VALUES = (str(Decision.NO_CHANGE), str(Action.SKIPPED), False)
PENDING = text(
    f"""
    SELECT position, source_id, target_id, decision, payload, warnings, unsent FROM record
    WHERE run_id = :run_id AND action = '{Action.PENDING}' AND position > :after ORDER BY position LIMIT :limit
    """  # noqa: S608 - our own word
)
SETTLE_ALL = text(
    """
    UPDATE record SET action = given.action, target_id = given.target_id, reason = given.reason, message = given.message,
        warnings = CAST(given.warnings AS json), payload = NULL
    FROM unnest(
        CAST(:actions AS text[]), CAST(:target_ids AS text[]), CAST(:reasons AS text[]), CAST(:messages AS text[]),
        CAST(:warnings AS text[]), CAST(:positions AS integer[])
    ) AS given (action, target_id, reason, message, warnings, position)
    WHERE record.run_id = :run_id AND record.position = given.position
    """
)


COLUMNS = [
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
    "payload",
    "unsent",
]
INSERT = f"INSERT INTO record ({', '.join(COLUMNS)}) VALUES {{rows}}"
SAME = f"""
    INSERT INTO record (run_id, position, source_id, target_id, name, decision, action, unsent)
    SELECT given.*, '{Decision.NO_CHANGE}', '{Action.SKIPPED}', FALSE FROM (VALUES {{rows}}) AS given
    """  # noqa: S608 - our own words
AT_ONCE = 100
"""Rows in one statement: SQLite then works for long without needing Python, which sends requests meanwhile."""


def insert_records(session: Session, run_id: int, rows: Sequence[Row]) -> None:
    """Insert planned rows."""
    values = [_columns(run_id, row) for row in rows]
    if _postgresql(session):
        _copy(session, ", ".join(COLUMNS), values)
    else:
        _execute(session, INSERT, values)


def insert_same(session: Session, run_id: int, rows: Sequence[Same]) -> None:
    """Insert the rows of employees about whom nothing has changed."""
    if _postgresql(session):
        _copy(
            session,
            f"run_id, {', '.join(SAME_COLUMNS)}",
            [(run_id, row.position, row.source_id[:200], row.target_id, row.name[:400], *SAME_VALUES) for row in rows],
        )
    else:
        _execute(session, SAME, [(run_id, row.position, row.source_id[:200], row.target_id, row.name[:400]) for row in rows])


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
        row.payload,
        False,
    )


def _execute(session: Session, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Execute a statement for many rows of values, so many at once."""
    connection = session.connection()
    for first in range(0, len(rows), AT_ONCE):
        portion = rows[first : first + AT_ONCE]
        connection.exec_driver_sql(_for(statement, len(portion), len(portion[0])), tuple(chain.from_iterable(portion)))


@lru_cache(maxsize=64)
def _for(statement: str, rows: int, columns: int) -> str:
    return statement.format(rows=", ".join([f"({', '.join('?' * columns)})"] * rows))


def _copy(session: Session, names: str, rows: Sequence[tuple[Any, ...]]) -> None:
    cursor = session.connection().connection.cursor()
    with cursor.copy(f"COPY record ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def pending(session: Session, run_id: int, after: int, limit: int) -> list[tuple[Any, ...]]:
    """Return the columns of the next pending rows: position, source id, target id, decision, payload, warnings, unsent."""
    rows = session.connection().execute(PENDING, {"run_id": run_id, "after": after, "limit": limit})
    return [(*row[:3], Decision(row[3]), row[4], _from_json(row[5]), row[6]) for row in rows.all()]


def settle_records(session: Session, run_id: int, results: Sequence[Result]) -> None:
    """Put outcomes into pending rows and wipe their payloads."""
    rows = [_outcome(run_id, result) for result in results]
    if not _postgresql(session):
        _execute(session, SETTLE, rows)
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


class Horizon(NamedTuple):
    """Since when a link must have been stored to be fresh, and to be recent (rows.Linked)."""

    fresh: datetime
    recent: datetime


def find_links(session: Session, pairing_id: int, source_ids: Collection[str], horizon: Horizon) -> dict[str, Linked]:
    """Return the links of some employees of the source."""
    ids: Any = list(source_ids)
    fresh, recent = horizon
    if _postgresql(session):
        rows = session.connection().execute(
            LINKS_POSTGRESQL, {"pairing_id": pairing_id, "ids": ids, "fresh": fresh, "recent": recent}
        )
    else:
        given = (_moment(fresh), _moment(recent), pairing_id, orjson.dumps(ids).decode())
        rows = session.connection().exec_driver_sql(LINKS_SQLITE, given)
    return {row[0]: Linked(*row[1:]) for row in rows.all()}


def upsert_links(session: Session, pairing_id: int, run_id: int, rows: Sequence[LinkRow]) -> None:
    """Insert links, or bring the links of the same employees up to date."""
    if not rows:
        return
    rows = sorted(rows, key=lambda row: row.source_id)  # one order for all, so that two writers never wait for each other
    moment = now()
    if _postgresql(session):
        session.execute(UPSERT_LINKS, {"pairing_id": pairing_id, "run_id": run_id, "updated_at": moment} | _link_columns(rows))
        return
    at = _moment(moment)
    _execute(session, UPSERT_LINK, [(pairing_id, *row, run_id, at) for row in rows])


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime(MOMENT)


def _link_columns(rows: Sequence[LinkRow]) -> dict[str, list[Any]]:
    return {
        "source_ids": [row.source_id for row in rows],
        "target_ids": [row.target_id for row in rows],
        "fingerprints": [row.fingerprint for row in rows],
        "marks": [row.mark for row in rows],
    }


def _postgresql(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"
