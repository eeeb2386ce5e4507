"""Read what the Reports page shows: the runs of an integration, and one run in detail.

One file, because a run in a list and a run in detail are the same view.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache, lru_cache

from sqlalchemy import Row, Select, bindparam, func, or_, select
from sqlalchemy.orm import Session

from core.audit.user_labels import user_label
from core.clock import now
from core.db import reading
from core.models import Connection, ConnectionStatus, Phase, Position, Run, RunKind, RunStatus, Trigger, User
from core.paging import first_row, page_count
from core.pay_days.calendar import in_words
from core.reports import plan_outcomes
from core.reports.local_time import account_zone
from core.reports.outcomes.endings import Ending, ending
from core.reports.run_filter import RunFilter, count_and_page, ordering
from core.runs import lease, queue_position, selection
from core.runs.counters import Counters
from core.runs.system_names import SystemNames, connection_labels, kind_at, system_names
from core.security.actor import Actor, Permission, require
from core.security.ownership import require_run
from core.settings import settings


@dataclass(frozen=True, slots=True)
class IntegrationView:
    """A connection on the Reports page; ``name`` is different for each. Deleted ones are listed if they have runs."""

    id: int
    name: str
    source: str
    target: str
    deleted: bool
    last_run: int | None


@dataclass(frozen=True, slots=True)
class RunView:
    """One run with its counters; ``connection_name`` is the integration's name."""

    id: int
    connection_id: int
    connection_name: str
    status: RunStatus
    trigger: Trigger
    kind: RunKind
    phase: Phase
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    message: str | None
    started_by: str | None
    counters: Counters
    # Employees somebody has to do something about; each is in one of the counters too.
    need_action: int
    systems: SystemNames
    # What a run waits for that is queued (in the details of one run only) or was cancelled; empty for all others.
    waits_for: str = ""
    # How many employees were chosen for it; None in a run of everybody.
    chosen: int | None = None
    # The version of the mapping that it used; 0 is the connector file as it is, None before it is claimed.
    mapping_version: int | None = None
    # The outcome of the plan that it kept, such as "3 of 81 approved"; empty where it kept none.
    decided: str = ""
    # When a run continues that waits for the end of closed hours; None for all others. Its message says whose they are.
    continues_at: datetime | None = None
    # It could not continue; what it had not reached is among its errors.
    aborted: bool = False
    # The pay of which it is the final sweep; None for all others.
    pay_date: date | None = None
    # When its employees were removed, because the account keeps them no longer; the counters stay.
    rows_removed_at: datetime | None = None

    @property
    def ending(self) -> Ending:
        """Return how the run ended, in words beside its status."""
        return ending(self.status, aborted=self.aborted, written=self.counters.written)

    @property
    def waits_for_decision(self) -> bool:
        """Say whether somebody can still decide on the plan of a held run."""
        return self.decided == plan_outcomes.WAITS

    @property
    def starter(self) -> str:
        """Return who or what started the run."""
        if self.pay_date is not None:
            return f"the pay calendar: final sweep for the pay of {in_words(self.pay_date)}"
        return self.started_by or ("the schedule" if self.trigger is Trigger.SCHEDULED else "iHUB")

    @property
    def is_stopping(self) -> bool:
        """Say whether the run has been asked to stop, and has not ended yet."""
        return self.status is RunStatus.RUNNING and bool(self.waits_for)

    @property
    def duration(self) -> timedelta | None:
        """Return how long the run took, or has taken so far; None before it starts."""
        return None if self.started_at is None else (self.ended_at or now()) - self.started_at


@dataclass(frozen=True, slots=True)
class RunsPage:
    """One page of runs."""

    rows: list[RunView]
    total: int

    @property
    def pages(self) -> int:
        """Return how many pages there are, at least one."""
        return page_count(self.total)


def integrations(actor: Actor) -> list[IntegrationView]:
    """Return the account's connections by name; deleted ones come last, and only if they have runs."""
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    with reading() as session:
        labels = connection_labels(session, actor.account_id)
        rows = session.execute(_integrations(), {"account_id": actor.account_id})
        return [
            IntegrationView(
                row.id, labels[row.id], row.source or "", row.target or "", row.is_deleted, row.last_run
            )
            for row in rows
        ]


