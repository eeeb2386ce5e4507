"""The table of people: one row for each employee that a source lists."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.orm import Session

from core.audit.connection_labels import connection_label
from core.db import reading
from core.exports.columns import Column, ColumnType, DataClass, Row, Table
from core.models import Connection, ConnectionStatus, KeptEmployee, Link
from core.people.entries import Person
from core.people.kept_facts import facts_of
from core.people.listing import PeopleFilter, status_of
from core.reports import headings
from core.runs.outcome_catalogue import CATALOGUE
from core.security.actor import Actor, Permission, require
from core.security.ownership import require_connection

CHUNK = 1_000
NUMBER, TEXT, ID, DAY = ColumnType.NUMBER, ColumnType.TEXT, ColumnType.ID, ColumnType.DAY
PERSONAL = DataClass.PERSONAL

PEOPLE = Table(
    "people",
    "People",
    "one employee that the source of an integration lists",
    (
        Column("name", headings.RECORD, TEXT, "The employee's name.", PERSONAL),
        Column("source_id", headings.SOURCE_ID, ID, "The employee's id in the source.", PERSONAL),
        Column("target_id", headings.TARGET_ID, ID, "The id of the linked employee in the target.", PERSONAL),
        Column("employee_number", "Employee Number", ID, "The employee's number.", PERSONAL),
        Column("status", headings.STATUS, TEXT, "The employment status.", PERSONAL),
        Column("branch", "Branch", TEXT, "The branch's name, or its id where it has none.", PERSONAL),
        Column("employment_type", "Employment Type", TEXT, "As the source says it.", PERSONAL),
        Column("start_date", "Start Date", DAY, "The first day of the employment.", PERSONAL),
        Column("end_date", "End Date", DAY, "The last day of the employment; empty for none.", PERSONAL),
        Column("state", "State", TEXT, "The state or region of the address.", PERSONAL),
        Column(
            "at_target",
            "At Target",
            ColumnType.YES_NO,
            "Whether they are in the target, as far as iHUB knows.",
        ),
        Column(
            "left_out", "Left Out", TEXT, "Why the last run did not write them by their data or the scope."
        ),
        Column("integration", "Integration", TEXT, "The name of the connection."),
        Column("integration_id", "Integration ID#", NUMBER, "The number of the connection."),
    ),
)


@dataclass(frozen=True, slots=True)
class PersonFilter:
    """Whose people: those of one connection, or of all that are not deleted; then which of them."""

    connection_id: int | None = None
    people: PeopleFilter = field(default_factory=PeopleFilter)


# A connection, and one of its people's source id.
Place = tuple[int, str]


def person_chunks(
    actor: Actor, only: PersonFilter, after: Place | None = None, size: int = CHUNK
) -> Iterator[list[tuple[Place, Row]]]:
    """Yield the people that match with their places: by connection, then by source id.

    ``after`` is the last that was taken already. Raises NotFoundError for a connection of another account,
    ForbiddenError.
    """
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    for connection_id, name, pairing_id in _connections(actor, only):
        if after is not None and connection_id < after[0]:
            continue
        last = after[1] if after is not None and connection_id == after[0] else None
        while True:
            with reading() as session:
                rows = session.execute(_query(pairing_id, last).limit(size)).all()
                people = facts_of(session, pairing_id, [row.source_id for row in rows])
            yield [
                ((connection_id, row.source_id), _cells(person, row.target_id, name, connection_id))
                for row in rows
                if (person := people.get(row.source_id)) is not None and only.people.fits(person)
            ]
            if len(rows) < size:
                break
            last = rows[-1].source_id


def _connections(actor: Actor, only: PersonFilter) -> list[tuple[int, str, int]]:
    with reading() as session:
        if only.connection_id is not None:
            require_connection(session, actor, only.connection_id, Permission.SEE_REPORTS)
        return _load_connections(session, actor, only.connection_id)


def _load_connections(session: Session, actor: Actor, only: int | None) -> list[tuple[int, str, int]]:
    conditions: list[ColumnElement[bool]] = [
        Connection.account_id == actor.account_id,
        Connection.status != ConnectionStatus.DELETED,
    ]
    if only is not None:
        conditions.append(Connection.id == only)
    query = select(Connection.id, connection_label(), Connection.pairing_id).where(*conditions)
    rows = session.execute(query.order_by(Connection.id))
    return [(row[0], row[1], row[2]) for row in rows if row[2] is not None]


def _query(pairing_id: int, last: str | None) -> Select[str, str]:
    is_theirs = and_(Link.pairing_id == KeptEmployee.pairing_id, Link.source_id == KeptEmployee.source_id)
    query = select(KeptEmployee.source_id, Link.target_id).outerjoin(Link, is_theirs)
    query = query.where(KeptEmployee.pairing_id == pairing_id).order_by(KeptEmployee.source_id)
    return query if last is None else query.where(KeptEmployee.source_id > last)


def _cells(person: Person, target_id: str | None, connection: str, connection_id: int) -> Row:
    reason = person.reason
    return (
        *(person.name, person.source_id, target_id, person.employee_number, str(status_of(person))),
        *(person.branch or person.branch_id, person.employment_type, person.start_date, person.end_date),
        *(person.region, person.at_target or target_id is not None),
        CATALOGUE[reason].title if reason in CATALOGUE else reason,
        *(connection, connection_id),
    )
