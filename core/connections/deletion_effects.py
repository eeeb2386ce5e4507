"""What deleting a connection ends and leaves, to be read before it is deleted."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.clock import now
from core.db import reading
from core.models import Connection, ConnectionStatus, Job, Link, Plan, PlanState, Run, Schedule, Side
from core.security.actor import Actor, Permission
from core.security.ownership import require_connection


@dataclass(frozen=True, slots=True)
class DeletionEffects:
    """What ends with a connection, and what stays.

    ``waiting_runs`` are the runs whose plans wait for a decision and will be closed. ``links`` and ``runs`` stay.
    """

    waiting_runs: tuple[int, ...]
    has_schedule: bool
    links: int
    runs: int


def deletion_effects(actor: Actor, connection_id: int) -> DeletionEffects:
    """Return what deleting a connection would end and leave."""
    with reading() as session:
        connection = require_connection(session, actor, connection_id, Permission.CHANGE_CONNECTIONS)
        of_connection = Run.connection_id == connection_id
        waiting = select(Plan.run_id).join(Run, Run.id == Plan.run_id).where(of_connection)
        waiting = waiting.where(Plan.state == PlanState.OPEN, Plan.kept_until > now())
        schedule = select(Schedule.id).join(Job, Job.id == Schedule.job_id)
        schedule = schedule.where(Job.connection_id == connection_id, Schedule.active)
        links = select(func.count()).select_from(Link).where(Link.pairing_id == connection.pairing_id)
        return DeletionEffects(
            tuple(session.scalars(waiting.order_by(Plan.run_id))),
            session.scalar(schedule.limit(1)) is not None,
            session.scalar(links) or 0,
            session.scalar(select(func.count()).select_from(Run).where(of_connection)) or 0,
        )


def kinds_still_used(session: Session, account_id: int) -> set[str]:
    """Return the kinds of systems that connections of an account use."""
    query = select(Side.kind).join(Connection, Connection.id == Side.connection_id)
    of_account = (Connection.account_id == account_id, Connection.status != ConnectionStatus.DELETED)
    return set(session.scalars(query.where(*of_account)))