@cache
def _integrations() -> Select[int, str, str, bool, int]:
    last_run = select(func.max(Run.id)).where(Run.connection_id == Connection.id).scalar_subquery()
    is_deleted = Connection.status == ConnectionStatus.DELETED
    return (
        select(
            Connection.id,
            kind_at(Position.SOURCE).label("source"),
            kind_at(Position.TARGET).label("target"),
            is_deleted.label("is_deleted"),
            last_run.label("last_run"),
        )
        .where(Connection.account_id == bindparam("account_id"), or_(~is_deleted, last_run.is_not(None)))
        .order_by(is_deleted, Connection.name, Connection.id)
    )


def runs_page(actor: Actor, run_filter: RunFilter, page: int = 1) -> RunsPage:
    """Return one page of the runs that match; a page beyond the last is the last one."""
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    with reading() as session:
        account_id, zone = actor.account_id, account_zone(session, actor.account_id)
        count, here = count_and_page(account_id, run_filter, zone)
        total = session.scalar(count) or 0
        ids = session.scalars(here, {"first": first_row(page, total)}).all()
        query = run_rows(account_id).where(Run.id.in_(ids)).order_by(*ordering(run_filter.order))
        rows = session.execute(query).all()
        return RunsPage(_with_decisions(session, run_views(session, actor, rows)), total)


def _with_decisions(session: Session, views: list[RunView]) -> list[RunView]:
    decided = plan_outcomes.load(session, [view.id for view in views])
    return [replace(view, decided=decided.get(view.id, "")) for view in views]


def run_details(actor: Actor, run_id: int) -> RunView:
    """Return one run. Raises NotFoundError also when it belongs to another account."""
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    with reading() as session:
        require_run(session, actor, run_id)
        row = session.execute(run_rows(actor.account_id).where(Run.id == run_id)).one()
        run, (view,) = row[0], _with_decisions(session, run_views(session, actor, [row]))
        if run.kind is not RunKind.SYNC and (chosen := selection.load(session, run_id)):
            view = replace(view, chosen=len(chosen))
        ahead = queue_position.ahead_of(session, run) if run.status is RunStatus.QUEUED else None
    return view if ahead is None else replace(view, waits_for=queue_position.waits_for(run, ahead))


@lru_cache(maxsize=256)
def run_rows(account_id: int | None) -> Select[Run, str, str, str]:
    """Select runs with the person who started them and the kinds of both systems, for ``run_views``."""
    return (
        select(Run, user_label(account_id), kind_at(Position.SOURCE), kind_at(Position.TARGET))
        .select_from(Run)
        .join(Connection, Connection.id == Run.connection_id)
        .outerjoin(User, User.id == Run.requested_by)
    )


def run_views(session: Session, actor: Actor, rows: Iterable[Row[Run, str, str, str]]) -> list[RunView]:
    """Turn rows of ``run_rows`` into views."""
    labels = connection_labels(session, actor.account_id)
    return [run_view(run, labels[run.connection_id], *more) for run, *more in rows]


def run_view(
    run: Run, connection_name: str, started_by: str | None, source_kind: str | None, target_kind: str | None
) -> RunView:
    """Turn a run into a view, with the names that ``run_views`` looks up."""
    return RunView(
        run.id,
        run.connection_id,
        connection_name,
        run.status,
        run.trigger,
        run.kind,
        run.phase,
        run.created_at,
        run.started_at,
        run.ended_at,
        run.message,
        started_by,
        Counters.of(run),
        run.need_action,
        system_names(source_kind, target_kind),
        _waits_for(run),
        mapping_version=run.mapping_version,
        continues_at=lease.put_off_until(run),
        aborted=run.aborted,
        pay_date=run.pay_date,
        rows_removed_at=run.rows_removed_at,
    )


def _waits_for(run: Run) -> str:
    if run.status is not RunStatus.RUNNING or not run.cancel_requested:
        return ""
    silent, renewed_within = lease.seconds_since_renewal(run), settings().lease_seconds / 3
    if silent < renewed_within:
        return f"Stopping run #{run.id}: what is being written now is finished first."
    sentence = f"Stopping run #{run.id}, but its worker has not responded for {silent:.0f} seconds."
    if silent < settings().lease_seconds:
        return f"{sentence} If it is gone, the run ends within seconds."
    return f"{sentence} The run ends once a scheduler is running, or when it is stopped again."
