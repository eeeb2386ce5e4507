"""Find the schedules that are due in the store, request their runs, set their next times.

An occurrence whose connection is not ready is a run that ended in ERROR; several in a row for one reason are one run.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from core.clock import CLOCKS_DIFFER, now
from core.db import reading, transaction
from core.errors import ConflictError, InvalidError, NotFoundError
from core.jobs import skipped
from core.jobs.closed_hours import opening_hours
from core.jobs.recurrence import Rule, next_start
from core.models import Connection, ConnectionStatus, Job, Run, Schedule, Trigger
from core.runs import request

log = structlog.get_logger()

# A clock that is set back by no more than this shows some times twice. Each counts once, as when the clocks change.
SET_BACK = timedelta(hours=2)
MAY_FIRE = (Schedule.active, Connection.status != ConnectionStatus.DELETED)


@dataclass(frozen=True, slots=True)
class Fired:
    """The outcome of firing a schedule: the run, if one was requested, and when the schedule is due next."""

    run_id: int | None = None
    # None when the schedule is no longer active.
    next_due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Overdue:
    """How many schedules are due and have not started a run, and when the first of them was due."""

    number: int
    oldest: datetime | None


def rule_of(schedule: Schedule) -> Rule:
    """Return the recurrence rule of a schedule. Raises InvalidError when its time zone no longer exists."""
    return Rule(
        schedule.every,
        schedule.interval,
        schedule.at,
        schedule.time_zone,
        schedule.days,
        schedule.cron,
        schedule.starts_on,
    )


def not_before(schedule: Schedule, moment: datetime) -> datetime:
    """Return the moment after which a schedule may be due: ``moment``, or just before its pause ends."""
    pause = schedule.paused_until
    return moment if pause is None or pause <= moment else pause - timedelta(microseconds=1)


def due_moments() -> dict[int, datetime]:
    """Return all active schedules and when each is due next."""
    query = select(Schedule.id, Schedule.next_due_at).join(Job).join(Connection).where(*MAY_FIRE)
    with reading() as session:
        return {row.id: row.next_due_at for row in session.execute(query)}


def overdue(moment: datetime) -> Overdue:
    """Return how many active schedules should have started a run by a moment, and since when."""
    late = (
        select(func.count(), func.min(Schedule.next_due_at)).select_from(Schedule).join(Job).join(Connection)
    )
    with reading() as session:
        return Overdue(*session.execute(late.where(*MAY_FIRE, Schedule.next_due_at <= moment)).one())


def pull_back() -> None:
    """Set back each next due time that is beyond what the rule gives from now: the clock was ahead when it was set.

    What ran early under the wrong clock does not count, so that it runs again when it is due.
    """
    query = select(Schedule).join(Job).join(Connection).where(*MAY_FIRE, Schedule.next_due_at > now())
    with reading() as session:
        schedules = session.scalars(query).all()
    for schedule in schedules:
        try:
            due_at = _earlier_due(schedule)
        except InvalidError:  # the scheduler says so when it is due
            continue
        if due_at is not None:
            _set_back(schedule, due_at)


def _earlier_due(schedule: Schedule) -> datetime | None:
    """Return when a schedule is due, if that is earlier than the store says."""
    rule, moment = rule_of(schedule), now()
    tolerance = CLOCKS_DIFFER if rule.step is not None else SET_BACK
    latest = rule.next_after(not_before(schedule, moment + tolerance), schedule.first_due_at)
    if schedule.next_due_at <= latest:
        return None
    with reading() as session:
        hours = opening_hours(session, _connection_id(session, schedule.id))
    if schedule.next_due_at <= hours.opening(latest):
        return None
    return next_start(rule, hours, not_before(schedule, moment), schedule.first_due_at)


def _connection_id(session: Session, schedule_id: int) -> int:
    query = select(Job.connection_id).join(Schedule).where(Schedule.id == schedule_id)
    return session.scalars(query).one()


def _set_back(schedule: Schedule, due_at: datetime) -> None:
    unchanged = (Schedule.id == schedule.id, Schedule.next_due_at == schedule.next_due_at)
    early = (Run.schedule_id == schedule.id, Run.due_at > now())
    with transaction() as session:
        session.execute(update(Schedule).where(*unchanged).values(next_due_at=due_at))
        session.execute(update(Run).where(*early).values(due_at=None))
    log.warning("schedule.pulled_back", schedule=schedule.id, due_at=due_at.isoformat())


def fire(schedule_id: int) -> Fired:
    """Request the run of a schedule that is due, then set its next time. Safe to repeat; does nothing when too early.

    A missed occurrence fires once, late, unless the next one is near. In closed hours it is put off until they end.
    An occurrence that finds an earlier one still queued is merged with it.
    """
    query = select(Job.connection_id).join(Schedule).join(Connection)
    with reading() as session:
        schedule = session.get(Schedule, schedule_id)
        connection_id = session.scalar(query.where(Schedule.id == schedule_id, *MAY_FIRE))
        if schedule is None or connection_id is None:
            return Fired()
        hours = opening_hours(session, connection_id)
    moment = now()
    if schedule.next_due_at > moment:
        return Fired(next_due_at=schedule.next_due_at)
    run_id, next_due_at = None, hours.opening(moment)
    if next_due_at == moment:
        next_due_at = next_start(rule_of(schedule), hours, moment, schedule.first_due_at)
        if not _is_near_the_next(schedule, moment):
            run_id = _request_run(schedule, connection_id)
    return Fired(run_id, _set_next_due(schedule, next_due_at))


def _is_near_the_next(schedule: Schedule, moment: datetime) -> bool:
    """Say whether a missed occurrence is left to the next one, which is due within a tenth of the time between two."""
    rule, first = rule_of(schedule), schedule.first_due_at
    following, last = rule.next_after(moment, first), rule.last_until(moment, first)
    tenth = None if last is None else (following - last) / 10
    is_near = tenth is not None and following - moment <= tenth < moment - schedule.next_due_at
    if is_near:
        log.info("schedule.left_to_the_next", schedule=schedule.id, due_at=schedule.next_due_at.isoformat())
    return is_near


def _request_run(schedule: Schedule, connection_id: int) -> int | None:
    occurrence = request.Occurrence(schedule.id, schedule.next_due_at)
    try:
        return request.request(connection_id, Trigger.SCHEDULED, occurrence=occurrence)
    except request.NotReadyError as refusal:
        skipped.record(occurrence, connection_id, str(refusal))
        return None
    except (ConflictError, InvalidError, NotFoundError) as refusal:
        log.info("schedule.skipped", schedule=schedule.id, connection=connection_id, why=str(refusal))
        return None


def _set_next_due(schedule: Schedule, next_due_at: datetime) -> datetime | None:
    # Another scheduler or a person may have set the next time already; then that one counts.
    unchanged = (
        *(Schedule.id == schedule.id, Schedule.active, Schedule.next_due_at == schedule.next_due_at),
        Schedule.revision == schedule.revision,
    )
    with transaction() as session:
        session.execute(update(Schedule).where(*unchanged).values(next_due_at=next_due_at))
        return session.scalar(select(Schedule.next_due_at).where(Schedule.id == schedule.id, Schedule.active))
