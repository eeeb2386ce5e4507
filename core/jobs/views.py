"""Read what the Jobs page shows of each integration job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, selectinload

from connectors.registry import name_of
from core.audit.connection_labels import load_labels
from core.clock import now
from core.db import reading
from core.jobs import job_runs
from core.jobs.calendar.opening_hours import ALWAYS
from core.jobs.closed_hours import opening_hours_of
from core.jobs.job_runs import Decision, RunSummary
from core.jobs.progress import Pace, pace_of
from core.jobs.schedules import ScheduleView, schedule_view
from core.models import (
    Account,
    Connection,
    ConnectionStatus,
    Job,
    Position,
    Run,
    RunKind,
    RunStatus,
    Schedule,
)
from core.security.actor import Actor, Permission, require
from core.security.ownership import require_connection

# A schedule that is due for longer than this has not been started by the scheduler.
OVERDUE = timedelta(seconds=60)


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
    # The run of everybody that ended last; previews and runs of chosen employees are not counted.
    last_run: RunSummary | None
    # How many the last run of everybody read, while a run is in progress; 0 before the first.
    usually_read: int
    # The newest of those that were COMPLETE.
    last_success: RunSummary | None
    # The newest run of any kind; 0 before the first.
    newest_run_id: int
    # The plans that somebody can decide on: of held runs first, then of previews.
    decisions: tuple[Decision, ...]
    # The running run, or else the queued one that comes first.
    current_run: RunSummary | None
    # The runs that wait behind it, in their order.
    waiting_runs: tuple[RunSummary, ...]
    # What the target lets iHUB write at most, while a run is in progress; None where it has no limit.
    pace: Pace | None
    can_control: bool
    # Whether iHUB is on for the account.
    switched_on: bool

    @property
    def can_run(self) -> bool:
        """Say whether Run now would work."""
        return self.can_control and self.status is ConnectionStatus.ACTIVE and self.switched_on

    @property
    def can_schedule(self) -> bool:
        """Say whether a schedule could be created."""
        return self.can_control and self.status is ConnectionStatus.ACTIVE and self.schedule is None

    @property
    def order(self) -> int:
        """Return where the job stands in a list: held runs first, then what else needs somebody, then what runs."""
        if any(decision.is_held for decision in self.decisions):
            return 0
        if self.needs_somebody:
            return 1
        return 2 if self.current_run is not None else 3

    @property
    def needs_somebody(self) -> bool:
        """Say whether a system has to be reconnected, or the last run or the schedule went wrong."""
        has_failed = self.last_run is not None and self.last_run.status in (RunStatus.ERROR, RunStatus.HELD)
        is_broken = self.schedule is not None and bool(self.schedule.problem)
        return self.status is not ConnectionStatus.ACTIVE or has_failed or is_broken

    @property
    def no_next_run(self) -> str:
        """Say why the next run cannot be promised; empty when it can."""
        return no_next_run(self.schedule, self.status, switched_on=self.switched_on)

    @property
    def current_run_id(self) -> int | None:
        """Return the id of the running run, or else of the queued one that comes first."""
        return self.current_run.id if self.current_run else None

    @property
    def unfinished_run_ids(self) -> list[int]:
        """Return the ids of the runs that have not ended."""
        return [run.id for run in (self.current_run, *self.waiting_runs) if run is not None]


def no_next_run(schedule: ScheduleView | None, status: ConnectionStatus, *, switched_on: bool) -> str:
    """Say why the next run of a connection cannot be promised; empty when it can, or there is no schedule."""
    if schedule is None or schedule.problem:
        return "" if schedule is None else schedule.problem
    if not switched_on:
        return "No run until iHUB is switched on for the account"
    if status is not ConnectionStatus.ACTIVE:
        return "No run until the connection is Active again"
    overdue = now() - schedule.next_due_at > OVERDUE
    return "Due now, but the scheduler has not started it yet" if overdue else ""


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
        parts = _Parts(
            _schedules(session, ids),
            job_runs.with_decisions(
                session,
                job_runs.newest_runs(
                    session, ids, Run.kind == RunKind.SYNC, Run.status.not_in(RunStatus.unfinished())
                ),
            ),
            job_runs.newest_runs(session, ids, Run.kind == RunKind.SYNC, Run.status == RunStatus.COMPLETE),
            job_runs.unfinished_runs(session, ids),
            job_runs.decisions(session, ids),
            job_runs.newest_ids(session, ids),
            load_labels(session, ids),
        )
        read = job_runs.usually_read(session, list(parts.unfinished)) if parts.unfinished else {}
        off = set(session.scalars(select(Account.id).where(~Account.ihub_enabled)))
        return [
            _view(actor, each, parts, read.get(each.id, 0), switched_on=each.account_id not in off)
            for each in connections
        ]


class _Parts(NamedTuple):
    """What belongs to connections, by their ids."""

    schedules: Mapping[int, ScheduleView]
    last: Mapping[int, RunSummary]
    successes: Mapping[int, RunSummary]
    unfinished: Mapping[int, Sequence[RunSummary]]
    decisions: Mapping[int, Sequence[Decision]]
    newest: Mapping[int, int]
    labels: Mapping[int, str]


def _view(
    actor: Actor, connection: Connection, parts: _Parts, usually_read: int, *, switched_on: bool
) -> JobView:
    systems = {side.position: name_of(side.kind) for side in connection.sides}
    target = next((side for side in connection.sides if side.position is Position.TARGET), None)
    runs = parts.unfinished.get(connection.id, [])
    return JobView(
        connection_id=connection.id,
        account_id=connection.account_id,
        name=parts.labels[connection.id],
        source=systems.get(Position.SOURCE, ""),
        target=systems.get(Position.TARGET, ""),
        status=connection.status,
        schedule=parts.schedules.get(connection.id),
        last_run=parts.last.get(connection.id),
        usually_read=usually_read,
        last_success=parts.successes.get(connection.id),
        newest_run_id=parts.newest.get(connection.id, 0),
        decisions=tuple(parts.decisions.get(connection.id, ())),
        current_run=runs[0] if runs else None,
        waiting_runs=tuple(runs[1:]),
        pace=pace_of(target) if runs else None,
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
