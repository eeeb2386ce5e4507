"""Read what people did to a connection, from the audit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.registry import name_of
from core.audit.user_labels import user_label
from core.db import reading
from core.models import Audit, Job, Run, Schedule, Side, User
from core.reports import audit_wording
from core.security.actor import Actor, Permission
from core.security.ownership import require_connection


@dataclass(frozen=True, slots=True)
class Event:
    """One action: when, who did it, and what."""

    at: datetime
    who: str
    what: str


def connection_history(actor: Actor, connection_id: int, limit: int = 50) -> list[Event]:
    """Return the latest actions on a connection, newest first."""
    with reading() as session:
        require_connection(session, actor, connection_id, Permission.SEE_CONNECTIONS, deleted=True)
        systems = _systems(session, connection_id)
        subjects = [
            f"connection:{connection_id}",
            *systems,
            *_schedules_and_runs(session, connection_id, limit),
        ]
        query = select(Audit, user_label(actor.account_id)).outerjoin(User, User.id == Audit.user_id)
        query = query.where(Audit.subject.in_(subjects)).order_by(Audit.id.desc()).limit(limit)
        rows = session.execute(query).all()
    return [
        Event(row.at, name or audit_wording.actor_text(row.detail), _text(row, systems)) for row, name in rows
    ]


def _systems(session: Session, connection_id: int) -> dict[str, str]:
    """Return the names of the two systems, by audit subject."""
    sides = session.execute(select(Side.id, Side.kind).where(Side.connection_id == connection_id))
    return {f"side:{side_id}": name_of(kind) for side_id, kind in sides}


def _schedules_and_runs(session: Session, connection_id: int, limit: int) -> list[str]:
    """Return the audit subjects of a connection's schedules and of its latest runs."""
    schedules = (
        select(Schedule.id).join(Job, Job.id == Schedule.job_id).where(Job.connection_id == connection_id)
    )
    runs = select(Run.id).where(Run.connection_id == connection_id).order_by(Run.id.desc()).limit(limit)
    return [
        *(f"schedule:{schedule_id}" for schedule_id in session.scalars(schedules)),
        *(f"run:{run_id}" for run_id in session.scalars(runs)),
    ]


def _text(row: Audit, systems: Mapping[str, str]) -> str:
    """Return what was done, or what was tried and why it failed."""
    done = row.result == "done"
    text = audit_wording.action_text(row.action, done=done, system=systems.get(row.subject))
    return text if done else f"{text}: {str(row.detail.get('why') or 'it was refused').rstrip('.')}"
