"""Put many rows into the store at once, in the fastest way each engine has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import insert, text
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from core.clock import now
from core.models import Link, Record
from core.sync.rows import LinkRow, Row

JSON_COLUMNS = ("changes", "warnings")
LINK_KEY = ("pairing_id", "source_id")
LINK_VALUES = ("target_id", "fingerprint", "mark", "run_id", "updated_at")
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


def insert_records(session: Session, run_id: int, rows: Sequence[Row]) -> None:
    """Insert planned rows."""
    columns = [row.columns(run_id) for row in rows]
    if not columns:
        return
    if _postgresql(session):
        _copy(session, columns)
    else:
        session.connection().execute(insert(Record.__table__), columns)  # type: ignore[arg-type]


def _copy(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    cursor = session.connection().connection.cursor()
    names = ", ".join(f'"{name}"' for name in rows[0])
    with cursor.copy(f"COPY record ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row([_json(value) if name in JSON_COLUMNS else value for name, value in row.items()])


def _json(value: object) -> str | None:
    return None if value is None else orjson.dumps(value).decode()


def upsert_links(session: Session, pairing_id: int, run_id: int, rows: Sequence[LinkRow]) -> None:
    """Insert links, or bring the links of the same employees up to date."""
    if not rows:
        return
    rows = sorted(rows, key=lambda row: row.source_id)  # one order for all, so that two writers never wait for each other
    shared = {"pairing_id": pairing_id, "run_id": run_id, "updated_at": now()}
    if _postgresql(session):
        session.execute(UPSERT_LINKS, shared | _columns(rows))
        return
    upsert = sqlite_insert(Link.__table__)  # type: ignore[arg-type]
    upsert = upsert.on_conflict_do_update(index_elements=LINK_KEY, set_={name: upsert.excluded[name] for name in LINK_VALUES})
    session.connection().execute(upsert, [shared | _values(row) for row in rows])


def _columns(rows: Sequence[LinkRow]) -> dict[str, list[Any]]:
    return {
        "source_ids": [row.source_id for row in rows],
        "target_ids": [row.target_id for row in rows],
        "fingerprints": [row.fingerprint for row in rows],
        "marks": [row.mark for row in rows],
    }


def _values(row: LinkRow) -> dict[str, Any]:
    return {"source_id": row.source_id, "target_id": row.target_id, "fingerprint": row.fingerprint, "mark": row.mark}


def _postgresql(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"
