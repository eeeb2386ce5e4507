"""Create, cancel and look up schedules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.audit import trail
from core.clock import now
from core.db import reading, transaction
from core.errors import ConflictError, InvalidError, NotFoundError
from core.jobs import scheduler
from core.jobs.due_schedules import rule_of
from core.jobs.recurrence import Rule
from core.models import ConnectionStatus, Job, Run, Schedule
from core.security.actor import Actor, Permission
from core.security.ownership import require_connection
from core.sync.store import kept_plans

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ScheduleView:
    """The active schedule of a connection; ``sentence`` is its rule in words."""

    id: int
    connection_id: int
    rule: Rule
    sentence: str
    next_due_at: datetime
    created_at: datetime


def announce(rule: Rule) -> datetime:
    """Return when a schedule that is created now would first be due. Passed to ``create``, it is when it will be."""
    return rule.next_after(now())


def create(actor: Actor, connection_id: int, rule: Rule, first_due_at: datetime | None = None) -> int:
    """Schedule the job of an Active connection and return the schedule's id.

    ``first_due_at`` is what was announced to the person. Raises InvalidError when that has passed or the connection is
    not Active, ConflictError when it already has an active schedule.
    """
    first_due_at = _check_announced(rule, first_due_at or announce(rule))
    try:
        with transaction() as session:
            job_id = _require_job(session, actor, connection_id, Permission.CONTROL_JOBS, active=True)
            schedule = _add(session, actor, job_id, rule, first_due_at)
            subject, sentence = f"schedule:{schedule.id}", rule.sentence()
            trail.record(session, actor, "schedule.create", subject, connection=connection_id, rule=sentence)
    except IntegrityError as error:
        raise ConflictError(
            "This integration already has an active schedule. Cancel it before you create another."
        ) from error
    scheduler.enqueue(schedule.id, schedule.next_due_at)
    log.info("schedule.created", schedule=schedule.id, connection=connection_id)
    return schedule.id


def _check_announced(rule: Rule, first_due_at: datetime) -> datetime:
    """Return the announced moment. Raises InvalidError when it has passed, or is none of the rule."""
    moment = now()
    possible = rule.next_after(moment, first_due_at)
    if first_due_at != possible:
        raise InvalidError(
            "The time announced for the first run has passed. Look at the new time, then press Create again."
        )
    return possible


def _add(session: Session, actor: Actor, job_id: int, rule: Rule, first_due_at: datetime) -> Schedule:
    schedule = Schedule(
        job_id=job_id,
        every=rule.every,
        interval=rule.interval,
        at=rule.at,
        time_zone=rule.time_zone,
        first_due_at=first_due_at,
        next_due_at=first_due_at,
        created_by=actor.user_id,
    )
    session.add(schedule)
    session.flush()
    return schedule


def cancel(actor: Actor, connection_id: int) -> None:
    """Cancel the active schedule of a connection and its queued run; a running run continues.

    Raises ConflictError when there is no active schedule.
    """
    with transaction() as session:
        job_id = _require_job(session, actor, connection_id, Permission.CONTROL_JOBS)
        cancelled = {"active": False, "cancelled_at": now(), "cancelled_by": actor.user_id}
        of_job = update(Schedule).where(Schedule.job_id == job_id, Schedule.active)
        schedule_id = session.scalar(of_job.values(**cancelled).returning(Schedule.id))
        if schedule_id is None:
            raise ConflictError("This integration has no active schedule.")
        kept_plans.cancel_waiting(
            session, Run.schedule_id == schedule_id, "Cancelled together with its schedule."
        )
        trail.record(session, actor, "schedule.cancel", f"schedule:{schedule_id}", connection=connection_id)
    scheduler.remove(schedule_id)
    log.info("schedule.cancelled", schedule=schedule_id, connection=connection_id)


def active_schedule(actor: Actor, connection_id: int) -> ScheduleView | None:
    """Return the active schedule of a connection, if there is one."""
    with reading() as session:
        job_id = _require_job(session, actor, connection_id, Permission.SEE_JOBS)
        schedule = session.scalar(select(Schedule).where(Schedule.job_id == job_id, Schedule.active))
    return schedule_view(schedule, connection_id) if schedule else None


def schedule_view(schedule: Schedule, connection_id: int) -> ScheduleView:
    """Return a schedule as people see it."""
    rule = rule_of(schedule)
    return ScheduleView(
        schedule.id, connection_id, rule, rule.sentence(), schedule.next_due_at, schedule.created_at
    )


def _require_job(
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
