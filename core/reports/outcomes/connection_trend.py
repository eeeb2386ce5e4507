"""How the runs of an integration have gone: the last success, the streak, the first-pass yield, and who is stuck."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from core.clock import now
from core.db import reading
from core.models import OpenProblem, Run, RunKind, RunStatus
from core.models.base import UtcMoment
from core.problems.active import is_active
from core.runs.counters import Counters
from core.runs.outcome_catalogue import CATALOGUE
from core.security.actor import Actor, Permission, require
from core.security.ownership import require_connection

# How many runs the trend and the yield are made of, how many the streak looks at, and how many people are listed.
POINTS, STREAK_RUNS, STUCK = 30, 100, 3


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """The counters of one run of everybody; ``at`` is when it started."""

    run_id: int
    at: datetime
    counters: Counters


@dataclass(frozen=True, slots=True)
class StuckPerson:
    """A person with a problem that has been open for long: since when, and what it is in short."""

    name: str
    source_id: str
    since: datetime
    title: str


@dataclass(frozen=True, slots=True)
class ConnectionTrend:
    """How an integration has gone. The points are runs of everybody, the oldest first.

    ``streak`` is how many of its last runs in a row were without errors, or where ``broken`` with errors. Both ignore
    runs that were held or cancelled.
    """

    last_success: tuple[int, datetime] | None
    streak: int
    broken: bool
    points: tuple[TrendPoint, ...]
    stuck: tuple[StuckPerson, ...]

    @property
    def first_pass_yield(self) -> float | None:
        """Return the share of employees, 0 to 1, that runs have finished without anybody having to act.

        Those that are filtered do not count. None while nobody has been compared.
        """
        done = sum(point.counters.unchanged + point.counters.written for point in self.points)
        wanted = done + sum(point.counters.held + point.counters.errors for point in self.points)
        return done / wanted if wanted else None


def connection_trend(actor: Actor, connection_id: int) -> ConnectionTrend:
    """Return how a connection, which may be deleted, has gone. Raises NotFoundError."""
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    with reading() as session:
        connection = require_connection(session, actor, connection_id, Permission.SEE_REPORTS, deleted=True)
        runs = session.execute(_newest_runs(), {"connection_id": connection_id}).all()
        streak, broken = streak_of([run.status for run in runs])
        points = [
            TrendPoint(run_id, started_at or created_at, Counters(*numbers))
            for run_id, _, started_at, created_at, *numbers in runs[:POINTS]
        ]
        success = _last_success(session, connection_id)
        stuck = _stuck(session, connection.pairing_id)
    return ConnectionTrend(success, streak, broken, tuple(reversed(points)), stuck)


def streak_of(statuses: Sequence[RunStatus]) -> tuple[int, bool]:
    """Return how many runs in a row, the newest first, ended as the last one did, and whether that is with errors."""
    broken = bool(statuses) and statuses[0] is not RunStatus.COMPLETE
    for number, status in enumerate(statuses):
        if (status is not RunStatus.COMPLETE) is not broken:
            return number, broken
    return len(statuses), broken


@cache
def _newest_runs() -> Select[*tuple[Any, ...]]:
    """Select of the runs of everybody that came to an end of their own, the newest first."""
    counters = (getattr(Run, field.name) for field in fields(Counters))
    query = select(Run.id, Run.status, Run.started_at, Run.created_at, *counters).where(
        Run.connection_id == bindparam("connection_id"),
        Run.kind == RunKind.SYNC,
        Run.status.in_((RunStatus.COMPLETE, RunStatus.ERROR)),
    )
    return query.order_by(Run.id.desc()).limit(STREAK_RUNS)


def _last_success(session: Session, connection_id: int) -> tuple[int, datetime] | None:
    row = session.execute(_success(), {"connection_id": connection_id}).first()
    return None if row is None else (row.id, row.ended_at)


@cache
def _success() -> Select[int, datetime | None]:
    query = select(Run.id, Run.ended_at).where(
        Run.connection_id == bindparam("connection_id"),
        Run.kind == RunKind.SYNC,
        Run.status == RunStatus.COMPLETE,
        Run.ended_at.is_not(None),
    )
    return query.order_by(Run.id.desc()).limit(1)


def _stuck(session: Session, pairing_id: int | None) -> tuple[StuckPerson, ...]:
    """Return who has had an open problem for longest, each person once."""
    found: dict[str, StuckPerson] = {}
    for problem in session.scalars(_oldest(), {"pairing_id": pairing_id, "moment": now()}):
        why = CATALOGUE.get(problem.code)
        title = why.title if why is not None else problem.kind.value.replace("_", " ").capitalize()
        found.setdefault(
            problem.source_id, StuckPerson(problem.name, problem.source_id, problem.since, title)
        )
    return tuple(found.values())[:STUCK]


@cache
def _oldest() -> Select[OpenProblem]:
    active = is_active(bindparam("moment", type_=UtcMoment()))
    query = select(OpenProblem).where(OpenProblem.pairing_id == bindparam("pairing_id"), active)
    return query.order_by(OpenProblem.since, OpenProblem.id).limit(STUCK * 10)
