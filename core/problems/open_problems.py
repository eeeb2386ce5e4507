"""Read the list of open problems: by person, with what to do, who must act, and since when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from sqlalchemy import ColumnElement, Select, bindparam, distinct, func, select
from sqlalchemy.orm import Session

from core.audit.connection_labels import connection_label
from core.clock import now
from core.db import reading
from core.errors import NotFoundError
from core.models import Connection, ConnectionStatus, OpenProblem
from core.models.base import UtcMoment
from core.paging import PAGE_SIZE, page_count
from core.problems.active import is_active
from core.problems.problem_filter import ProblemFilter, Shown, conditions_of
from core.problems.problem_view import IS_OF_PAIRING, ProblemView, problem_rows, problem_view
from core.security.actor import Actor, Permission, require
from core.security.ownership import require_connection

__all__ = ["ProblemFilter", "ProblemView", "ProblemsPage", "Shown", "find", "problems_of", "problems_page"]


_PERSON = distinct(OpenProblem.source_id.concat(" ").concat(OpenProblem.pairing_id))


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
    conditions = [*_of_account(actor), *conditions_of(problem_filter)]
    by_name = (OpenProblem.name, OpenProblem.source_id, OpenProblem.id)
    order = (OpenProblem.since, *by_name) if problem_filter.oldest_first else by_name
    ordered = problem_rows().where(*conditions).order_by(*order)
    with reading() as session:
        total, people = session.execute(_count().where(*conditions)).one()
        rows = session.execute(ordered.limit(PAGE_SIZE).offset((max(page, 1) - 1) * PAGE_SIZE))
        return ProblemsPage([problem_view(row) for row in rows], total, people)


def problems_of(actor: Actor, connection_id: int, source_id: str) -> list[ProblemView]:
    """Return the problems of one employee of a connection, also those ignored and put off, the oldest first."""
    with reading() as session:
        require_connection(session, actor, connection_id, Permission.SEE_REPORTS, deleted=True)
        theirs = Connection.id == connection_id, OpenProblem.source_id == source_id
        rows = session.execute(problem_rows().where(*theirs).order_by(OpenProblem.since, OpenProblem.id))
        return [problem_view(row) for row in rows]


def matching_source_ids(
    actor: Actor, connection_id: int, problem_filter: ProblemFilter, check: Callable[[int], object]
) -> list[str]:
    """Return the source ids of the people of a connection who have a problem that matches.

    Their number is given to ``check`` first, which raises an error where they are too many.
    """
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    conditions = [*_of_account(actor), *conditions_of(problem_filter), Connection.id == connection_id]
    ids = select(OpenProblem.source_id).join(Connection, IS_OF_PAIRING).where(*conditions).distinct()
    with reading() as session:
        require_connection(session, actor, connection_id, Permission.SEE_REPORTS)
        check(session.scalar(select(func.count()).select_from(ids.subquery())) or 0)
        return list(session.scalars(ids.order_by(OpenProblem.source_id)))


def count_people(actor: Actor) -> int:
    """Return how many people of the actor's account have a problem that counts now."""
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    with reading() as session:
        values = {"account_id": actor.account_id, "moment": now()}
        return session.scalar(_people(in_one=actor.account_id is not None), values) or 0


def connections_with_problems(actor: Actor) -> dict[int, str]:
    """Return the connections that have open problems, by id."""
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    query = select(Connection.id, connection_label().label("label")).join(
        OpenProblem, OpenProblem.pairing_id == Connection.pairing_id
    )
    with reading() as session:
        rows = session.execute(query.where(*_of_account(actor)).distinct().order_by("label"))
        return {row.id: row.label for row in rows}


def _of_account(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions on ``Connection``: one of the account that has not been deleted."""
    exists = Connection.status != ConnectionStatus.DELETED
    return (exists,) if actor.account_id is None else (exists, Connection.account_id == actor.account_id)


@cache
def _people(*, in_one: bool) -> Select[int]:
    """Select the number of people, in one account or in all; each page asks for it, so it is made once."""
    active = is_active(bindparam("moment", type_=UtcMoment()))
    query = select(func.count(_PERSON)).select_from(OpenProblem).join(Connection, IS_OF_PAIRING)
    query = query.where(Connection.status != ConnectionStatus.DELETED, active)
    return query.where(Connection.account_id == bindparam("account_id")) if in_one else query


@cache
def _count() -> Select[int, int]:
    return select(func.count(), func.count(_PERSON)).select_from(OpenProblem).join(Connection, IS_OF_PAIRING)


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
