"""The life of a run: requested, claimed under a lease, kept alive, finished.

    QUEUED → RUNNING → COMPLETE | ERROR | HELD | CANCELLED

SQL decides who works on a run, not the queue: a worker holds a lease that it renews, and every change it
makes carries the lease's token, so that a worker that was given up for dead can no longer change anything.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, exists, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from core.clock import now
from core.db import reading, transaction
from core.errors import LeaseLostError
from core.models import (
    Phase,
    Run,
    RunStatus,
)
from core.runs.counters import Counters
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
# Made once: putting it together takes longer than executing it, and a run does so with each portion it
# stores.
HOLD = MINE.values(lease_until=bindparam("until"))


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on a run; ``attempt`` is 1 the first time."""

    run_id: int
    token: str
    attempt: int
    # Somebody asked for the run to be cancelled before it was taken.
    cancelled: bool = False


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


def renew_lease(lease: Lease, counters: Counters | None = None, phase: Phase | None = None) -> bool:
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


def assert_lease(session: Session, lease: Lease, **values: object) -> None:
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
