"""Ask for a run: it is stored as queued before anything is handed to a worker."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.audit import trail
from core.db import transaction
from core.errors import ConflictError, InvalidError, NotFoundError
from core.models import Account, Connection, ConnectionStatus, Run, RunKind, RunStatus, Schedule, Trigger
from core.security.actor import Actor, Permission, require


def request(
    connection_id: int,
    trigger: Trigger,
    *,
    kind: RunKind = RunKind.SYNC,
    requested_by: int | None = None,
    schedule_id: int | None = None,
    due_at: datetime | None = None,
    actor: Actor | None = None,
    person: str | None = None,
    then: Callable[[Session, int], None] | None = None,
) -> int:
    """Put a run on record as QUEUED and return its id; the caller enqueues it afterwards. An ``actor`` is audited.

    ``person`` is the source's id of the employee a run of the kind ONE_PERSON is about. ``then`` does more in the same
    transaction, before any worker can see the run.

    Raises ConflictError when one is going (manual) or waiting already, InvalidError when the connection is not Active,
    the schedule has been cancelled or the account is switched off.
    """
    try:
        with transaction() as session:
            # The lock keeps the connection from being deleted meanwhile; two requests do not hinder each other.
            connection = session.get(
                Connection, connection_id, with_for_update={"read": True, "key_share": True}
            )
            if actor is not None:
                require(actor, Permission.CONTROL_JOBS, connection.account_id if connection else None)
            if connection is None or connection.status is ConnectionStatus.DELETED:
                raise NotFoundError("There is no such connection.")
            # Switching the account off waits for this lock, and then finds the run.
            on = (
                select(Account.ihub_enabled)
                .where(Account.id == connection.account_id)
                .with_for_update(read=True)
            )
            if not session.scalar(on):
                raise InvalidError(
                    "iHUB is switched off for this account. Ask enableHR Support to switch it on."
                )
            if connection.status is not ConnectionStatus.ACTIVE:
                raise InvalidError("This connection is not Active. Connect both of its sides first.")
            if schedule_id is not None and not _scheduled(session, schedule_id):
                raise InvalidError("This schedule has been cancelled.")
            if trigger is Trigger.MANUAL and _unfinished(session, connection_id):
                raise ConflictError("A run of this integration is in progress. Wait until it has ended.")
            run = Run(
                account_id=connection.account_id,
                connection_id=connection_id,
                trigger=trigger,
                kind=kind,
                requested_by=requested_by,
                schedule_id=schedule_id,
                due_at=due_at,
                person=person,
            )
            session.add(run)
            session.flush()
            if actor is not None:
                run.requested_by = actor.user_id
                about = {} if person is None else {"source": person}
                trail.record(session, actor, "run.start", f"run:{run.id}", connection=connection_id, **about)
            if then is not None:
                then(session, run.id)
            return run.id
    except IntegrityError as error:
        raise ConflictError("A run of this integration is waiting already.") from error


def _unfinished(session: Session, connection_id: int) -> bool:
    unfinished = Run.status.in_([RunStatus.QUEUED, RunStatus.RUNNING])
    return session.scalar(select(exists().where(Run.connection_id == connection_id, unfinished))) or False


def _scheduled(session: Session, schedule_id: int) -> bool:
    """Say whether a schedule is active; the lock makes a cancellation wait, and then find this run."""
    return (
        session.scalar(select(Schedule.active).where(Schedule.id == schedule_id).with_for_update()) or False
    )
