"""Insights of an account: how well its runs went over a period, and what keeps going wrong.

What is about runs comes from the view ``run_insight``, which is there for SQL too, and stays true when the employees of
runs are no longer kept. What is about people comes from the open problems.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, case, column, func, select, table
from sqlalchemy.orm import Session

from core.audit import trail
from core.clock import now
from core.db import reading, transaction
from core.exports import recurring_problems
from core.exports.recurring_problems import RecurringProblems
from core.models import Run
from core.reports.exports import Export, csv_text
from core.reports.local_time import account_zone, within_days
from core.security.actor import Actor, Permission, require
from core.security.ownership import require_connection

# The last of them, where no period is chosen.
DAYS = 90
# A scheduled run that begins within this time of its due time is on time.
ON_TIME_SECONDS = 300
# As the migration makes it; the moments are those of the run.
VIEW = table(
    "run_insight",
    *(
        column(name)
        for name in ("run_id", "account_id", "connection_id", "ended_hour", "finished", "compared")
    ),
    *(column(name) for name in ("written", "errors", "seconds_late", "seconds_to_payroll", "before_cut_off")),
    column("ended_at", Run.ended_at.type),
)


@dataclass(frozen=True, slots=True)
class InsightFilter:
    """Of which connection and which days of the account; None means all, or the last 90 days."""

    connection_id: int | None = None
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Week:
    """What the runs of one week did; it begins on ``monday``."""

    monday: date
    runs: int
    compared: int
    finished: int
    written: int
    errors: int

    @property
    def first_pass_yield(self) -> float | None:
        """Return the share of the employees compared, 0 to 1, that were finished without anybody having to act."""
        return self.finished / self.compared if self.compared else None


@dataclass(frozen=True, slots=True)
class Insights:
    """All of it. Shares are 0 to 1, and None where there was nothing to count."""

    first_pass_yield: float | None
    # From the beginning of the run that saw a change until the run had written it.
    median_seconds: int | None
    on_time: float | None
    scheduled: int
    before_cut_off: float | None
    sweeps: int
    weeks: tuple[Week, ...]
    # Employees written in each hour of the day, in the account's time.
    by_hour: tuple[int, ...]
    problems: RecurringProblems


def insights(actor: Actor, only: InsightFilter) -> Insights:
    """Return the insights of an account. Raises NotFoundError for a connection of another account."""
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    with reading() as session:
        zone = account_zone(session, actor.account_id)
        within = _within(session, actor, only, zone)
        sums = _sums(session, within)
        hours = session.execute(_by_hour(within)).all()
        median = _median(session, within)
        problems = recurring_problems.load(session, actor, only.connection_id)
    on_time, scheduled, in_time, sweeps = (int(each or 0) for each in sums)
    weeks = _weeks(hours, zone)
    compared = sum(week.compared for week in weeks)
    return Insights(
        sum(week.finished for week in weeks) / compared if compared else None,
        median,
        on_time / scheduled if scheduled else None,
        scheduled,
        in_time / sweeps if sweeps else None,
        sweeps,
        weeks,
        _hours_of_day(hours, zone),
        problems,
    )


def export_insights(actor: Actor, only: InsightFilter) -> Export:
    """Export the weeks of the insights as CSV. Raises NotFoundError."""
    found = insights(actor, only)
    with transaction() as session:
        trail.record(session, actor, "export.insights", f"connection:{only.connection_id or 'all'}")
    headings = ("Week of", "Runs", "Compared", "Without a Problem", "First-Pass Yield", "Written", "Errors")
    rows: list[list[object]] = [
        [
            *(week.monday.isoformat(), week.runs, week.compared, week.finished),
            "" if week.first_pass_yield is None else f"{week.first_pass_yield:.4f}",
            *(week.written, week.errors),
        ]
        for week in found.weeks
    ]
    return Export(f"ihub-insights-{now():%Y-%m-%d}.csv", csv_text(headings, rows))


def _within(session: Session, actor: Actor, only: InsightFilter, zone: ZoneInfo) -> list[ColumnElement[bool]]:
    if only.connection_id is not None:
        require_connection(session, actor, only.connection_id, Permission.SEE_REPORTS, deleted=True)
    since = only.since
    if since is None and only.until is None:
        since = now().astimezone(zone).date() - timedelta(days=DAYS)
    conditions = [
        VIEW.c.account_id == actor.account_id,
        *within_days(VIEW.c.ended_at, since, only.until, zone),
    ]
    if only.connection_id is not None:
        conditions.append(VIEW.c.connection_id == only.connection_id)
    return conditions


def _sums(session: Session, within: Sequence[ColumnElement[bool]]) -> Sequence[Any]:
    """Return how many scheduled runs were on time, of how many, and of final sweeps those before their cut-off."""
    on_time = case((VIEW.c.seconds_late <= ON_TIME_SECONDS, 1), else_=0)
    columns = (func.sum(on_time), func.count(VIEW.c.seconds_late))
    of_sweeps = (func.sum(VIEW.c.before_cut_off), func.count(VIEW.c.before_cut_off))
    return session.execute(select(*columns, *of_sweeps).where(*within)).one()


def _by_hour(within: Sequence[ColumnElement[bool]]) -> Select[Any]:
    sums = (func.sum(VIEW.c[name]) for name in ("compared", "finished", "written", "errors"))
    query: Select[Any] = select(VIEW.c.ended_hour, func.count(), *sums).where(*within)
    return query.group_by(VIEW.c.ended_hour).order_by(VIEW.c.ended_hour)


def _median(session: Session, within: Sequence[ColumnElement[bool]]) -> int | None:
    took = VIEW.c.seconds_to_payroll
    number = session.scalar(select(func.count(took)).where(*within)) or 0
    query = select(took).where(*within, took.is_not(None)).order_by(took)
    found = session.scalar(query.offset(max(0, number - 1) // 2).limit(1))
    return None if found is None else int(found)


def _local(hour: str, zone: ZoneInfo) -> datetime:
    return datetime.strptime(hour, "%Y-%m-%d %H").replace(tzinfo=UTC).astimezone(zone)


def _weeks(hours: Sequence[Any], zone: ZoneInfo) -> tuple[Week, ...]:
    sums: dict[date, list[int]] = {}
    for hour, *numbers in hours:
        day = _local(hour, zone).date()
        of_week = sums.setdefault(day - timedelta(days=day.weekday()), [0] * 5)
        for at, number in enumerate(numbers):
            of_week[at] += int(number)
    return tuple(Week(monday, *numbers) for monday, numbers in sorted(sums.items()))


def _hours_of_day(hours: Sequence[Any], zone: ZoneInfo) -> tuple[int, ...]:
    written = [0] * 24
    for hour, _runs, _compared, _finished, number, _errors in hours:
        written[_local(hour, zone).hour] += int(number)
    return tuple(written)
