"""Create, cancel and look up schedules."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import structlog
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.audit import trail
from core.clock import now
from core.db import reading, transaction
from core.errors import ConflictError, InvalidError, NotFoundError
from core.jobs import scheduler
from core.jobs.calendar.opening_hours import ALWAYS, OpeningHours
from core.jobs.calendar.words import describe
from core.jobs.closed_hours import opening_hours
from core.jobs.due_schedules import not_before, rule_of
from core.jobs.recurrence import Rule, next_starts
from core.models import ConnectionStatus, Every, Job, Run, Schedule
from core.security.actor import Actor, Permission
from core.security.ownership import require_connection
from core.sync.store import kept_plans

log = structlog.get_logger()

# Prime to 60, so that connections added one after the other have minutes far apart.
SPREAD = 37
# How many of the next runs are announced.
ANNOUNCED = 5
UNKNOWN_ZONE = (
    "No run: the time zone {zone} of this schedule no longer exists. Change the schedule and choose another; what was "
    "due until then runs once."
)


class Version(NamedTuple):
    """Which schedule a person looks at, and after how many changes."""

    schedule_id: int
    revision: int


@dataclass(frozen=True, slots=True)
class ScheduleView:
    """The active schedule of a connection; ``sentence`` is its rule in words."""

    id: int
    connection_id: int
    # None when the time zone no longer exists; ``problem`` then says what to do.
    rule: Rule | None
    sentence: str
    next_due_at: datetime
    created_at: datetime
    revision: int = 1
    paused_until: datetime | None = None
    problem: str = ""
    # The closed hours of the systems: "iPayroll 22:00-06:00"; empty when there are none.
    closed_hours: str = ""
    # Whether the next run waits for the end of closed hours.
    waits_for_opening: bool = False

    @property
    def version(self) -> Version:
        """Return what a change is based on."""
        return Version(self.id, self.revision)

    @property
    def is_paused(self) -> bool:
        """Say whether a pause is in force."""
        return self.paused_until is not None and self.paused_until > now()


def announce(rule: Rule, connection_id: int = 0) -> datetime:
    """Return when a schedule that is created now would first be due. Passed to ``create``, it is when it will be.

    Schedules by the hour are due at a minute of their connection, so that not all of them run at once.
    """
    moment = now()
    due = rule.next_after(moment)
    if rule.every is not Every.HOURS:
        return due
    own = due.replace(minute=connection_id * SPREAD % 60)
    return own if own <= due else own - timedelta(hours=1)


def announce_starts(
    actor: Actor, connection_id: int, rule: Rule, first_due_at: datetime
) -> tuple[list[datetime], str]:
    """Return when the next runs would start with a rule, and the closed hours of the systems in words.

    ``first_due_at`` is from ``announce``. A pause of the schedule stays in force.
    """
    with reading() as session:
        job_id = require_job(session, actor, connection_id, Permission.SEE_JOBS)
        schedule = session.scalar(select(Schedule).where(Schedule.job_id == job_id, Schedule.active))
        hours = opening_hours(session, connection_id)
    moment = first_due_at - timedelta(microseconds=1)
    moment = moment if schedule is None else not_before(schedule, moment)
    return next_starts(rule, hours, moment, first_due_at, ANNOUNCED), hours.systems


def create(actor: Actor, connection_id: int, rule: Rule, first_due_at: datetime | None = None) -> int:
    """Schedule the job of an Active connection and return the schedule's id.

    ``first_due_at`` is what was announced to the person. Raises InvalidError when that has passed or the connection is
    not Active, ConflictError when it already has an active schedule.
    """
    first_due_at = check_announced(rule, first_due_at or announce(rule, connection_id))
    try:
        with transaction() as session:
            job_id = require_job(session, actor, connection_id, Permission.CONTROL_JOBS, active=True)
            hours = opening_hours(session, connection_id)
            schedule = _add(
                session,
                actor,
                job_id,
                rule,
                first_due_at=first_due_at,
                next_due_at=hours.opening(first_due_at),
            )
            subject, sentence = f"schedule:{schedule.id}", rule.sentence()
            trail.record(session, actor, "schedule.create", subject, connection=connection_id, rule=sentence)
    except IntegrityError as error:
        raise ConflictError(
            "This connection already has an active schedule. Change it, or cancel it before you create another."
        ) from error
    scheduler.enqueue(schedule.id, schedule.next_due_at)
    log.info("schedule.created", schedule=schedule.id, connection=connection_id)
    return schedule.id


def check_announced(rule: Rule, first_due_at: datetime) -> datetime:
    """Return the announced moment. Raises InvalidError when it has passed, or is none of the rule."""
    moment = now()
    possible = rule.next_after(moment, first_due_at)
    if first_due_at != possible:
        raise InvalidError(
            "The time announced for the first run has passed. Look at the new time, then press the button again."
        )
    return possible


def columns_of(rule: Rule) -> dict[str, Any]:
    """Return a rule as the columns of a schedule."""
    return {each.name: getattr(rule, each.name) for each in fields(rule)}


def _add(
    session: Session, actor: Actor, job_id: int, rule: Rule, *, first_due_at: datetime, next_due_at: datetime
) -> Schedule:
    schedule = Schedule(
        job_id=job_id,
        **columns_of(rule),
        first_due_at=first_due_at,
        next_due_at=next_due_at,
        created_by=actor.user_id,
        revision=1,
    )
    session.add(schedule)
    session.flush()
    return schedule


def cancel(actor: Actor, connection_id: int) -> str:
    """Cancel the active schedule of a connection and its queued run; a running run continues.

    Returns what is cancelled, in words. Raises ConflictError when there is no active schedule.
    """
    with transaction() as session:
        job_id = require_job(session, actor, connection_id, Permission.CONTROL_JOBS)
        cancelled = {"active": False, "cancelled_at": now(), "cancelled_by": actor.user_id}
        of_job = update(Schedule).where(Schedule.job_id == job_id, Schedule.active)
        schedule = session.scalar(of_job.values(**cancelled).returning(Schedule))
        if schedule is None:
            raise ConflictError("This connection has no active schedule.")
        kept_plans.cancel_waiting(
            session, Run.schedule_id == schedule.id, "Cancelled together with its schedule."
        )
        sentence, subject = sentence_of(schedule), f"schedule:{schedule.id}"
        trail.record(session, actor, "schedule.cancel", subject, connection=connection_id, rule=sentence)
    scheduler.remove(schedule.id)
    log.info("schedule.cancelled", schedule=schedule.id, connection=connection_id)
    return sentence


def active_schedule(actor: Actor, connection_id: int) -> ScheduleView | None:
    """Return the active schedule of a connection, if there is one."""
    with reading() as session:
        job_id = require_job(session, actor, connection_id, Permission.SEE_JOBS)
        schedule = session.scalar(select(Schedule).where(Schedule.job_id == job_id, Schedule.active))
        hours = opening_hours(session, connection_id)
    return schedule_view(schedule, connection_id, hours) if schedule else None


def sentence_of(schedule: Schedule) -> str:
    """Return the rule of a schedule in words, also when its time zone no longer exists."""
    return describe(
        schedule.every,
        schedule.interval,
        schedule.at,
        time_zone=schedule.time_zone,
        days=schedule.days,
        cron=schedule.cron,
    )


def schedule_view(schedule: Schedule, connection_id: int, hours: OpeningHours = ALWAYS) -> ScheduleView:
    """Return a schedule as people see it."""
    rule, problem = None, ""
    try:
        rule = rule_of(schedule)
    except InvalidError:
        problem = UNKNOWN_ZONE.format(zone=schedule.time_zone)
    starts_at = hours.opening(
        schedule.next_due_at
    )  # the hours may be later than what the schedule has stored
    return ScheduleView(
        schedule.id,
        connection_id,
        rule,
        sentence_of(schedule),
        starts_at,
        schedule.created_at,
        revision=schedule.revision,
        paused_until=schedule.paused_until,
        problem=problem,
        closed_hours=hours.systems,
        waits_for_opening=hours.is_opening(starts_at),
    )


def require_job(
    session: Session, actor: Actor, connection_id: int, permission: Permission, *, active: bool = False
) -> int:
    """Return the id of a connection's job. Refuses an actor without the permission."""
    connection = require_connection(session, actor, connection_id, permission)
    if active and connection.status is not ConnectionStatus.ACTIVE:
        raise InvalidError("This connection is not Active. Connect both systems first.")
    job_id = session.scalar(select(Job.id).where(Job.connection_id == connection_id))
    if job_id is None:
        raise NotFoundError("This connection has no integration job.")
    return job_id
