"""Readiness: how many employees the target would accept today, what the others lack, and who must act."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import select

from connectors.contract.errors import ConfigError
from connectors.registry import connector_of
from connectors.rest.employee_places import ANY, EmployeePlaces
from core.db import reading
from core.errors import InvalidError
from core.models import Connection, Job, MappingVersion, OpenProblem, Position, ProblemKind, Side
from core.paging import PAGE_SIZE, first_row, page_count
from core.people.kept_scope import KeptScope
from core.people.listing import PeopleFilter, branch_of, by_name, everybody_linked, last_read
from core.people.verdicts import Judge, Missing, PersonVerdict, State
from core.runs import options
from core.runs.outcome_catalogue import ANSWERS
from core.runs.outcome_codes import Fixer
from core.scope import branches, holds, in_force
from core.security.actor import Actor, Permission
from core.security.ownership import require_connection


@dataclass(frozen=True, slots=True)
class Numbers:
    """How many employees are ready, wait for something, and are left out."""

    ready: int = 0
    waiting: int = 0
    left_out: int = 0

    @property
    def share(self) -> float | None:
        """Return the share of ready employees among those that the job sends; None when there are none."""
        sent = self.ready + self.waiting
        return self.ready / sent if sent else None

    @property
    def percent(self) -> str:
        """Return the share as people read it, rounded down: 100 % means all of them, and 0 % nobody."""
        sent = self.ready + self.waiting
        if not sent:
            return "–"
        whole = self.ready * 100 // sent
        return "less than 1 %" if self.ready and not whole else f"{whole} %"


@dataclass(frozen=True, slots=True)
class MissingThing:
    """Something that some employees lack, how many they are, and who must act."""

    missing: Missing
    people: int
    fixer: Fixer


@dataclass(frozen=True, slots=True)
class Readiness:
    """The readiness of a connection's employees, as of ``read_at``; None before the first run or preview.

    ``filtered`` and ``errors`` are what the next run would count as such if nothing changes until then.
    """

    numbers: Numbers
    filtered: int
    errors: int
    by_branch: Sequence[tuple[str, Numbers]]
    missing: Sequence[MissingThing]
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class WaitingFilter:
    """Which of the waiting employees to list; None means all."""

    missing: Missing | None = None
    fixer: Fixer | None = None
    people: PeopleFilter = field(default_factory=PeopleFilter)

    def fits(self, verdict: PersonVerdict) -> bool:
        """Return whether an employee is to be listed."""
        if self.missing is not None and self.missing not in verdict.missing:
            return False
        if self.fixer is not None and all(each.fixer is not self.fixer for each in verdict.missing):
            return False
        return self.people.fits(verdict.person)


@dataclass(frozen=True, slots=True)
class WaitingPage:
    """One page of waiting employees by name, with how many fit in all."""

    rows: Sequence[PersonVerdict]
    total: int

    @property
    def pages(self) -> int:
        """Return how many pages there are, at least one."""
        return page_count(self.total)


# The verdicts by connection, inside ``judged_once``.
_judged: ContextVar[dict[tuple[int, date | None], Sequence[PersonVerdict]] | None] = ContextVar(
    "judged", default=None
)


def readiness(actor: Actor, connection_id: int) -> Readiness:
    """Return the readiness of a connection. Raises NotFoundError, ForbiddenError."""
    verdicts = _with_answers(actor, connection_id)
    of_branch: dict[str, list[PersonVerdict]] = defaultdict(list)
    for verdict in verdicts:
        of_branch[branch_of(verdict.person)].append(verdict)
    counted = Counter(missing for verdict in verdicts for missing in verdict.missing)
    return Readiness(
        _numbers(verdicts),
        sum(verdict.is_filtered for verdict in verdicts),
        sum(not verdict.is_filtered and verdict.state is State.WAITING for verdict in verdicts),
        [(name, _numbers(of_branch[name])) for name in sorted(of_branch, key=str.casefold)],
        [MissingThing(missing, number, missing.fixer) for missing, number in counted.most_common()],
        last_read(actor, connection_id),
    )


def waiting_people(actor: Actor, connection_id: int, only: WaitingFilter, page: int = 1) -> WaitingPage:
    """Return one page of the employees that lack something. Raises the errors of ``readiness``."""
    fitting = all_waiting(actor, connection_id, only)
    first = first_row(page, len(fitting))
    return WaitingPage(fitting[first : first + PAGE_SIZE], len(fitting))


def all_waiting(actor: Actor, connection_id: int, only: WaitingFilter) -> Sequence[PersonVerdict]:
    """Return all employees that lack something, by name. Raises the errors of ``readiness``."""
    verdicts = _with_answers(actor, connection_id)
    waiting = [verdict for verdict in verdicts if verdict.state is State.WAITING and only.fits(verdict)]
    return sorted(waiting, key=lambda verdict: by_name(verdict.person))


def _with_answers(actor: Actor, connection_id: int) -> Sequence[PersonVerdict]:
    """Return the verdict on everybody; who was refused by the target in their last run is not ready."""
    verdicts = all_verdicts(actor, connection_id)
    of_connection = OpenProblem.pairing_id == Connection.pairing_id, Connection.id == connection_id
    query = select(OpenProblem.source_id, OpenProblem.code).where(
        *of_connection, OpenProblem.kind == ProblemKind.OUTCOME, OpenProblem.code.in_(ANSWERS)
    )
    with reading() as session:
        codes = dict(session.execute(query).all())
    if not codes:
        return verdicts
    return [
        each.not_taken(codes[each.person.source_id])
        if each.state is State.READY and each.person.source_id in codes
        else each
        for each in verdicts
    ]


@contextmanager
def judged_once() -> Iterator[None]:
    """Judge everybody of a connection once, however much is asked about them inside, for example for one page."""
    token = _judged.set({})
    try:
        yield
    finally:
        _judged.reset(token)


def all_verdicts(actor: Actor, connection_id: int, day: date | None = None) -> Sequence[PersonVerdict]:
    """Return the verdict on everybody, in no order, by the scope of a day, or today. Raises as ``readiness`` does."""
    with reading() as session:
        connection = require_connection(session, actor, connection_id, Permission.SEE_REPORTS)
    judged = _judged.get()
    if judged is None:
        return _judge(connection, day)
    if (connection_id, day) not in judged:
        judged[connection_id, day] = _judge(connection, day)
    return judged[connection_id, day]


def _judge(connection: Connection, day: date | None) -> Sequence[PersonVerdict]:
    pairing_id = connection.pairing_id
    if pairing_id is None:
        return []
    with reading() as session:
        today = day or holds.today_in(session, connection.account_id)
        settings = session.scalar(select(Job.settings).where(Job.connection_id == connection.id))
        version = session.get(MappingVersion, (connection.id, connection.mapping_version))
        kind = select(Side.kind).where(Side.connection_id == connection.id, Side.position == Position.SOURCE)
        places = _places_of(session.scalars(kind).one())
        tree = branches.load(session, pairing_id)
    document = {} if version is None else version.document
    try:
        scope = in_force.load(document, options.parse(settings or {}).scope, pairing_id, today)
    except ConfigError as error:
        raise InvalidError(str(error)) from error
    people = everybody_linked(pairing_id)
    judge = Judge(KeptScope(scope, scope.compile(places, tree), people))
    return [judge.judge(person) for person in people]


def _places_of(kind: str) -> EmployeePlaces:
    """Return what the employees of a source have; of one whose connector is gone, nothing is known."""
    try:
        return EmployeePlaces(connector_of(kind).source_fields)
    except ConfigError:
        return ANY


def _numbers(verdicts: Iterable[PersonVerdict]) -> Numbers:
    states = Counter(verdict.state for verdict in verdicts)
    return Numbers(states[State.READY], states[State.WAITING], states[State.LEFT_OUT])
