"""Schedules as people use them: create one, cancel it, look at it."""

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
from core.models import Connection, ConnectionStatus, Job, Run, RunStatus, Schedule
from core.security.actor import Actor, Permission, require

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ScheduleView:
    """The active schedule of a connection; ``sentence`` says its rule in words."""

    id: int
    connection_id: int
    rule: Rule
    sentence: str
    next_due_at: datetime
    created_at: datetime


def create(actor: Actor, connection_id: int, rule: Rule) -> int:
    """Schedule the job of an Active connection and return the schedule's id.

    Raises InvalidError when the connection is not Active, ConflictError when a schedule is active already.
    """
    try:
        with transaction() as session:
            job_id = _job(session, actor, connection_id, Permission.CONTROL_JOBS, active=True)
            schedule = _add(session, actor, job_id, rule)
            subject, sentence = f"schedule:{schedule.id}", rule.sentence()
            trail.record(session, actor, "schedule.create", subject, connection=connection_id, rule=sentence)
    except IntegrityError as error:
        raise ConflictError(
            "This integration has an active schedule already. Cancel it before you create another."
        ) from error
    scheduler.enqueue(schedule.id, schedule.next_due_at)
    log.info("schedule.created", schedule=schedule.id, connection=connection_id)
    return schedule.id


def _add(session: Session, actor: Actor, job_id: int, rule: Rule) -> Schedule:
    schedule = Schedule(
        job_id=job_id,
        every=rule.every,
        interval=rule.interval,
        at=rule.at,
        time_zone=rule.time_zone,
        next_due_at=rule.next_after(now()),
        created_by=actor.user_id,
    )
    session.add(schedule)
    session.flush()
    schedule.next_due_at = rule.next_after(now(), schedule.id)
    return schedule


def cancel(actor: Actor, connection_id: int) -> None:
    """Cancel the active schedule of a connection, and its run that still waits; one that is going on goes on.

    Raises ConflictError when there is no active schedule.
    """
    with transaction() as session:
        job_id = _job(session, actor, connection_id, Permission.CONTROL_JOBS)
        mine = (Schedule.job_id == job_id, Schedule.active)
        ended = {"active": False, "cancelled_at": now(), "cancelled_by": actor.user_id}
        schedule_id = session.scalar(update(Schedule).where(*mine).values(**ended).returning(Schedule.id))
        if schedule_id is None:
            raise ConflictError("This integration has no active schedule.")
        _cancel_waiting_run(session, schedule_id)
        trail.record(session, actor, "schedule.cancel", f"schedule:{schedule_id}", connection=connection_id)
    scheduler.remove(schedule_id)
    log.info("schedule.cancelled", schedule=schedule_id, connection=connection_id)


def _cancel_waiting_run(session: Session, schedule_id: int) -> None:
    waiting = update(Run).where(Run.schedule_id == schedule_id, Run.status == RunStatus.QUEUED)
    session.execute(
        waiting.values(
            status=RunStatus.CANCELLED, ended_at=now(), message="Cancelled together with its schedule."
        )
    )


def active_schedule(actor: Actor, connection_id: int) -> ScheduleView | None:
    """Return the active schedule of a connection, if there is one."""
    with reading() as session:
        job_id = _job(session, actor, connection_id, Permission.SEE_JOBS)
        schedule = session.scalar(select(Schedule).where(Schedule.job_id == job_id, Schedule.active))
    return schedule_view(schedule, connection_id) if schedule else None


def schedule_view(schedule: Schedule, connection_id: int) -> ScheduleView:
    """Return a schedule as people see it."""
    rule = rule_of(schedule)
    return ScheduleView(
        schedule.id, connection_id, rule, rule.sentence(), schedule.next_due_at, schedule.created_at
    )


def _job(
    session: Session, actor: Actor, connection_id: int, right: Permission, *, active: bool = False
) -> int:
    """Return the job's id after checking that the actor may do this to it."""
    connection = session.get(Connection, connection_id)
    require(actor, right, connection.account_id if connection else None)
    if connection is None or connection.status is ConnectionStatus.DELETED:
        raise NotFoundError("There is no such connection.")
    if active and connection.status is not ConnectionStatus.ACTIVE:
        raise InvalidError("This connection is not Active. Connect both of its sides first.")
    job_id = session.scalar(select(Job.id).where(Job.connection_id == connection_id))
    if job_id is None:
        raise NotFoundError("This connection has no integration job.")
    return job_id
