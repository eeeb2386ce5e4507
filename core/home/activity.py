"""What is running or waiting, what waits for a decision, and the alerts, in one account or in all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, bindparam, case, func, select

from core.audit.connection_labels import connection_label
from core.clock import now
from core.db import reading
from core.home.reach import MOST_LINES, Reach, account_label, with_shared_name
from core.models import (
    Account,
    Alert,
    AlertKind,
    Connection,
    ConnectionStatus,
    OpenProblem,
    Phase,
    Plan,
    PlanState,
    Run,
    RunKind,
    RunStatus,
)
from core.models.base import UtcMoment
from core.problems.active import is_active
from core.queue.run_order import is_unfinished
from core.runs import lease
from core.runs.counters import Counters
from core.security.actor import Actor, Permission, require

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class About:
    """The connection that a line is about, and its account."""

    connection_id: int
    connection: str
    account_id: int
    account: str


@dataclass(frozen=True, slots=True)
class RunInProgress:
    """A run that is running or waiting to start; ``phase`` says how far it has come while it is RUNNING."""

    about: About
    id: int
    kind: RunKind
    status: RunStatus
    phase: Phase
    since: datetime
    counters: Counters
    # When a run continues that waits for the end of closed hours, and whose they are.
    continues_at: datetime | None
    message: str | None


@dataclass(frozen=True, slots=True)
class WaitingPlan:
    """A plan that waits for a decision: of a held run, with why it was held, or of a preview that can be applied."""

    about: About
    run_id: int
    kind: RunKind
    reasons: tuple[str, ...]
    kept_until: datetime
    # One person of two has approved it.
    is_half_approved: bool

    @property
    def is_held(self) -> bool:
        """Say whether a run is held, and its changes wait for the decision."""
        return self.kind is not RunKind.PREVIEW


@dataclass(frozen=True, slots=True)
class AlertLine:
    """One open alert."""

    about: About
    id: int
    kind: AlertKind
    message: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Section(Generic[T]):
    """The first lines of a section, and how many there are in all; of plans, those of held runs are ``urgent``."""

    rows: tuple[T, ...]
    total: int
    urgent: int


def runs_in_progress(actor: Actor, *, everywhere: bool = False) -> Section[RunInProgress]:
    """Return the runs that have not ended: those that are running first, then those that wait, in their order."""
    reach = Reach.of(actor, Permission.SEE_REPORTS, everywhere=everywhere)
    return _section(_runs_query(reach, everywhere), _in_progress)


# Most pages ask these for few accounts, and making a statement costs as much as asking the store.
@lru_cache(maxsize=256)
def _runs_query(reach: Reach, everywhere: bool) -> Select[Any]:
    query = _with_connection(Run, Run.connection_id).where(is_unfinished(), *reach.conditions())
    return _first_lines(query.order_by(Run.status.desc(), Run.id), everywhere)


def plans_to_decide(actor: Actor, *, everywhere: bool = False) -> Section[WaitingPlan]:
    """Return the plans that wait for a decision: those of held runs first, each the one that is lost soonest first."""
    reach = Reach.of(actor, Permission.SEE_REPORTS, everywhere=everywhere)
    return _section(_plans_query(reach, everywhere), _waiting_plan)


@lru_cache(maxsize=256)
def _plans_query(reach: Reach, everywhere: bool) -> Select[Any]:
    query = _with_connection(Run, Run.connection_id, Plan, urgent=Run.kind != RunKind.PREVIEW).join(
        Plan, Plan.run_id == Run.id
    )
    is_open = Plan.state == PlanState.OPEN, Plan.kept_until > bindparam("moment")
    query = query.where(*is_open, *reach.conditions())
    return _first_lines(query.order_by(Run.kind == RunKind.PREVIEW, Plan.kept_until, Run.id), everywhere)


def count_held(actor: Actor) -> int:
    """Return how many held runs of the actor's account wait for a decision."""
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    with reading() as session:
        return session.scalar(_held(), {"account_id": actor.account_id, "moment": now()}) or 0


