"""Look links up a page at a time, and store them with the outcome that earns them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

import orjson
from sqlalchemy import ColumnElement, bindparam, delete, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from connectors.contract.records import Reason
from core.clock import now
from core.db import driver_cursor, driver_reading, reading
from core.models import Connection, Decision, Link, Record, Run
from core.runs.outcome_catalogue import Code
from core.sync.store.rows import Linked, LinkRow
from core.sync.store.statements import execute_many, on_postgresql, on_sqlite

# When a link counts as stored that is to be looked at anew: it is neither fresh nor recent.
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
# How SQLite keeps a moment (models.base.UtcMoment).
MOMENT = "%Y-%m-%d %H:%M:%S.%f"
FIND = """
    SELECT source_id, target_id, fingerprint, source_version, updated_at > ?, updated_at > ?, identity_digest FROM link
    WHERE pairing_id = ? AND source_id IN (SELECT value FROM json_each(?))
    """
FIND_ON_POSTGRESQL = """
    SELECT source_id, target_id, fingerprint, source_version, updated_at > %s, updated_at > %s, identity_digest FROM link
    WHERE pairing_id = %s AND source_id = ANY(CAST(%s AS text[]))
    """
# One row of two lists in the order of the ids, which a left join keeps: row by row the same takes half as
# long again.
KNOWN = """
    SELECT json_group_array(target_id),
        json_group_array(CASE WHEN fingerprint IS NOT NULL AND updated_at > ? THEN source_version END)
    FROM json_each(?) AS given LEFT JOIN link ON pairing_id = ? AND source_id = given.value
    """
KNOWN_ON_POSTGRESQL = """
    SELECT CAST(json_agg(target_id ORDER BY place) AS text),
        CAST(json_agg(CASE WHEN fingerprint IS NOT NULL AND updated_at > %s THEN source_version END ORDER BY place) AS text)
    FROM unnest(CAST(%s AS text[])) WITH ORDINALITY AS given (id, place)
        LEFT JOIN link ON pairing_id = %s AND source_id = given.id
    """
OWNERS = "SELECT target_id, source_id FROM link WHERE pairing_id = ? AND target_id IN (SELECT value FROM json_each(?))"
OWNERS_ON_POSTGRESQL = """
    SELECT target_id, source_id FROM link WHERE pairing_id = %s AND target_id = ANY(CAST(%s AS text[]))
    """
MARK = (
    update(Link.__table__)  # type: ignore[arg-type]
    .where(Link.pairing_id == bindparam("pairing"), Link.source_id == bindparam("whose"))
    .values(source_version=bindparam("now"))
)
CONFLICT = """
    ON CONFLICT (pairing_id, source_id) DO UPDATE SET target_id = excluded.target_id, fingerprint = excluded.fingerprint,
        source_version = excluded.source_version, identity_digest = excluded.identity_digest, run_id = excluded.run_id,
        updated_at = excluded.updated_at
    """
COLUMNS = "pairing_id, run_id, updated_at, source_id, target_id, fingerprint, source_version, identity_digest"
UPSERT = f"""
    INSERT INTO link ({COLUMNS}) SELECT ?, ?, ?, given.* FROM (VALUES {{rows}}) AS given WHERE column1 IS NOT NULL {CONFLICT}
    """  # noqa: S608 - our own names
UPSERT_ON_POSTGRESQL = text(
    f"""
    INSERT INTO link ({COLUMNS}) SELECT :pairing_id, :run_id, :updated_at, given.* FROM unnest(
        CAST(:source_ids AS text[]), CAST(:target_ids AS text[]), CAST(:fingerprints AS bytea[]), CAST(:marks AS text[]),
        CAST(:identity_digests AS bytea[])
    ) AS given {CONFLICT}
    """  # noqa: S608 - our own names
)


class Horizon(NamedTuple):
    """Since when a link must have been stored to be fresh, and to be recent (rows.Linked)."""

    fresh: datetime
    recent: datetime


def of_sources(pairing_id: int, source_ids: Sequence[str], horizon: Horizon) -> dict[str, Linked]:
    """Return the links of some employees of the source."""
    fresh, recent = horizon
    with driver_reading() as cursor:
        if on_sqlite(cursor):
            cursor.execute(FIND, (_moment(fresh), _moment(recent), pairing_id, _listed(source_ids)))
        else:
            cursor.execute(FIND_ON_POSTGRESQL, (fresh, recent, pairing_id, source_ids))
        return {row[0]: Linked(*row[1:]) for row in cursor.fetchall()}


def known(
    pairing_id: int, source_ids: Sequence[str], fresh: datetime
) -> tuple[list[str | None], list[str | None]]:
    """Return who employees of the source are at the target, one by one, and the marks of those links that are fresh."""
    with driver_reading() as cursor:
        if on_sqlite(cursor):
            cursor.execute(KNOWN, (_moment(fresh), _listed(source_ids), pairing_id))
        else:
            cursor.execute(KNOWN_ON_POSTGRESQL, (fresh, source_ids, pairing_id))
        target_ids, marks = cursor.fetchone()
    return orjson.loads(target_ids or "[]"), orjson.loads(marks or "[]")


def owners(pairing_id: int, target_ids: Collection[str]) -> dict[str, str]:
    """Return whose link leads to some employees of the target: target id → source id."""
    with driver_reading() as cursor:
        return _owners(cursor, pairing_id, target_ids)


def rightful_owners(pairing_id: int, run_id: int, target_ids: Collection[str]) -> dict[str, str]:
    """Return the same without the links that a run has found to lead nowhere."""
    found = owners(pairing_id, target_ids)
    if not found:
        return found
    with reading() as session:
        lost = _lost(session, pairing_id, run_id, found.values())
    return {target_id: owner for target_id, owner in found.items() if owner not in lost}


def _lost(session: Session, pairing_id: int, run_id: int, source_ids: Collection[str]) -> set[str]:
    """Return who of some linked employees is not whom their link says, so this run has found: it counts for nothing.

    They are to be created anew, because the target had lost them, are left out and not there any more, or have been found to be
    somebody else there; of whom a person has to say that, nothing is known yet. Once this run has stored a link of theirs, that
    one counts.
    """
    earlier = select(Link.source_id, Link.target_id).where(
        *_of(pairing_id, source_ids), Link.run_id.is_distinct_from(run_id)
    )
    linked = {row.source_id: row.target_id for row in session.execute(earlier)}
    found = select(Record.source_id, Record.target_id, Record.decision, Record.reason).where(
        Record.run_id == run_id, Record.source_id.in_(linked)
    )
    return {
        source_id
        for source_id, target_id, decision, reason in session.execute(found)
        if decision is Decision.CREATE
        or not (target_id == linked[source_id] or reason == Code.BECAME_ANOTHER)
    }


def doubt(session: Session, pairing_id: int, source_ids: Collection[str]) -> None:
    """Have some links looked at anew by the next run, whatever the marks say."""
    session.execute(update(Link).where(*_of(pairing_id, source_ids)).values(updated_at=LONG_AGO))


def mark(session: Session, pairing_id: int, marks: Sequence[tuple[str, str | None]]) -> None:
    """Store the marks of some links. When they were looked at last at the target stays as it is, so that this falls due."""
    if marks:
        given = [
            {"pairing": pairing_id, "whose": source_id, "now": mark} for source_id, mark in sorted(marks)
        ]
        session.connection().execute(MARK, given)


def forget(session: Session, run_id: int) -> None:
    """Forget what was last written of those whose update in a run is in doubt: whatever the source says next is written."""
    unanswered = select(Record.source_id).where(Record.run_id == run_id, Record.reason == Reason.UNANSWERED)
    pairing = (
        select(Connection.pairing_id).join(Run, Run.connection_id == Connection.id).where(Run.id == run_id)
    )
    theirs = (Link.pairing_id == pairing.scalar_subquery(), Link.source_id.in_(unanswered))
    session.execute(update(Link).where(*theirs).values(fingerprint=None))


def _of(pairing_id: int, source_ids: Collection[str]) -> tuple[ColumnElement[bool], ...]:
    return (Link.pairing_id == pairing_id, Link.source_id.in_(source_ids))


def _owners(cursor: Any, pairing_id: int, target_ids: Collection[str]) -> dict[str, str]:
    if on_sqlite(cursor):
        cursor.execute(OWNERS, (pairing_id, _listed(target_ids)))
    else:
        cursor.execute(OWNERS_ON_POSTGRESQL, (pairing_id, list(target_ids)))
    return dict(cursor.fetchall())


def _listed(ids: Collection[str]) -> str:
    return orjson.dumps(list(ids)).decode()


def save(session: Session, pairing_id: int, run_id: int, rows: Sequence[LinkRow]) -> set[str]:
    """Store links in the caller's transaction; return the source ids whose target belongs to somebody else already.

    Whose link stands against that is looked at anew by the next run.
    """
    if not rows:
        return set()
    try:
        with session.begin_nested():
            _upsert(session, pairing_id, run_id, {row.source_id: row for row in rows}.values())
    except IntegrityError:
        return _save_some(session, pairing_id, run_id, rows)
    return set()


def _save_some(session: Session, pairing_id: int, run_id: int, rows: Sequence[LinkRow]) -> set[str]:
    """Store the links of those whose target is nobody else's, and return who was refused."""
    with driver_cursor(session.connection().connection) as cursor:
        taken = _owners(cursor, pairing_id, {row.target_id for row in rows})
    lost = _lost(session, pairing_id, run_id, taken.values())
    session.execute(delete(Link).where(*_of(pairing_id, lost)))
    taken = {target_id: owner for target_id, owner in taken.items() if owner not in lost}
    kept: dict[str, LinkRow] = {}
    refused, doubted = set(), set()
    for row in rows:
        owner = taken.setdefault(row.target_id, row.source_id)
        if owner == row.source_id:
            kept[row.source_id] = row
        else:
            refused.add(row.source_id)
            doubted.add(owner)
    _upsert(session, pairing_id, run_id, kept.values())
    doubt(session, pairing_id, doubted)
    return refused


def _upsert(session: Session, pairing_id: int, run_id: int, given: Collection[LinkRow]) -> None:
    rows = sorted(given)  # one order for all, so that two writers never wait for each other
    if not on_postgresql(session.connection()):
        execute_many(session, UPSERT, rows, pairing_id, run_id, _moment(now()))
        return
    names = ("source_ids", "target_ids", "fingerprints", "marks", "identity_digests")
    columns = {name: [row[place] for row in rows] for place, name in enumerate(names)}
    session.execute(
        UPSERT_ON_POSTGRESQL, {"pairing_id": pairing_id, "run_id": run_id, "updated_at": now()} | columns
    )


@lru_cache(maxsize=8)
def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime(MOMENT)
