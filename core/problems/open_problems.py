"""Read the list of open problems: by person, with what to do, who must act, and since when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Row, Select, and_, distinct, false, func, or_, select
from sqlalchemy.orm import Session

from connectors.contract.records import Reason
from core.clock import now
from core.db import reading
from core.errors import NotFoundError
from core.models import Connection, ConnectionStatus, Link, OpenProblem, Position, ProblemKind, User
from core.paging import PAGE_SIZE, page_count
from core.problems.active import is_active
from core.runs import matched_by
from core.runs.outcome_catalogue import CATALOGUE, Fixer
from core.runs.system_names import kind_at, system_names
from core.security.actor import Actor, Permission, require
from core.security.ownership import require_connection

# Reasons whose messages say what to do.
_SAID = (Reason.MISSING_FIELD, Reason.BAD_FORMAT, Reason.NO_VALUE_MAP, Reason.TOO_LONG)
# What problems without a place in the outcome catalogue are called.
TITLES = {
    ProblemKind.OUTCOME: "Not written",
    ProblemKind.WARNING: "Not sent",
    ProblemKind.BY_HAND: "Enter by hand",
    ProblemKind.RESPONSE: "To complete",
    ProblemKind.NO_LONGER_LISTED: "No longer listed",
    ProblemKind.FIELD_CONFLICT: "Changed in payroll",
}


class Shown(StrEnum):
    """Which problems a list shows."""

    OPEN = "open"
    PUT_OFF = "put off"
    IGNORED = "ignored"
    # Not problems any more: fields of which people have decided whose value counts.
    DECIDED = "decided"


@dataclass(frozen=True, slots=True)
class ProblemFilter:
    """Which problems to show; None means all. ``search`` is part of a name, or a whole source or target ID."""

    shown: Shown = Shown.OPEN
    fixer: Fixer | None = None
    connection_id: int | None = None
    search: str = ""


@dataclass(frozen=True, slots=True)
class ProblemView:
    """One open problem; ``remedy`` is what to do where the message does not say so itself."""

    id: int
    connection_id: int
    connection: str
    kind: ProblemKind
    field: str
    source_id: str
    target_id: str | None
    # How the employee is matched to the target's, empty where they are not linked.
    matched_by: str
    name: str
    title: str
    message: str
    remedy: str
    fixer: str
    since: datetime
    run_id: int | None
    snoozed_until: datetime | None
    ignored_at: datetime | None
    ignored_by: str | None
    note: str | None


@dataclass(frozen=True, slots=True)
class ProblemsPage:
    """One page of problems by name, with how many people have one in the whole list."""

    rows: list[ProblemView]
    total: int
    people: int

    @property
    def pages(self) -> int:
        """Return how many pages there are, at least one."""
        return page_count(self.total)


def problems_page(actor: Actor, problem_filter: ProblemFilter, page: int = 1) -> ProblemsPage:
    """Return one page of the open problems that match."""
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    conditions = [*_of_account(actor), *_conditions(problem_filter)]
    ordered = _rows().where(*conditions).order_by(OpenProblem.name, OpenProblem.source_id, OpenProblem.id)
    with reading() as session:
        total, people = session.execute(_count().where(*conditions)).one()
        rows = session.execute(ordered.limit(PAGE_SIZE).offset((max(page, 1) - 1) * PAGE_SIZE))
        return ProblemsPage([_view(row) for row in rows], total, people)


def problems_of(actor: Actor, connection_id: int, source_id: str) -> list[ProblemView]:
    """Return the problems of one employee of a connection that count now, the oldest first."""
    with reading() as session:
        require_connection(session, actor, connection_id, Permission.SEE_REPORTS, deleted=True)
        theirs = Connection.id == connection_id, OpenProblem.source_id == source_id, is_active(now())
        rows = session.execute(_rows().where(*theirs).order_by(OpenProblem.since, OpenProblem.id))
        return [_view(row) for row in rows]


def matching_source_ids(
    actor: Actor, connection_id: int, problem_filter: ProblemFilter, check: Callable[[int], object]
) -> list[str]:
    """Return the source ids of the people of a connection who have a problem that matches.

    Their number is given to ``check`` first, which raises an error where they are too many.
    """
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    conditions = [*_of_account(actor), *_conditions(problem_filter), Connection.id == connection_id]
    ids = select(OpenProblem.source_id).join(Connection, _IS_OF_PAIRING).where(*conditions).distinct()
    with reading() as session:
        require_connection(session, actor, connection_id, Permission.SEE_REPORTS)
        check(session.scalar(select(func.count()).select_from(ids.subquery())) or 0)
        return list(session.scalars(ids.order_by(OpenProblem.source_id)))


def count_people(actor: Actor) -> int:
    """Return how many people of the actor's account have a problem that counts now."""
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    with reading() as session:
        _, people = session.execute(_count().where(*_of_account(actor), is_active(now()))).one()
    return int(people)


