"""Change, pause, resume and restore schedules, each as one act that refuses when somebody else was faster."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.audit import trail
from core.clock import now
from core.db import transaction
from core.errors import ConflictError, InvalidError
from core.jobs import scheduler, schedules
from core.jobs.calendar.wall_clock import first_moment_showing, wall_time
from core.jobs.closed_hours import opening_hours
from core.jobs.due_schedules import not_before, rule_of
from core.jobs.recurrence import Rule, next_start
from core.jobs.schedules import Version, sentence_of
from core.models import Run, Schedule
from core.security.actor import Actor, Permission
from core.sync.store import kept_plans

log = structlog.get_logger()

LONGEST_PAUSE = timedelta(days=366)


def change(
    actor: Actor, connection_id: int, rule: Rule, based_on: Version, first_due_at: datetime | None = None
) -> None:
    """Give the active schedule of a connection another rule. What is due already still runs, once; a pause stays.

    ``based_on`` is the version that the person has seen, ``first_due_at`` what was announced. Raises InvalidError when
    that has passed or nothing changes, ConflictError when the schedule was changed or cancelled meanwhile.
    """
    first_due_at = schedules.check_announced(rule, first_due_at or schedules.announce(rule, connection_id))
    with transaction() as session:
        schedule = _require_version(session, actor, connection_id, based_on)
        changes = _changes(schedule, rule)
        hours, moment = opening_hours(session, connection_id), now()
        next_due_at = schedule.next_due_at
        if next_due_at > moment:
            start = not_before(schedule, first_due_at - timedelta(microseconds=1))
            next_due_at = next_start(rule, hours, start, first_due_at)
        new = schedules.columns_of(rule) | {"first_due_at": first_due_at, "next_due_at": next_due_at}
        _save(session, schedule, new)
        subject = f"schedule:{schedule.id}"
        trail.record(session, actor, "schedule.change", subject, connection=connection_id, changes=changes)
    scheduler.enqueue(schedule.id, next_due_at)
    log.info("schedule.changed", schedule=schedule.id, connection=connection_id)


def _changes(schedule: Schedule, rule: Rule) -> list[dict[str, str]]:
    """Return what the audit keeps. Raises InvalidError when nothing changes."""
    if schedules.columns_of(rule) == {name: getattr(schedule, name) for name in schedules.columns_of(rule)}:
        raise InvalidError("The schedule says this already. Change something, or close the dialog.")
    before, after = sentence_of(schedule), rule.sentence()
    if rule.starts_on is not None and schedule.starts_on != rule.starts_on:
        before, after = (
            f"{text} (first week: {day or 'any'})"
            for text, day in ((before, schedule.starts_on), (after, rule.starts_on))
        )
    return [{"field": "rule", "label": "Schedule", "before": before, "after": after}]


def pause(actor: Actor, connection_id: int, until: date, based_on: Version) -> None:
    """Start no run by the schedule before a date of the schedule's time zone. Its queued run is cancelled.

    Raises InvalidError for a date that is not within the next year, ConflictError when the schedule was changed or
    cancelled meanwhile.
    """
    with transaction() as session:
        schedule = _require_version(session, actor, connection_id, based_on)
        zone = ZoneInfo(rule_of(schedule).time_zone)
        today = wall_time(now(), zone).date()
        if not today < until <= today + LONGEST_PAUSE:
            raise InvalidError(
                f"Choose a date from {today + timedelta(days=1)} to {today + LONGEST_PAUSE}. To stop for longer, "
                "cancel the schedule."
            )
        schedule.paused_until = first_moment_showing(datetime.combine(until, time()), zone)
        due_at = _continue(session, schedule, connection_id, paused_until=schedule.paused_until)
        message = "Cancelled because its schedule was paused."
        kept_plans.cancel_waiting(session, Run.schedule_id == schedule.id, message)
        detail = {"rule": sentence_of(schedule), "until": until.isoformat()}
        subject = f"schedule:{schedule.id}"
        trail.record(session, actor, "schedule.pause", subject, connection=connection_id, **detail)
    scheduler.enqueue(schedule.id, due_at)
    log.info("schedule.paused", schedule=schedule.id, connection=connection_id)


def resume(actor: Actor, connection_id: int, based_on: Version) -> None:
    """End the pause of a schedule; it runs again when it is next due.

    Raises ConflictError when it is not paused, or was changed or cancelled meanwhile.
    """
    with transaction() as session:
        schedule = _require_version(session, actor, connection_id, based_on)
        if schedule.paused_until is None or schedule.paused_until <= now():
            raise ConflictError("This schedule is not paused.")
        schedule.paused_until = None
        due_at = _continue(session, schedule, connection_id, paused_until=None)
        detail = {"rule": sentence_of(schedule)}
        subject = f"schedule:{schedule.id}"
        trail.record(session, actor, "schedule.resume", subject, connection=connection_id, **detail)
    scheduler.enqueue(schedule.id, due_at)
    log.info("schedule.resumed", schedule=schedule.id, connection=connection_id)


def restore(actor: Actor, connection_id: int) -> None:
    """Make the schedule that was cancelled last active again; what was due meanwhile is not run.

    Raises ConflictError when there is none, or another schedule is active.
    """
    try:
        with transaction() as session:
            job_id = schedules.require_job(session, actor, connection_id, Permission.CONTROL_JOBS)
            cancelled = select(Schedule).where(Schedule.job_id == job_id, Schedule.cancelled_at.is_not(None))
            schedule = session.scalar(cancelled.order_by(Schedule.cancelled_at.desc()).limit(1))
            if schedule is None or schedule.active:
                raise ConflictError("There is no cancelled schedule to restore. Create one.")
            back = {"active": True, "cancelled_at": None, "cancelled_by": None}
            due_at = _continue(session, schedule, connection_id, was_active=False, **back)
            detail = {"rule": sentence_of(schedule)}
            subject = f"schedule:{schedule.id}"
            trail.record(session, actor, "schedule.restore", subject, connection=connection_id, **detail)
    except IntegrityError as error:
        raise ConflictError("This connection has another active schedule. Cancel that one first.") from error
    scheduler.enqueue(schedule.id, due_at)
    log.info("schedule.restored", schedule=schedule.id, connection=connection_id)


def _require_version(session: Session, actor: Actor, connection_id: int, based_on: Version) -> Schedule:
    """Return the active schedule if nobody has changed it since, detached from the session."""
    job_id = schedules.require_job(session, actor, connection_id, Permission.CONTROL_JOBS)
    schedule = session.scalar(select(Schedule).where(Schedule.job_id == job_id, Schedule.active))
    if schedule is None:
        raise ConflictError("This schedule has been cancelled meanwhile. Create a new one if you need it.")
    session.expunge(schedule)
    if (schedule.id, schedule.revision) != based_on:
        raise _ChangedMeanwhileError(sentence_of(schedule))
    return schedule


class _ChangedMeanwhileError(ConflictError):
    """Somebody else has changed the schedule."""

    def __init__(self, sentence: str) -> None:
        super().__init__(
            f"Somebody else has changed this schedule meanwhile. It is now: {sentence}. Nothing of yours was "
            "saved; look at it again, then change it."
        )


def _continue(
    session: Session, schedule: Schedule, connection_id: int, *, was_active: bool = True, **values: Any
) -> datetime:
    """Store values together with the next due moment from now or the end of a pause, and return that moment."""
    hours, start = opening_hours(session, connection_id), not_before(schedule, now())
    due_at = next_start(rule_of(schedule), hours, start, schedule.first_due_at)
    _save(session, schedule, values | {"next_due_at": due_at}, was_active=was_active)
    return due_at


def _save(session: Session, schedule: Schedule, values: dict[str, Any], *, was_active: bool = True) -> None:
    """Store values, unless somebody else was faster. Raises ConflictError."""
    same = (
        *(Schedule.id == schedule.id, Schedule.revision == schedule.revision),
        Schedule.active == was_active,
    )
    saved = update(Schedule).where(*same).values(**values, revision=schedule.revision + 1)
    result = session.execute(saved.execution_options(synchronize_session=False))
    if result.rowcount != 1:  # type: ignore[attr-defined]
        raise _ChangedMeanwhileError(sentence_of(schedule))
