"""Each connection with its last successful and its next run, those that need somebody first.

One file, because the statements and the rows they fill are read together.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Row,
    ScalarSelect,
    Select,
    and_,
    bindparam,
    case,
    func,
    select,
    text,
    true,
)
from sqlalchemy.orm import aliased

from connectors.registry import name_of
from core.audit.connection_labels import connection_label
from core.clock import now
from core.db import reading
from core.home.reach import Reach, account_label, with_shared_name
from core.home.urgency import MOMENT, Urgency, newest_run, urgency
from core.jobs import closed_hours
from core.jobs.calendar.opening_hours import ALWAYS
from core.jobs.schedules import ScheduleView, schedule_view
from core.jobs.views import no_next_run
from core.models import (
    Account,
    Connection,
    ConnectionStatus,
    Job,
    OpenProblem,
    Plan,
    Position,
    Run,
    RunKind,
    RunStatus,
    Schedule,
    Side,
)
from core.paging import PAGE_SIZE, page_count
from core.problems.active import is_active
from core.reports import plan_outcomes
from core.reports.outcomes.endings import Ending, ending
from core.security.actor import Actor, Permission

Source, Target = aliased(Side), aliased(Side)
LastRun, LastSuccess = aliased(Run), aliased(Run)
# Written as in the index of active schedules, so that SQLite uses it.
_any = aliased(Schedule, name="any_schedule")
_ACTIVE = text("any_schedule.active")

_SIDES = (
    Source.kind.label("source"),
    Source.settings.label("source_settings"),
    Target.kind.label("target"),
    Target.settings.label("target_settings"),
)
_OF_LAST_RUN = ("id", "status", "aborted", "written", "ended_at", "held")
_RUNS = (
    *(getattr(LastRun, name).label(f"last_{name}") for name in _OF_LAST_RUN),
    LastSuccess.id.label("success_id"),
    LastSuccess.ended_at.label("success_ended_at"),
)


# What is counted over all connections, in the order of the fields of ``ConnectionsPage``.
KINDS = (Urgency.DRAFT, Urgency.NOT_RUN_YET, Urgency.FINE)
NUMBERS = ("total", "need_somebody", "not_connected", "not_run_yet", "well")


@dataclass(frozen=True, slots=True)
class ConnectionLine:
    """One connection; ``schedule`` is None where there is none, and for those who may not see jobs."""

    id: int
    name: str
    account_id: int
    account: str
    source: str
    target: str
    urgency: Urgency
    status: ConnectionStatus
    # The whole run that ended last; chosen employees and previews are not whole runs.
    last_run_id: int | None
    last_run_status: RunStatus | None
    last_ending: Ending
    last_run_at: datetime | None
    # What somebody has decided on its plan, where it was held.
    last_run_decided: str
    # The whole run that was COMPLETE last.
    last_success_id: int | None
    last_success_at: datetime | None
    people_to_fix: int
    schedule: ScheduleView | None
    # Why no next run can be promised although there is a schedule; empty when it can.
    no_next_run: str


@dataclass(frozen=True, slots=True)
class ConnectionsPage:
    """One page of connections, and how many there are in all, of which kinds."""

    rows: tuple[ConnectionLine, ...]
    total: int = 0
    need_somebody: int = 0
    not_connected: int = 0
    # Connected, and no run of everybody has ended.
    not_run_yet: int = 0
    # The last run was all right, and nothing needs anybody.
    well: int = 0

    @property
    def pages(self) -> int:
        """Return how many pages there are, at least one."""
        return page_count(self.total)


def connections_page(actor: Actor, page: int = 1, *, everywhere: bool = False) -> ConnectionsPage:
    """Return one page of connections of the actor's account, or of all accounts, the most urgent first.

    A page after the last one is the last one.
    """
    reach = Reach.of(actor, Permission.SEE_REPORTS, everywhere=everywhere)
    values = {"moment": now(), "first": (max(page, 1) - 1) * PAGE_SIZE}
    with reading() as session:
        rows = session.execute(_query(reach, everywhere), values).all()
        if not rows and page > 1:
            ranked = _ranked(reach.conditions()).subquery()
            total = session.scalar(select(func.count()).select_from(ranked), values)
            values["first"] = (page_count(total or 0) - 1) * PAGE_SIZE
            rows = session.execute(_query(reach, everywhere), values).all()
    lines = tuple(_line(row, may_see_jobs=actor.may(Permission.SEE_JOBS)) for row in rows)
    numbers = [getattr(rows[0], name) for name in NUMBERS] if rows else []
    return ConnectionsPage(lines, *numbers)


def _ranked(within: tuple[ColumnElement[bool], ...]) -> Select[int, int]:
    query = select(Connection.id.label("connection_id"), urgency().label("urgency"))
    query = query.join(Account, Account.id == Connection.account_id)
    return query.where(Connection.status != ConnectionStatus.DELETED, *within)


@lru_cache(maxsize=256)
def _query(reach: Reach, everywhere: bool) -> Select[Any]:
    """Rank all connections by little, and look up the rest for those of the page. Made once for each account."""
    # Otherwise SQLite judges each connection twice: to count it, and to sort it.
    ranked = _ranked(reach.conditions()).cte("ranked").prefix_with("MATERIALIZED")
    numbers = _numbers(ranked.c.urgency).subquery()
    order = (ranked.c.urgency, ranked.c.connection_id)
    chosen = select(ranked, numbers).join(numbers, true())
    shown = chosen.order_by(*order).limit(PAGE_SIZE).offset(bindparam("first", type_=Integer())).subquery()
    query = (
        select(Connection, Account, Schedule, *_SIDES, *_RUNS, _people_to_fix().label("people"))
        .add_columns(Plan, plan_outcomes.approved_number().label("approved"))
        .add_columns(connection_label().label("label"), shown.c.urgency, *(shown.c[name] for name in NUMBERS))
        .select_from(shown)
        .join(Connection, Connection.id == shown.c.connection_id)
        .join(Account, Account.id == Connection.account_id)
        .outerjoin(Source, _side(Source, Position.SOURCE))
        .outerjoin(Target, _side(Target, Position.TARGET))
        .outerjoin(Schedule, Schedule.id == _active_schedule())
        .outerjoin(LastRun, LastRun.id == newest_run(Run.id, Run.status.not_in(RunStatus.unfinished())))
        .outerjoin(Plan, (Plan.run_id == LastRun.id) & (LastRun.status == RunStatus.HELD))
        .outerjoin(LastSuccess, LastSuccess.id == newest_run(Run.id, Run.status == RunStatus.COMPLETE))
        .order_by(shown.c.urgency, shown.c.connection_id)
    )
    return with_shared_name(query, everywhere=everywhere)


def _numbers(urgency: ColumnElement[int]) -> Select[Any]:
    """Count all connections by their urgency at once."""
    conditions = (true(), urgency < Urgency.DRAFT, *(urgency == each for each in KINDS))
    counted = (func.sum(case((condition, 1), else_=0)) for condition in conditions)
    return select(*(number.label(name) for name, number in zip(NUMBERS, counted, strict=True)))


def _side(side: Any, position: Position) -> ColumnElement[bool]:
    return and_(side.connection_id == Connection.id, side.position == position)


def _active_schedule() -> ScalarSelect[int]:
    query = (
        select(_any.id).join(Job, Job.id == _any.job_id).where(Job.connection_id == Connection.id, _ACTIVE)
    )
    return query.correlate(Connection).scalar_subquery()


def _people_to_fix() -> ScalarSelect[int]:
    of_pairing = OpenProblem.pairing_id == Connection.pairing_id
    query = select(func.count(OpenProblem.source_id.distinct())).where(of_pairing, is_active(MOMENT))
    return query.correlate(Connection).scalar_subquery()


def _line(row: Row[Any], *, may_see_jobs: bool) -> ConnectionLine:
    connection, account = row.Connection, row.Account
    schedule = _schedule_of(row) if may_see_jobs and row.Schedule is not None else None
    return ConnectionLine(
        id=connection.id,
        name=row.label,
        account_id=account.id,
        account=account_label(account, row.shared_name),
        source=name_of(row.source or ""),
        target=name_of(row.target or ""),
        urgency=Urgency(row.urgency),
        status=connection.status,
        last_run_id=row.last_id,
        last_run_status=row.last_status,
        last_ending=_ending(row),
        last_run_at=row.last_ended_at,
        last_run_decided=_decided(row),
        last_success_id=row.success_id,
        last_success_at=row.success_ended_at,
        people_to_fix=row.people,
        schedule=schedule,
        no_next_run=no_next_run(schedule, connection.status, switched_on=account.ihub_enabled),
    )


def _decided(row: Row[Any]) -> str:
    if row.Plan is None:
        return ""
    return plan_outcomes.decided_text(row.Plan, RunKind.SYNC, row.last_held, row.approved)


def _ending(row: Row[Any]) -> Ending:
    if row.last_status is None:
        return Ending.NONE
    return ending(row.last_status, aborted=row.last_aborted, written=row.last_written)


def _schedule_of(row: Row[Any]) -> ScheduleView:
    connection_id, zone = row.Connection.id, row.Account.time_zone
    sides = ((row.source, row.source_settings), (row.target, row.target_settings))
    rows = [(connection_id, kind, settings, zone) for kind, settings in sides if kind is not None]
    hours = closed_hours.opening_hours_from(rows).get(connection_id, ALWAYS)
    return schedule_view(row.Schedule, connection_id, hours)
