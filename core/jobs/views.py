"""Read what the Jobs page shows of each integration job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, selectinload

from connectors.registry import name_of
from core.clock import now
from core.db import reading
from core.jobs.calendar.opening_hours import ALWAYS
from core.jobs.closed_hours import opening_hours_of
from core.jobs.schedules import ScheduleView, schedule_view
from core.models import (
    Account,
    Connection,
    ConnectionStatus,
    Job,
    Phase,
    Position,
    Run,
    RunKind,
    RunStatus,
    Schedule,
    Trigger,
)
from core.runs.counters import Counters
from core.security.actor import Actor, Permission, require
from core.security.ownership import require_connection

# A schedule that is due for longer than this has not been started by the scheduler.
OVERDUE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A run in one line; ``phase`` says how far it has come while it is RUNNING."""

    id: int
    status: RunStatus
    trigger: Trigger
    kind: RunKind
    phase: Phase
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    message: str | None
    counters: Counters


@dataclass(frozen=True, slots=True)
class JobView:
    """A connection's job: what it is doing, what it did last, what it does next.

    ``can_control`` says whether the actor may run and schedule it.
    """

    connection_id: int
    account_id: int
    name: str
    source: str
    target: str
    status: ConnectionStatus
    schedule: ScheduleView | None
    # The run that ended last.
    last_run: RunSummary | None
    # The running run, or else the queued one that comes first.
    current_run: RunSummary | None
    # The runs that wait behind it, in their order.
    waiting_runs: tuple[RunSummary, ...]
    can_control: bool
    # Whether iHUB is on for the account.
    switched_on: bool

    @property
    def can_run(self) -> bool:
        """Say whether Run now would work."""
        return self.can_control and self.status is ConnectionStatus.ACTIVE

    @property
    def can_schedule(self) -> bool:
        """Say whether a schedule could be created."""
        return self.can_control and self.status is ConnectionStatus.ACTIVE and self.schedule is None

    @property
    def can_cancel_schedule(self) -> bool:
        """Say whether there is a schedule to cancel."""
        return self.can_control and self.schedule is not None

    @property
    def no_next_run(self) -> str:
        """Say why the next run cannot be promised; empty when it can."""
        if self.schedule is None:
            return ""
        if self.schedule.problem:
            return self.schedule.problem
        if not self.switched_on:
            return "No run until iHUB is switched on for the account"
        if self.status is not ConnectionStatus.ACTIVE:
            return "No run until the connection is Active again"
        overdue = now() - self.schedule.next_due_at > OVERDUE
        return "Due now, but the scheduler has not started it yet" if overdue else ""

    @property
    def current_run_id(self) -> int | None:
        """Return the id of the running run, or else of the queued one that comes first."""
        return self.current_run.id if self.current_run else None

    @property
    def unfinished_run_ids(self) -> list[int]:
        """Return the ids of the runs that have not ended."""
        return [run.id for run in (self.current_run, *self.waiting_runs) if run is not None]


def list_jobs(actor: Actor) -> list[JobView]:
    """Return the jobs of the actor's account; the operator, who has no account, gets the jobs of all accounts."""
    require(actor, Permission.SEE_JOBS, actor.account_id)
    query = select(Connection).where(Connection.status != ConnectionStatus.DELETED)
    if actor.account_id is not None:
        query = query.where(Connection.account_id == actor.account_id)
    return _views(actor, query)


def get_job(actor: Actor, connection_id: int) -> JobView:
    """Return the job of one connection."""
    with reading() as session:
        require_connection(session, actor, connection_id, Permission.SEE_JOBS)
    (job,) = _views(actor, select(Connection).where(Connection.id == connection_id))
    return job


def _views(actor: Actor, query: Select[Connection]) -> list[JobView]:
    query = query.options(selectinload(Connection.sides)).order_by(Connection.id)
    with reading() as session:
        connections = session.scalars(query).all()
        ids = [connection.id for connection in connections]
        parts = _schedules(session, ids), _last_runs(session, ids), _unfinished_runs(session, ids)
        off = set(session.scalars(select(Account.id).where(~Account.ihub_enabled)))
        return [_view(actor, each, *parts, switched_on=each.account_id not in off) for each in connections]


def _view(
    actor: Actor,
    connection: Connection,
    schedules: Mapping[int, ScheduleView],
    last: Mapping[int, RunSummary],
    unfinished: Mapping[int, Sequence[RunSummary]],
    *,
    switched_on: bool,
) -> JobView:
    systems = {side.position: name_of(side.kind) for side in connection.sides}
    runs = unfinished.get(connection.id, [])
    return JobView(
        connection_id=connection.id,
        account_id=connection.account_id,
        name=connection.name,
        source=systems.get(Position.SOURCE, ""),
        target=systems.get(Position.TARGET, ""),
        status=connection.status,
        schedule=schedules.get(connection.id),
        last_run=last.get(connection.id),
        current_run=runs[0] if runs else None,
        waiting_runs=tuple(runs[1:]),
        can_control=actor.may(Permission.CONTROL_JOBS),
        switched_on=switched_on,
    )


def _schedules(session: Session, ids: list[int]) -> dict[int, ScheduleView]:
    active = select(Job.connection_id, Schedule).join(Job, Job.id == Schedule.job_id).where(Schedule.active)
    rows = session.execute(active.where(Job.connection_id.in_(ids)))
    hours = opening_hours_of(session, ids)
    return {
        connection_id: schedule_view(schedule, connection_id, hours.get(connection_id, ALWAYS))
        for connection_id, schedule in rows
    }


def _last_runs(session: Session, ids: list[int]) -> dict[int, RunSummary]:
    ended = Run.status.not_in(RunStatus.unfinished())
    newest = select(func.max(Run.id)).where(Run.connection_id.in_(ids), ended).group_by(Run.connection_id)
    return {
        run.connection_id: run_summary(run) for run in session.scalars(select(Run).where(Run.id.in_(newest)))
    }


def _unfinished_runs(session: Session, ids: list[int]) -> dict[int, list[RunSummary]]:
    """Return the runs of each connection that have not ended, the running one first."""
    unfinished = Run.connection_id.in_(ids), Run.status.in_(RunStatus.unfinished())
    found: dict[int, list[RunSummary]] = {}
    for run in session.scalars(select(Run).where(*unfinished).order_by(Run.status.desc(), Run.id)):
        found.setdefault(run.connection_id, []).append(run_summary(run))
    return found


def run_summary(run: Run) -> RunSummary:
    """Return a run in one line."""
    return RunSummary(
        run.id,
        run.status,
        run.trigger,
        run.kind,
        run.phase,
        run.created_at,
        run.started_at,
        run.ended_at,
        run.message,
        Counters.of(run),
    )
