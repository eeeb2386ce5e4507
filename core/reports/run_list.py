"""What the Reports page shows: the runs of an integration, and one run in detail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from core.clock import now
from core.db import reading
from core.errors import NotFoundError
from core.models import (
    Account,
    Connection,
    ConnectionStatus,
    Phase,
    Position,
    Run,
    RunKind,
    RunStatus,
    Trigger,
    User,
)
from core.paging import PAGE, pages
from core.runs.counters import Counters
from core.runs.system_names import SystemNames, kind_at, system_names
from core.security.actor import Actor, Permission, require


@dataclass(frozen=True, slots=True)
class IntegrationView:
    """A connection as the Reports page offers it; deleted ones stay as long as they have runs."""

    id: int
    name: str
    source: str
    target: str
    deleted: bool
    last_run: int | None


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs to show; None means all. The dates are days in the account's time zone, both included."""

    connection_id: int | None = None
    status: RunStatus | None = None
    trigger: Trigger | None = None
    since: date | None = None
    until: date | None = None


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
    asked_by: str | None
    counters: Counters
    systems: SystemNames

    @property
    def duration(self) -> timedelta | None:
        """Return how long the run took, or has taken so far; None before it starts."""
        return None if self.started_at is None else (self.ended_at or now()) - self.started_at


@dataclass(frozen=True, slots=True)
class RunsPage:
    """One page of runs, newest first."""

    rows: list[RunView]
    total: int

    @property
    def pages(self) -> int:
        """Return how many pages there are, at least one."""
        return pages(self.total)


def integrations(actor: Actor) -> list[IntegrationView]:
    """Return the account's connections by name, the deleted ones with runs last."""
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    last_run = select(func.max(Run.id)).where(Run.connection_id == Connection.id).scalar_subquery()
    query = (
        select(Connection, last_run)
        .where(
            Connection.account_id == actor.account_id,
            or_(Connection.status != ConnectionStatus.DELETED, last_run.is_not(None)),
        )
        .order_by(Connection.status == ConnectionStatus.DELETED, Connection.name, Connection.id)
    )
    with reading() as session:
        return [_integration(connection, last) for connection, last in session.execute(query)]


def _integration(connection: Connection, last_run: int | None) -> IntegrationView:
    kinds = {side.position: side.kind for side in connection.sides}
    return IntegrationView(
        connection.id,
        connection.name,
        kinds.get(Position.SOURCE, ""),
        kinds.get(Position.TARGET, ""),
        connection.status is ConnectionStatus.DELETED,
        last_run,
    )


def runs_page(actor: Actor, only: RunFilter, page: int = 1) -> RunsPage:
    """Return one page of the runs that match, newest first."""
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    with reading() as session:
        conditions = run_conditions(session, actor, only)
        total = session.scalar(select(func.count()).select_from(Run).where(*conditions)) or 0
        query = (
            run_rows()
            .where(*conditions)
            .order_by(Run.id.desc())
            .limit(PAGE)
            .offset((max(page, 1) - 1) * PAGE)
        )
        return RunsPage([run_view(*row) for row in session.execute(query)], total)


def run_details(actor: Actor, run_id: int) -> RunView:
    """Return one run. Raises NotFoundError also when it belongs to another account."""
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    query = run_rows().where(Run.id == run_id, Run.account_id == actor.account_id)
    with reading() as session:
        row = session.execute(query).first()
    if row is None:
        raise NotFoundError("There is no such run in this account.")
    return run_view(*row)


def run_rows() -> Select[Run, str, str, str, str]:
    """Select runs with the integration's name, the person who asked, and the kinds of source and target."""
    return (
        select(Run, Connection.name, User.name, kind_at(Position.SOURCE), kind_at(Position.TARGET))
        .select_from(Run)
        .join(Connection, Connection.id == Run.connection_id)
        .outerjoin(User, User.id == Run.requested_by)
    )


def run_conditions(session: Session, actor: Actor, only: RunFilter) -> list[ColumnElement[bool]]:
    """Turn a filter into conditions, inside the actor's account."""
    conditions: list[ColumnElement[bool]] = [Run.account_id == actor.account_id]
    if only.connection_id is not None:
        conditions.append(Run.connection_id == only.connection_id)
    if only.status is not None:
        conditions.append(Run.status == only.status)
    if only.trigger is not None:
        conditions.append(Run.trigger == only.trigger)
    account = session.get(Account, actor.account_id)
    zone = ZoneInfo(account.time_zone if account else "UTC")
    moment = func.coalesce(Run.started_at, Run.created_at)
    if only.since is not None:
        conditions.append(moment >= datetime.combine(only.since, time(), zone))
    if only.until is not None:
        conditions.append(moment < datetime.combine(only.until + timedelta(days=1), time(), zone))
    return conditions


def run_view(
    run: Run, connection_name: str, asked_by: str | None, source_kind: str | None, target_kind: str | None
) -> RunView:
    """Turn a row of ``run_rows`` into a view."""
    counters = Counters(
        run.read, run.unchanged, run.filtered, run.held, run.created, run.updated, run.terminated, run.errors
    )
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
        asked_by,
        counters,
        system_names(source_kind, target_kind),
    )
