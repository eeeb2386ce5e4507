"""Links in the store: looked up a page at a time, stored with the outcome that earns them.

All of this is one file, because every statement on links has to agree on when a link counts.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

import orjson
from sqlalchemy import ColumnElement, bindparam, delete, func, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from connectors.contract.records import MAYBE_WRITTEN
from core.clock import now
from core.db import driver_reading, reading
from core.models import Connection, Decision, Link, Record, Run
from core.models.links import (
    FIELDS_START,
    IDENTITY_BYTES,
    IDENTITY_START,
    IN_DOUBT_VERSION,
    LISTED_BYTES,
    LISTED_START,
)
from core.runs.matched_by import MatchedBy
from core.runs.outcome_catalogue import Code
from core.sync.store import field_conflicts
from core.sync.store.rows import Linked, LinkRow
from core.sync.store.statements import execute_many, on_postgresql, on_sqlite

# ``updated_at`` of a link that the next run must read again: it is neither fresh nor recent.
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
BEFORE_ALL = datetime(1990, 1, 1, tzinfo=UTC)
IN_DOUBT = bytes([IN_DOUBT_VERSION])
# How SQLite stores a moment (models.base.UtcMoment).
MOMENT = "%Y-%m-%d %H:%M:%S.%f"
# These two are executed for each page of each run, straight on the driver: through SQLAlchemy they take 2.6 times as
# long.
FIND = """
    SELECT source_id, target_id, state, source_version, updated_at > ?, updated_at > ?, updated_at > ?
    FROM link WHERE pairing_id = ? AND source_id IN (SELECT value FROM json_each(?))
    """
FIND_ON_POSTGRESQL = """
    SELECT source_id, target_id, state, source_version, updated_at > %s, updated_at > %s, updated_at > %s
    FROM link WHERE pairing_id = %s AND source_id = ANY(CAST(%s AS text[]))
    """
# One row of three lists in the order of the ids, which a left join keeps. Row by row takes half as long again.
# A source version counts only where something is known of the last write.
LISTED = f"substr(state, {LISTED_START + 1}, {LISTED_BYTES})"
IS_KNOWN = f"length(state) > {FIELDS_START} AND updated_at >"
FIND_VERSIONS = f"""
    SELECT json_group_array(target_id),
        json_group_array(CASE WHEN {IS_KNOWN} ? THEN source_version END), json_group_array(hex({LISTED}))
    FROM json_each(?) AS given LEFT JOIN link ON pairing_id = ? AND source_id = given.value
    """  # noqa: S608 - our own names
FIND_VERSIONS_ON_POSTGRESQL = f"""
    SELECT CAST(json_agg(target_id ORDER BY place) AS text), CAST(json_agg(
        CASE WHEN {IS_KNOWN} %s THEN source_version END ORDER BY place
    ) AS text), CAST(json_agg(upper(encode({LISTED}, 'hex')) ORDER BY place) AS text)
    FROM unnest(CAST(%s AS text[])) WITH ORDINALITY AS given (id, place)
        LEFT JOIN link ON pairing_id = %s AND source_id = given.id
    """  # noqa: S608 - our own names
COUNT = select(func.count()).select_from(Link).where(Link.pairing_id == bindparam("pairing_id"))
OWNERS = select(Link.target_id, Link.source_id).where(
    Link.pairing_id == bindparam("pairing_id"), Link.target_id.in_(bindparam("target_ids", expanding=True))
)
SET_SOURCE_VERSION = (
    update(Link.__table__)  # type: ignore[arg-type]
    .where(Link.pairing_id == bindparam("pairing"), Link.source_id == bindparam("source"))
    .values(source_version=bindparam("version"))
)
SET_STATE = "UPDATE link SET state = ? WHERE pairing_id = ? AND source_id = ?"
SET_STATES_ON_POSTGRESQL = text(
    """
    UPDATE link SET state = given.state
    FROM unnest(CAST(:source_ids AS text[]), CAST(:states AS bytea[])) AS given (source_id, state)
    WHERE link.pairing_id = :pairing_id AND link.source_id = given.source_id
    """
)
CONFLICT = """
    ON CONFLICT (pairing_id, source_id) DO UPDATE SET target_id = excluded.target_id, run_id = excluded.run_id,
        state = excluded.state, source_version = excluded.source_version, updated_at = excluded.updated_at,
        matched_by = CASE WHEN link.target_id = excluded.target_id
            THEN coalesce(excluded.matched_by, link.matched_by) ELSE excluded.matched_by END
    """
COLUMNS = "pairing_id, run_id, updated_at, source_id, target_id, state, source_version, matched_by"
UPSERT = f"""
    INSERT INTO link ({COLUMNS}) SELECT ?, ?, ?, given.* FROM (VALUES {{rows}}) AS given
    WHERE column1 IS NOT NULL {CONFLICT}
    """  # noqa: S608 - our own names
UPSERT_ON_POSTGRESQL = text(
    f"""
    INSERT INTO link ({COLUMNS}) SELECT :pairing_id, :run_id, :updated_at, given.* FROM unnest(
        CAST(:source_ids AS text[]), CAST(:target_ids AS text[]), CAST(:states AS bytea[]),
        CAST(:source_versions AS text[]), CAST(:matched_by AS integer[])
    ) AS given {CONFLICT}
    """  # noqa: S608 - our own names
)


class FreshnessCutoffs(NamedTuple):
    """Links stored after these moments are fresh, recent, and as mapped (rows.Linked)."""

    fresh: datetime
    recent: datetime
    mapped: datetime = BEFORE_ALL


def by_source_id(pairing_id: int, source_ids: Sequence[str], cutoffs: FreshnessCutoffs) -> dict[str, Linked]:
    """Return the links of some employees of the source."""
    with driver_reading() as cursor:
        if on_sqlite(cursor):
            cursor.execute(FIND, (*map(_moment, cutoffs), pairing_id, _json_list(source_ids)))
        else:
            cursor.execute(FIND_ON_POSTGRESQL, (*cutoffs, pairing_id, source_ids))
        return {row[0]: Linked(*row[1:]) for row in cursor.fetchall()}


class StoredVersions(NamedTuple):
    """What is stored of some employees of the source, in their order."""

    # The target ids they are linked to.
    target_ids: list[str | None]
    # The source versions of links that are fresh.
    source_versions: list[str | None]
    # The digests of the target's records as they were last listed, in hexadecimal digits; empty where not known.
    listed: list[str | None]


def source_versions(pairing_id: int, source_ids: Sequence[str], fresh: datetime) -> StoredVersions:
    """Return what tells whether some employees of the source have changed, at either end."""
    with driver_reading() as cursor:
        if on_sqlite(cursor):
            cursor.execute(FIND_VERSIONS, (_moment(fresh), _json_list(source_ids), pairing_id))
        else:
            cursor.execute(FIND_VERSIONS_ON_POSTGRESQL, (fresh, source_ids, pairing_id))
        return StoredVersions(*(orjson.loads(values or "[]") for values in cursor.fetchone()))


def count(pairing_id: int) -> int:
    """Return how many links a pairing has."""
    with reading() as session:
        return session.connection().execute(COUNT, {"pairing_id": pairing_id}).scalar_one()


def any_stored(pairing_id: int) -> bool:
    """Say whether anybody is linked."""
    with reading() as session:
        return (
            session.scalar(select(Link.source_id).where(Link.pairing_id == pairing_id).limit(1)) is not None
        )


def owners(pairing_id: int, target_ids: Collection[str]) -> dict[str, str]:
    """Return the source ids linked to some employees of the target, by target id."""
    with reading() as session:
        return _owners(session, pairing_id, target_ids)


def target_ids(pairing_id: int, source_ids: Collection[str]) -> dict[str, str]:
    """Return the target ids that some employees of the source are linked to, by source id."""
    query = select(Link.source_id, Link.target_id).where(*_of(pairing_id, source_ids))
    with reading() as session:
        return {row.source_id: row.target_id for row in session.connection().execute(query)}


class StoredLink(NamedTuple):
    """A link as far as the employee it was made for can be recognised by it."""

    source_id: str
    target_id: str
    identity_digest: bytes


def with_identity(pairing_id: int) -> list[StoredLink]:
    """Return all links of a pairing that have an identity digest."""
    identity = func.substr(Link.state, IDENTITY_START + 1, IDENTITY_BYTES)
    query = select(Link.source_id, Link.target_id, identity).where(
        Link.pairing_id == pairing_id, Link.state.is_not(None)
    )
    with reading() as session:
        return [StoredLink(*row) for row in session.connection().execute(query)]


def move(session: Session, pairing_id: int, run_id: int, moved: Mapping[str, str]) -> None:
    """Move links to other employees of the source, given by those who have them now; what was written is forgotten."""
    for source_id, new_source_id in sorted(moved.items()):
        new = {
            "source_id": new_source_id,
            "run_id": run_id,
            "updated_at": now(),
            "source_version": None,
            "state": None,
            "matched_by": MatchedBy.EARLIER_RECORD.value,
        }
        session.execute(update(Link).where(*_of(pairing_id, [source_id])).values(**new))
    field_conflicts.forget(session, pairing_id, list(moved))


def rightful_owners(pairing_id: int, run_id: int, target_ids: Collection[str]) -> dict[str, str]:
    """Return the same, without links that a run has found broken."""
    with reading() as session:
        found = _owners(session, pairing_id, target_ids)
        broken = _broken(session, pairing_id, run_id, found.values()) if found else ()
    return {target_id: source_id for target_id, source_id in found.items() if source_id not in broken}


def _owners(session: Session, pairing_id: int, target_ids: Collection[str]) -> dict[str, str]:
    rows = session.connection().execute(OWNERS, {"pairing_id": pairing_id, "target_ids": list(target_ids)})
    return {row.target_id: row.source_id for row in rows}


def _broken(session: Session, pairing_id: int, run_id: int, source_ids: Collection[str]) -> set[str]:
    """Return the linked employees whose link this run has found to be broken, so that it no longer counts.

    The run creates them again because the target had lost them, or they are excluded and no longer there, or the linked
    employee turned out to be another person. Where a person has to decide that, the link still counts. A link that this
    run has stored counts too.
    """
    earlier = select(Link.source_id, Link.target_id).where(
        *_of(pairing_id, source_ids), Link.run_id.is_distinct_from(run_id)
    )
    linked = {row.source_id: row.target_id for row in session.execute(earlier)}
    planned = select(Record.source_id, Record.target_id, Record.decision, Record.reason).where(
        Record.run_id == run_id, Record.source_id.in_(linked)
    )
    return {
        source_id
        for source_id, target_id, decision, reason in session.execute(planned)
        if decision is Decision.CREATE
        or not (target_id == linked[source_id] or reason == Code.BECAME_ANOTHER)
    }


def outdate(session: Session, pairing_id: int, source_ids: Collection[str]) -> None:
    """Have the next run read some linked employees in full, whatever their source version."""
    session.execute(update(Link).where(*_of(pairing_id, source_ids)).values(updated_at=LONG_AGO))


def set_source_versions(
    session: Session, pairing_id: int, versions: Sequence[tuple[str, str | None]]
) -> None:
    """Store new source versions of some links. ``updated_at`` stays, so that reading the target again falls due."""
    if versions:
        values = [
            {"pairing": pairing_id, "source": source_id, "version": version}
            for source_id, version in sorted(versions)
        ]
        session.connection().execute(SET_SOURCE_VERSION, values)


def set_states(session: Session, pairing_id: int, states: Sequence[tuple[str, bytes]]) -> None:
    """Store what the target shows now of some linked employees, none of whose fields has changed there."""
    if not states:
        return
    ordered = sorted(states)
    connection = session.connection()
    if on_postgresql(connection):
        source_ids, values = zip(*ordered, strict=True)
        parameters = {"pairing_id": pairing_id, "source_ids": list(source_ids), "states": list(values)}
        connection.execute(SET_STATES_ON_POSTGRESQL, parameters)
    else:
        rows = [(state, pairing_id, source_id) for source_id, state in ordered]
        connection.exec_driver_sql(SET_STATE, rows)


def doubt_unanswered(session: Session, run_id: int) -> None:
    """Note that what was last written to employees whose update was not answered may not hold.

    The next run writes them. It still knows how their names were spelled before, which a target need not show.
    """
    in_doubt = Record.reason.in_(MAYBE_WRITTEN)
    unanswered = select(Record.source_id).where(Record.run_id == run_id, in_doubt)
    pairing = (
        select(Connection.pairing_id).join(Run, Run.connection_id == Connection.id).where(Run.id == run_id)
    )
    theirs = (Link.pairing_id == pairing.scalar_subquery(), Link.source_id.in_(unanswered))
    known = select(Link.pairing_id, Link.source_id, Link.state).where(*theirs, Link.state.is_not(None))
    for pairing_id, source_id, state in session.execute(known.order_by(Link.source_id)).all():
        if state is not None and state[:IDENTITY_START] != IN_DOUBT:
            doubtful = {"state": IN_DOUBT + state[IDENTITY_START:], "source_version": None}
            session.execute(update(Link).where(*_of(pairing_id, [source_id])).values(**doubtful))


def save(session: Session, pairing_id: int, run_id: int, rows: Sequence[LinkRow]) -> set[str]:
    """Store links in the caller's transaction. Return the source ids whose target is linked to another employee.

    The links that stand against them are read again by the next run.
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
    """Store the links whose target is not linked to another employee. Return the source ids refused."""
    owner_of = _owners(session, pairing_id, {row.target_id for row in rows})
    broken = _broken(session, pairing_id, run_id, owner_of.values())
    session.execute(delete(Link).where(*_of(pairing_id, broken)))
    owner_of = {target_id: owner for target_id, owner in owner_of.items() if owner not in broken}
    kept: dict[str, LinkRow] = {}
    refused, contested = set(), set()
    for row in rows:
        owner = owner_of.setdefault(row.target_id, row.source_id)
        if owner == row.source_id:
            kept[row.source_id] = row
        else:
            refused.add(row.source_id)
            contested.add(owner)
    _upsert(session, pairing_id, run_id, kept.values())
    outdate(session, pairing_id, contested)
    return refused


def _upsert(session: Session, pairing_id: int, run_id: int, links: Collection[LinkRow]) -> None:
    rows = sorted(links)  # one order for all, so that two writers never wait for each other
    if not on_postgresql(session.connection()):
        execute_many(session, UPSERT, rows, pairing_id, run_id, _moment(now()))
        return
    names = ("source_ids", "target_ids", "states", "source_versions", "matched_by")
    columns = {name: [row[index] for row in rows] for index, name in enumerate(names)}
    values = {"pairing_id": pairing_id, "run_id": run_id, "updated_at": now()}
    session.execute(UPSERT_ON_POSTGRESQL, values | columns)


def _of(pairing_id: int, source_ids: Collection[str]) -> tuple[ColumnElement[bool], ...]:
    return (Link.pairing_id == pairing_id, Link.source_id.in_(source_ids))


def _json_list(ids: Collection[str]) -> str:
    return orjson.dumps(list(ids)).decode()


@lru_cache(maxsize=8)
def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime(MOMENT)