@cache
def _held() -> Select[int]:
    """Select the number of held runs of an account; each page asks for it, so it is made once."""
    query = select(func.count()).select_from(Plan).join(Run, Run.id == Plan.run_id)
    query = query.join(Connection, Connection.id == Run.connection_id)
    return query.where(
        Plan.state == PlanState.OPEN,
        Plan.kept_until > bindparam("moment"),
        Run.kind != RunKind.PREVIEW,
        Connection.account_id == bindparam("account_id"),
    )


def alerts(actor: Actor, *, everywhere: bool = False) -> Section[AlertLine]:
    """Return the open alerts, the newest first."""
    reach = Reach.of(actor, Permission.SEE_CONNECTIONS, everywhere=everywhere)
    return _section(_alerts_query(reach, everywhere), _alert_line)


@lru_cache(maxsize=256)
def _alerts_query(reach: Reach, everywhere: bool) -> Select[Any]:
    query = _with_connection(Alert, Alert.connection_id)
    query = query.where(Alert.cleared_at.is_(None), *reach.conditions())
    return _first_lines(query.order_by(Alert.id.desc()), everywhere)


def people_to_fix(actor: Actor, *, everywhere: bool = False) -> int:
    """Return for how many people somebody has to do something, in the account or in all of them."""
    reach = Reach.of(actor, Permission.SEE_REPORTS, everywhere=everywhere)
    with reading() as session:
        return session.scalar(_people_query(reach), {"moment": now()}) or 0


@lru_cache(maxsize=256)
def _people_query(reach: Reach) -> Select[int]:
    exists = Connection.status != ConnectionStatus.DELETED
    pairings = select(Connection.pairing_id).where(exists, *reach.conditions())
    people = select(OpenProblem.pairing_id, OpenProblem.source_id).distinct()
    active = is_active(bindparam("moment", type_=UtcMoment()))
    people = people.where(active, OpenProblem.pairing_id.in_(pairings))
    return select(func.count()).select_from(people.subquery())


def _with_connection(
    entity: Any, connection_id: Any, *more: Any, urgent: ColumnElement[bool] | None = None
) -> Select[Any]:
    """Select something of a connection that exists, with the connection, its account, and the numbers of all."""
    counted = 0 if urgent is None else case((urgent, 1), else_=0)
    numbers = func.count().over().label("total"), func.sum(counted).over().label("urgent")
    query = select(entity, *more, Connection, Account, connection_label().label("label"), *numbers)
    query = query.join(Connection, Connection.id == connection_id)
    query = query.join(Account, Account.id == Connection.account_id)
    return query.where(Connection.status != ConnectionStatus.DELETED)


def _first_lines(query: Select[Any], everywhere: bool) -> Select[Any]:
    return with_shared_name(query, everywhere=everywhere).limit(MOST_LINES)


def _section(query: Select[Any], line: Callable[..., T]) -> Section[T]:
    with reading() as session:
        rows: Sequence[Any] = session.execute(query, {"moment": now()}).all()
        total, urgent = (rows[0].total, rows[0].urgent) if rows else (0, 0)
        return Section(tuple(line(_about(row), *row[:-6]) for row in rows), total, urgent)


def _about(row: Any) -> About:
    connection, account = row.Connection, row.Account
    return About(connection.id, row.label, account.id, account_label(account, row.shared_name))


def _in_progress(about: About, run: Run) -> RunInProgress:
    since = run.started_at or run.created_at
    return RunInProgress(
        about,
        run.id,
        run.kind,
        run.status,
        run.phase,
        since,
        Counters.of(run),
        lease.put_off_until(run),
        run.message,
    )


def _waiting_plan(about: About, run: Run, plan: Plan) -> WaitingPlan:
    reasons = tuple(breach["message"] for breach in plan.breaches)
    return WaitingPlan(about, run.id, run.kind, reasons, plan.kept_until, plan.first_approver is not None)


def _alert_line(about: About, alert: Alert) -> AlertLine:
    return AlertLine(about, alert.id, alert.kind, alert.message, alert.raised_at)
