"""Readiness: how many employees the target would accept today, what the others lack, and who must act."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from connectors.contract.errors import ConfigError
from core.clock import now
from core.db import reading
from core.errors import InvalidError
from core.models import Account, Job, MappingVersion
from core.paging import PAGE_SIZE, first_row, page_count
from core.people.listing import PeopleFilter, branch_of, by_name, everybody, last_read
from core.people.verdicts import Judge, Missing, PersonVerdict, State
from core.runs import options
from core.runs.outcome_codes import Fixer
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


def readiness(actor: Actor, connection_id: int) -> Readiness:
    """Return the readiness of a connection. Raises NotFoundError, ForbiddenError."""
    verdicts = all_verdicts(actor, connection_id)
    branches: dict[str, list[PersonVerdict]] = defaultdict(list)
    for verdict in verdicts:
        branches[branch_of(verdict.person)].append(verdict)
    counted = Counter(missing for verdict in verdicts for missing in verdict.missing)
    return Readiness(
        _numbers(verdicts),
        sum(verdict.is_filtered for verdict in verdicts),
        sum(not verdict.is_filtered and verdict.state is State.WAITING for verdict in verdicts),
        [(name, _numbers(branches[name])) for name in sorted(branches, key=str.casefold)],
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
    verdicts = all_verdicts(actor, connection_id)
    waiting = [verdict for verdict in verdicts if verdict.state is State.WAITING and only.fits(verdict)]
    return sorted(waiting, key=lambda verdict: by_name(verdict.person))


def all_verdicts(actor: Actor, connection_id: int) -> Sequence[PersonVerdict]:
    """Return the verdict on everybody, in no order. Raises the errors of ``readiness``."""
    with reading() as session:
        connection = require_connection(session, actor, connection_id, Permission.SEE_REPORTS)
        zone = ZoneInfo(session.get_one(Account, connection.account_id).time_zone)
        settings = session.scalar(select(Job.settings).where(Job.connection_id == connection.id))
        version = session.get(MappingVersion, (connection.id, connection.mapping_version))
        pairing_id = connection.pairing_id
    document = {} if version is None else version.document
    try:
        job_days = options.parse(settings or {}).scope.future_start_days
    except ConfigError as error:
        raise InvalidError(str(error)) from error
    days_before = _days_before(document, job_days)
    judge = Judge(now().astimezone(zone).date(), days_before)
    return [judge.judge(person) for person in everybody(pairing_id)]


def _days_before(document: Mapping[str, Any], job_days: int | None) -> int | None:
    """Return from how many days before their start employees are synced, by the version in force or the job."""
    if (starters := document.get("starters")) is not None:
        return int(starters["days_before"])
    return None if "scope" in document else job_days


def _numbers(verdicts: Iterable[PersonVerdict]) -> Numbers:
    states = Counter(verdict.state for verdict in verdicts)
    return Numbers(states[State.READY], states[State.WAITING], states[State.LEFT_OUT])
