"""Put many rows into the store at once, in the fastest way each engine has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.clock import now
from core.sync.rows import LinkRow, Result, Row

JSON_COLUMNS = ("changes", "warnings")
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
    INSERT INTO link (pairing_id, source_id, target_id, fingerprint, mark, run_id, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (pairing_id, source_id) DO UPDATE SET target_id = excluded.target_id, fingerprint = excluded.fingerprint,
        mark = excluded.mark, run_id = excluded.run_id, updated_at = excluded.updated_at
    """
SETTLE = """
    UPDATE record SET action = ?, target_id = ?, reason = ?, message = ?, warnings = ?, payload = NULL
    WHERE run_id = ? AND position = ?
    """
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


def insert_records(session: Session, run_id: int, rows: Sequence[Row]) -> None:
    """Insert planned rows."""
    if not rows:
        return
    columns = [row.columns(run_id) for row in rows]
    for one in columns:
        for name in JSON_COLUMNS:
            one[name] = _json(one[name])
    names = ", ".join(f'"{name}"' for name in columns[0])
    values = [tuple(one.values()) for one in columns]
    if _postgresql(session):
        _copy(session, names, values)
    else:
        places = ", ".join("?" * len(columns[0]))
        session.connection().exec_driver_sql(f"INSERT INTO record ({names}) VALUES ({places})", values)  # noqa: S608 - our names


def _copy(session: Session, names: str, rows: Sequence[tuple[Any, ...]]) -> None:
    cursor = session.connection().connection.cursor()
    with cursor.copy(f"COPY record ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def settle_records(session: Session, run_id: int, results: Sequence[Result]) -> None:
    """Put outcomes into pending rows and wipe their payloads."""
    rows = [_outcome(result) for result in results]
    if not _postgresql(session):
        session.connection().exec_driver_sql(SETTLE, [(*row[:-1], run_id, row[-1]) for row in rows])
        return
    names = ("actions", "target_ids", "reasons", "messages", "warnings", "positions")
    columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    session.execute(SETTLE_ALL, {"run_id": run_id} | columns)


def _outcome(result: Result) -> tuple[Any, ...]:
    message = result.message[:1000] if result.message else None
    reason = None if result.reason is None else str(result.reason)
    return result.action.value, result.target_id, reason, message, _json(result.warnings), result.position


def _json(value: object) -> str | None:
    return None if value is None else orjson.dumps(value).decode()


def upsert_links(session: Session, pairing_id: int, run_id: int, rows: Sequence[LinkRow]) -> None:
    """Insert links, or bring the links of the same employees up to date."""
    if not rows:
        return
    rows = sorted(rows, key=lambda row: row.source_id)  # one order for all, so that two writers never wait for each other
    moment = now()
    if _postgresql(session):
        session.execute(UPSERT_LINKS, {"pairing_id": pairing_id, "run_id": run_id, "updated_at": moment} | _columns(rows))
        return
    at = moment.strftime(MOMENT)
    values = [(pairing_id, row.source_id, row.target_id, row.fingerprint, row.mark, run_id, at) for row in rows]
    session.connection().exec_driver_sql(UPSERT_LINK, values)


def _columns(rows: Sequence[LinkRow]) -> dict[str, list[Any]]:
    return {
        "source_ids": [row.source_id for row in rows],
        "target_ids": [row.target_id for row in rows],
        "fingerprints": [row.fingerprint for row in rows],
        "marks": [row.mark for row in rows],
    }


def _postgresql(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"
