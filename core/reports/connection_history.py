"""What people did to a connection, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from connectors.registry import name_of
from core.db import reading
from core.errors import NotFoundError
from core.models import Audit, Connection, Run, Schedule, Side, User
from core.models.jobs import Job
from core.reports import audit_wording
from core.security.actor import Actor, Permission, require

WORDS = {
    "connection.create": "Added the connection",
    "connection.delete": "Deleted the connection",
    "side.connect": "Connected {system}",
    "side.settings": "Changed the settings of {system}",
    "schedule.create": "Created a schedule",
    "schedule.cancel": "Cancelled the schedule",
    "run.start": "Started a run",
    "run.cancel": "Cancelled a run",
    "side.disconnect": "Disconnected {system} by changing its address",
    "side.lost": "Noticed that {system} has to be connected again",
}


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that was done, when and by whom."""

    at: datetime
    who: str
    what: str


def connection_history(actor: Actor, connection_id: int, limit: int = 50) -> list[Event]:
    """Return the newest things that people did to a connection, the newest first."""
    with reading() as session:
        connection = session.get(Connection, connection_id)
        require(actor, Permission.SEE_CONNECTIONS, connection.account_id if connection else None)
        if connection is None:
            raise NotFoundError("There is no such connection.")
        job = select(Job.id).where(Job.connection_id == connection_id).scalar_subquery()
        subjects = [f"connection:{connection_id}"]
        sides = session.execute(select(Side.id, Side.kind).where(Side.connection_id == connection_id))
        systems = {f"side:{number}": name_of(kind) for number, kind in sides}
        subjects += systems
        subjects += [
            f"schedule:{one}" for one in session.scalars(select(Schedule.id).where(Schedule.job_id == job))
        ]
        newest = select(Run.id).where(Run.connection_id == connection_id).order_by(Run.id.desc()).limit(limit)
        subjects += [f"run:{one}" for one in session.scalars(newest)]
        query = (
            select(Audit, User.name)
            .outerjoin(User, User.id == Audit.user_id)
            .where(Audit.subject.in_(subjects))
        )
        rows = session.execute(query.order_by(Audit.id.desc()).limit(limit)).all()
    return [
        Event(row.at, name or audit_wording.actor_text(row.detail), _text(row, systems)) for row, name in rows
    ]


def _text(row: Audit, systems: Mapping[str, str]) -> str:
    """Say what was done, or what was tried and why it did not come about."""
    system = systems.get(row.subject, "a system")
    if row.result != "done":
        return f"Tried to connect {system}: {str(row.detail.get('why') or 'it was refused').rstrip('.')}"
    return (WORDS.get(row.action) or audit_wording.action_text(row.action)).format(system=system)