def connections_with_problems(actor: Actor) -> dict[int, str]:
    """Return the connections that have open problems, by id."""
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    query = select(Connection.id, Connection.name).join(
        OpenProblem, OpenProblem.pairing_id == Connection.pairing_id
    )
    with reading() as session:
        rows = session.execute(query.where(*_of_account(actor)).distinct().order_by(Connection.name))
        return {row.id: row.name for row in rows}


def _of_account(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions on ``Connection``: one of the account that has not been deleted."""
    exists = Connection.status != ConnectionStatus.DELETED
    return (exists,) if actor.account_id is None else (exists, Connection.account_id == actor.account_id)


def _conditions(problem_filter: ProblemFilter) -> list[ColumnElement[bool]]:
    moment = now()
    ignored = OpenProblem.ignored_at.is_not(None)
    shown: dict[Shown, list[ColumnElement[bool]]] = {
        Shown.OPEN: [is_active(moment)],
        Shown.PUT_OFF: [~ignored, OpenProblem.snoozed_until > moment],
        Shown.IGNORED: [ignored],
        Shown.DECIDED: [false()],
    }
    conditions = shown[problem_filter.shown]
    if problem_filter.fixer is not None:
        conditions.append(OpenProblem.fixer == problem_filter.fixer)
    if problem_filter.connection_id is not None:
        conditions.append(Connection.id == problem_filter.connection_id)
    if text := problem_filter.search.strip():
        by_name = OpenProblem.name.icontains(text, autoescape=True)
        conditions.append(or_(by_name, OpenProblem.source_id == text, OpenProblem.target_id == text))
    return conditions


def _count() -> Select[int, int]:
    person = distinct(OpenProblem.source_id.concat(" ").concat(OpenProblem.pairing_id))
    return select(func.count(), func.count(person)).select_from(OpenProblem).join(Connection, _IS_OF_PAIRING)


_IS_OF_PAIRING = and_(Connection.pairing_id == OpenProblem.pairing_id)


def _rows() -> Select[OpenProblem, int, str, str, str, str, str, int | None]:
    """Select problems with their connection, the kinds of its systems, the person who ignored them, and the link."""
    connection = (
        Connection.id.label("connection_id"),
        Connection.name.label("connection"),
        kind_at(Position.SOURCE).label("source"),
        kind_at(Position.TARGET).label("target"),
    )
    link = (Link.target_id.label("link_target_id"), Link.matched_by.label("link_matched_by"))
    query = select(OpenProblem, *connection, User.name.label("ignored_by"), *link)
    query = query.join(Connection, _IS_OF_PAIRING).outerjoin(User, User.id == OpenProblem.ignored_by)
    is_theirs = and_(Link.pairing_id == OpenProblem.pairing_id, Link.source_id == OpenProblem.source_id)
    return query.outerjoin(Link, is_theirs)


def _view(row: Row[OpenProblem, int, str, str, str, str, str, int | None]) -> ProblemView:
    problem: OpenProblem = row.OpenProblem
    names = system_names(row.source, row.target)
    why = CATALOGUE.get(problem.code) if problem.kind not in _WARNINGS else None
    title = TITLES[problem.kind] if why is None else why.title
    message, remedy = names.fill(problem.message), "" if why is None else names.fill(why.remedy)
    return ProblemView(
        id=problem.id,
        connection_id=row.connection_id,
        connection=row.connection,
        kind=problem.kind,
        field=problem.field,
        source_id=problem.source_id,
        target_id=problem.target_id,
        matched_by="" if row.link_target_id is None else matched_by.describe_link(row.link_matched_by),
        name=problem.name,
        title=title,
        message=message,
        remedy="" if remedy in message or problem.code in _SAID else remedy,
        fixer=problem.fixer,
        since=problem.since,
        run_id=problem.last_run_id,
        snoozed_until=problem.snoozed_until if _is_future(problem.snoozed_until) else None,
        ignored_at=problem.ignored_at,
        ignored_by=row.ignored_by,
        note=problem.note,
    )


def _is_future(moment: datetime | None) -> bool:
    return moment is not None and moment > now()


# Their codes are the connector's own, and their messages say what to do.
_WARNINGS = (ProblemKind.WARNING, ProblemKind.BY_HAND, ProblemKind.RESPONSE)


def find(
    session: Session, actor: Actor, problem_id: int, permission: Permission
) -> tuple[OpenProblem, Connection]:
    """Return a problem of the actor's account, locked, with its connection. Raises NotFoundError, ForbiddenError."""
    problem = session.get(OpenProblem, problem_id, with_for_update=True)
    pairing_id = None if problem is None else problem.pairing_id
    newest = select(Connection).where(Connection.pairing_id == pairing_id).order_by(Connection.id.desc())
    connection = session.scalars(newest.limit(1)).first()
    require(actor, permission, None if connection is None else connection.account_id)
    if problem is None or connection is None:
        raise NotFoundError("This problem is no longer open. Reload the page.")
    return problem, connection
