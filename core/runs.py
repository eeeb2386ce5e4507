"""The life of a run: requested, claimed under a lease, kept alive, finished.

    QUEUED → RUNNING → COMPLETE | ERROR | HELD | CANCELLED

SQL decides who works on a run, not the queue: a worker holds a lease that it renews, and every change it
makes carries the lease's token, so that a worker that was given up for dead can no longer change anything.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, exists, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from core.audit import trail
from core.clock import now
from core.db import reading, transaction
from core.errors import ConflictError, InvalidError, LeaseLostError, NotFoundError
from core.models import (
    Account,
    Connection,
    ConnectionStatus,
    Phase,
    Run,
    RunKind,
    RunStatus,
    RunType,
    Schedule,
)
from core.security.actor import Actor, Right, require
from core.settings import settings

FREE = or_(
    Run.status == RunStatus.QUEUED,
    and_(Run.status == RunStatus.RUNNING, Run.lease_until < bindparam("moment")),
)
CLAIM = (
    update(Run)
    .where(Run.id == bindparam("of_run"), FREE)
    .values(
        status=RunStatus.RUNNING,
        attempt=Run.attempt + 1,
        started_at=func.coalesce(Run.started_at, bindparam("moment", type_=Run.started_at.type)),
        lease_token=bindparam("token"),
        lease_until=bindparam("until"),
    )
    .returning(Run.attempt, Run.cancel_requested)
)
MINE = update(Run).where(
    Run.id == bindparam("of_run"), Run.lease_token == bindparam("under"), Run.status == RunStatus.RUNNING
)
HOLD = MINE.values(lease_until=bindparam("until"))
"""Made once: putting it together takes longer than executing it, and a run does so with each portion it stores."""


@dataclass(frozen=True, slots=True)
class Counters:
    """How many employees were read and what became of them."""

    read: int = 0
    unchanged: int = 0
    filtered: int = 0
    held: int = 0
    created: int = 0
    updated: int = 0
    terminated: int = 0
    errors: int = 0

    @property
    def written(self) -> int:
        """Return how many the target took."""
        return self.created + self.updated + self.terminated

    @property
    def balanced(self) -> bool:
        """Say whether every employee that was read is accounted for once."""
        return not self.pending

    @property
    def pending(self) -> int:
        """Return how many are not accounted for yet, because they are to be written."""
        return self.read - (self.unchanged + self.filtered + self.held + self.written + self.errors)

    def columns(self) -> dict[str, int]:
        """Return the values of the run's counter columns."""
        return asdict(self) | {"written": self.written}


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on a run; ``attempt`` is 1 the first time."""

    run_id: int
    token: str
    attempt: int
    cancelled: bool = False
    """Somebody asked for the run to be cancelled before it was taken."""


def request(
    connection_id: int,
    type: RunType,
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
                require(actor, Right.CONTROL_JOBS, connection.account_id if connection else None)
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
            if type is RunType.MANUAL and _unfinished(session, connection_id):
                raise ConflictError("A run of this integration is going on already. Wait until it has ended.")
            run = Run(
                account_id=connection.account_id,
                connection_id=connection_id,
                type=type,
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


def claim(run_id: int) -> Lease | None:
    """Take a queued run, or a running one whose worker fell silent; None when it is not ours to run now."""
    token, moment = secrets.token_hex(16), now()
    given = {"of_run": run_id, "moment": moment, "token": token, "until": _lease_end(moment)}
    try:
        with transaction() as session:
            taken = session.connection().execute(CLAIM, given).first()
    except IntegrityError:
        return None
    return None if taken is None else Lease(run_id, token, *taken)


def _lease_end(moment: datetime) -> datetime:
    return moment + timedelta(seconds=settings().lease_seconds)


def beat(lease: Lease, counters: Counters | None = None, phase: Phase | None = None) -> bool:
    """Renew the lease and show progress; say whether somebody has asked for the run to be cancelled.

    Raises LeaseLostError when the run has passed to another worker.
    """
    values: dict[str, object] = {"lease_until": _lease_end(now())}
    if counters is not None:
        values |= counters.columns()
    if phase is not None:
        values["phase"] = phase
    with transaction() as session:
        _take(session, lease, values)
        return session.scalar(select(Run.cancel_requested).where(Run.id == lease.run_id)) or False


def finish(lease: Lease, status: RunStatus, message: str, counters: Counters) -> None:
    """Close the run. The store refuses counters that do not account for everyone."""
    ended = {
        "status": status,
        "message": message[:1000],
        "ended_at": now(),
        "lease_token": None,
        "lease_until": None,
    }
    _change(lease, ended | counters.columns())


def hold(session: Session, lease: Lease, **values: object) -> None:
    """Renew the lease in the caller's transaction, so that nothing in it counts once the run has passed on.

    ``values`` are columns of the run to set along with it. Raises LeaseLostError.
    """
    held = session.connection().execute(
        HOLD.values(**values) if values else HOLD, _ours(lease) | {"until": _lease_end(now())}
    )
    if held.rowcount != 1:
        raise _lost(lease)


def _change(lease: Lease, values: dict[str, object]) -> None:
    with transaction() as session:
        _take(session, lease, values)


def _take(session: Session, lease: Lease, values: dict[str, object]) -> None:
    if session.connection().execute(MINE.values(**values), _ours(lease)).rowcount != 1:
        raise _lost(lease)


def _ours(lease: Lease) -> dict[str, object]:
    return {"of_run": lease.run_id, "under": lease.token}


def _lost(lease: Lease) -> LeaseLostError:
    return LeaseLostError(f"Run {lease.run_id} has passed to another worker.")


def release(lease: Lease) -> None:
    """Give a run back at once, to be resumed by the next worker (warm shutdown)."""
    _change(lease, {"lease_until": now() - timedelta(seconds=1)})


def claimable() -> list[int]:
    """Return the runs a worker could take now: queued ones whose connection is free, and abandoned ones."""
    other = aliased(Run)
    busy = exists().where(other.connection_id == Run.connection_id, other.status == RunStatus.RUNNING)
    queued = and_(Run.status == RunStatus.QUEUED, ~busy)
    abandoned = and_(Run.status == RunStatus.RUNNING, Run.lease_until < now())
    with reading() as session:
        return list(session.scalars(select(Run.id).where(or_(queued, abandoned)).order_by(Run.id)))


def waiting_for(connection_id: int) -> int | None:
    """Return the run of a connection that waits longest, if any."""
    with reading() as session:
        return session.scalar(
            select(func.min(Run.id)).where(Run.connection_id == connection_id, Run.status == RunStatus.QUEUED)
        )
