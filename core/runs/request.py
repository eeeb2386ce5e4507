"""Request a run: it is stored as queued before anything is handed to a worker."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.audit import trail
from core.db import transaction
from core.errors import ConflictError, InvalidError
from core.models import Account, Connection, ConnectionStatus, Run, RunKind, RunStatus, Schedule, Trigger
from core.security.actor import Actor, Permission, require
from core.security.ownership import require_existing


class NotReadyError(InvalidError):
    """The connection or its account is not ready for a run."""


class Occurrence(NamedTuple):
    """The schedule that a run is due by, and when."""

    schedule_id: int
    due_at: datetime


def request(
    connection_id: int,
    trigger: Trigger,
    *,
    kind: RunKind = RunKind.SYNC,
    person: str | None = None,
    compares_all: bool = False,
    actor: Actor | None = None,
    occurrence: Occurrence | None = None,
    then: Callable[[Session, int], None] | None = None,
) -> int:
    """Store a run as QUEUED and return its id. The caller enqueues it afterwards. A request by an ``actor`` is audited.

    ``person`` is the source's id of the employee that a run of the kind ONE_PERSON is about. With ``compares_all``
    everybody is read and compared, whatever earlier runs remember. ``then`` does more in the
    same transaction, before any worker can see the run.

    Raises ConflictError when a run is waiting, or also, if triggered manually, when one is running. Raises InvalidError
    when the schedule is cancelled, and of that NotReadyError when the connection is not Active or the account is
    switched off.
    """
    with transaction() as session:
        connection = _lock_connection(session, connection_id, actor)
        _require_account_switched_on(session, connection.account_id)
        _require_active(connection)
        if occurrence is not None:
            _require_active_schedule(session, occurrence.schedule_id)
        if trigger is Trigger.MANUAL:
            _require_no_unfinished_run(session, connection_id)
        run = Run(account_id=connection.account_id, connection_id=connection_id, trigger=trigger)
        run.kind, run.person, run.requested_by = kind, person, None if actor is None else actor.user_id
        run.compares_all = compares_all
        if occurrence is not None:
            run.schedule_id, run.due_at = occurrence
        _insert(session, run)
        if actor is not None:
            _record_start(session, actor, run)
        if then is not None:
            then(session, run.id)
        return run.id


def _record_start(session: Session, actor: Actor, run: Run) -> None:
    about = {} if run.person is None else {"source": run.person}
    about |= {"compared": "everybody in full"} if run.compares_all else {}
    trail.record(session, actor, "run.start", f"run:{run.id}", connection=run.connection_id, **about)


def _lock_connection(session: Session, connection_id: int, actor: Actor | None) -> Connection:
    """Return the connection, locked against deletion until the run is stored. Two requests do not block each other."""
    lock = {"read": True, "key_share": True}
    connection = session.get(Connection, connection_id, with_for_update=lock)
    if actor is not None:
        require(actor, Permission.CONTROL_JOBS, connection.account_id if connection else None)
    return require_existing(connection)


def _require_account_switched_on(session: Session, account_id: int) -> None:
    """Refuse an account that is switched off. Switching it off waits for the lock, and then finds the run."""
    enabled = select(Account.ihub_enabled).where(Account.id == account_id).with_for_update(read=True)
    if not session.scalar(enabled):
        raise NotReadyError("iHUB is switched off for this account. Ask enableHR Support to switch it on.")


def _require_active(connection: Connection) -> None:
    if connection.status is not ConnectionStatus.ACTIVE:
        raise NotReadyError("This connection is not Active. Connect both systems first.")


def _require_active_schedule(session: Session, schedule_id: int) -> None:
    """Refuse a cancelled schedule. A cancellation waits for the lock, and then finds the run."""
    active = select(Schedule.active).where(Schedule.id == schedule_id).with_for_update()
    if not session.scalar(active):
        raise InvalidError("This schedule has been cancelled.")


def _require_no_unfinished_run(session: Session, connection_id: int) -> None:
    unfinished = Run.status.in_(RunStatus.unfinished())
    if session.scalar(select(exists().where(Run.connection_id == connection_id, unfinished))):
        raise ConflictError("A run of this integration is in progress. Wait until it has ended.")


def _insert(session: Session, run: Run) -> None:
    session.add(run)
    try:
        session.flush()
    except IntegrityError as error:  # the store allows one queued run for each trigger
        raise ConflictError("A run of this integration is waiting already.") from error
