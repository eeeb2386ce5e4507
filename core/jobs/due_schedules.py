"""What the store knows of schedules that are due: the scheduler's side of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import select, update

from core.clock import now
from core.db import reading, transaction
from core.errors import ConflictError, InvalidError, NotFoundError
from core.jobs.recurrence import Rule
from core.models import Connection, ConnectionStatus, Job, Schedule, Trigger
from core.runs import request

log = structlog.get_logger()

MAY_FIRE = (Schedule.active, Connection.status != ConnectionStatus.DELETED)


@dataclass(frozen=True, slots=True)
class Fired:
    """What came of a schedule whose time had come: the run, if there is one, and when it is due next."""

    run_id: int | None = None
    # None when the schedule is no longer active.
    next_due_at: datetime | None = None


def rule_of(schedule: Schedule) -> Rule:
    """Return the rule a row holds."""
    return Rule(schedule.every, schedule.interval, schedule.at, schedule.time_zone)


def due_moments() -> dict[int, datetime]:
    """Return all active schedules and when each is due next."""
    with reading() as session:
        found = session.execute(
            select(Schedule.id, Schedule.next_due_at).join(Job).join(Connection).where(*MAY_FIRE)
        )
        return {row.id: row.next_due_at for row in found}


def fire(schedule_id: int) -> Fired:
    """Put the run of a due schedule on record, then move the schedule on. Harmless when repeated or too early.

    An occurrence that was missed fires once, late; one that finds another waiting is merged with it.
    """
    with reading() as session:
        schedule = session.get(Schedule, schedule_id)
        mine = (
            select(Job.connection_id)
            .join(Schedule)
            .join(Connection)
            .where(Schedule.id == schedule_id, *MAY_FIRE)
        )
        connection_id = session.scalar(mine)
    if schedule is None or connection_id is None:
        return Fired()
    if schedule.next_due_at > now():
        return Fired(next_due_at=schedule.next_due_at)
    run_id = _record(schedule, connection_id)
    return Fired(run_id, _move_on(schedule))


def _record(schedule: Schedule, connection_id: int) -> int | None:
    due_at = schedule.next_due_at
    try:
        return request.request(connection_id, Trigger.SCHEDULED, schedule_id=schedule.id, due_at=due_at)
    except (ConflictError, InvalidError, NotFoundError) as refusal:
        log.info("schedule.skipped", schedule=schedule.id, connection=connection_id, why=str(refusal))
        return None


def _move_on(schedule: Schedule) -> datetime | None:
    next_due_at = rule_of(schedule).next_after(now(), schedule.id)
    mine = (Schedule.id == schedule.id, Schedule.active, Schedule.next_due_at == schedule.next_due_at)
    with transaction() as session:
        session.execute(update(Schedule).where(*mine).values(next_due_at=next_due_at))
        return session.scalar(select(Schedule.next_due_at).where(Schedule.id == schedule.id, Schedule.active))
