"""The lease on a run: claim it, renew it, finish or release the run.

    QUEUED → RUNNING → COMPLETE | ERROR | HELD | CANCELLED

SQL decides which worker has a run, not the queue. A worker holds a lease that it renews, and every change it makes
carries the lease's token, so that a worker whose lease has expired can no longer change anything.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, bindparam, case, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.clock import CLOCKS_DIFFER, now
from core.db import reading, transaction
from core.errors import LeaseLostError
from core.models import Connection, Phase, Run, RunStatus
from core.queue.run_order import HAS_TO_WAIT, is_unfinished
from core.runs.counters import Counters
from core.settings import settings

FREE = or_(
    and_(Run.status == RunStatus.QUEUED, ~HAS_TO_WAIT),
    and_(
        Run.status == RunStatus.RUNNING,
        Run.lease_until < bindparam("moment"),
        or_(Run.not_before.is_(None), Run.not_before <= bindparam("moment")),
    ),
)
_IN_FORCE = select(Connection.mapping_version).where(Connection.id == Run.connection_id).scalar_subquery()
CLAIM = (
    update(Run)
    .where(Run.id == bindparam("of_run"), FREE)
    .values(
        status=RunStatus.RUNNING,
        attempt=Run.attempt + 1,
        started_at=func.coalesce(Run.started_at, bindparam("moment", type_=Run.started_at.type)),
        lease_token=bindparam("token"),
        lease_until=bindparam("until"),
        # The version that is in force now is the one of the whole run, also when another worker resumes it.
        mapping_version=func.coalesce(Run.mapping_version, _IN_FORCE),
    )
    .returning(Run.attempt, Run.cancel_requested)
)
LEASED = update(Run).where(
    Run.id == bindparam("of_run"), Run.lease_token == bindparam("under"), Run.status == RunStatus.RUNNING
)
# Built once: building it takes longer than executing it, and a run executes it in every transaction.
RENEW = LEASED.values(lease_until=bindparam("until"))


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on a run. ``attempt`` is 1 the first time."""

    run_id: int
    token: str
    attempt: int
    # A person cancelled the run before it was claimed.
    cancelled: bool = False


def claim(run_id: int) -> Lease | None:
    """Claim a queued run whose turn it is, or a running one whose lease has expired. None when it cannot be claimed."""
    token, moment = secrets.token_hex(16), now()
    values = {"of_run": run_id, "moment": moment, "token": token, "until": _lease_end(moment)}
    try:
        with transaction() as session:
            claimed = session.connection().execute(CLAIM, values).first()
    except IntegrityError:  # another run of the connection is running
        return None
    return None if claimed is None else Lease(run_id, token, *claimed)


def claim_abandoned(run_id: int) -> Lease | None:
    """Claim a running run whose worker has missed two renewals, before its lease expires. None when it has not.

    A worker that comes back has lost the run, as after any claim. It has sent nothing since its lease was late.
    """
    token, moment = secrets.token_hex(16), now()
    abandoned = (Run.id == run_id, Run.status == RunStatus.RUNNING, _abandoned(moment))
    values = {"lease_token": token, "lease_until": _lease_end(moment), "attempt": Run.attempt + 1}
    claim_it = update(Run).where(*abandoned).values(values).returning(Run.attempt)
    with transaction() as session:
        attempt = session.scalar(claim_it)
    return None if attempt is None else Lease(run_id, token, attempt, cancelled=True)


def seconds_since_renewal(run: Run) -> float:
    """Return how long ago a worker last renewed the lease of a run."""
    if run.lease_until is None:
        return 0.0
    return max(0.0, settings().lease_seconds - (run.lease_until - now()).total_seconds())


def abandoned_and_cancelled() -> list[int]:
    """Return the runs that a person has cancelled and whose workers have missed two renewals."""
    conditions = Run.status == RunStatus.RUNNING, Run.cancel_requested, _abandoned(now())
    with reading() as session:
        return list(session.scalars(select(Run.id).where(*conditions).order_by(Run.id)))


def _abandoned(moment: datetime) -> ColumnElement[bool]:
    """Return the condition that a lease has half its time left at most; its worker renews it at a quarter."""
    return Run.lease_until < moment + timedelta(seconds=settings().lease_seconds / 2)


def shorten_implausible() -> None:
    """Let a lease that was taken under a clock far ahead end as if it had been taken now.

    The worker that holds it renews it. Without this, a run whose worker is gone would wait for the other clock's time.
    """
    moment = now()
    ahead = Run.status == RunStatus.RUNNING, Run.lease_until > _lease_end(moment) + CLOCKS_DIFFER
    with reading() as session:
        run_ids = session.scalars(select(Run.id).where(*ahead)).all()
    if run_ids:
        with transaction() as session:
            shorter = update(Run).where(Run.id.in_(run_ids), *ahead)
            session.execute(shorter.values(lease_until=_lease_end(moment)))


def _lease_end(moment: datetime) -> datetime:
    return moment + timedelta(seconds=settings().lease_seconds)


def renew_lease(lease: Lease, counters: Counters | None = None, **columns: object) -> bool:
    """Renew the lease, show progress, and set further columns. Say whether a person has cancelled the run.

    Raises LeaseLostError when the run has passed to another worker.
    """
    values: dict[str, object] = {"lease_until": _lease_end(now())}
    if counters is not None:
        values |= counters.columns()
    with transaction() as session:
        _change_in(session, lease, values | columns)
        return session.scalar(select(Run.cancel_requested).where(Run.id == lease.run_id)) or False


def is_cancelled(lease: Lease) -> bool:
    """Say whether a person has cancelled the run."""
    with reading() as session:
        return bool(session.scalar(select(Run.cancel_requested).where(Run.id == lease.run_id)))


def finish(lease: Lease, status: RunStatus, message: str, counters: Counters, **columns: object) -> None:
    """End the run, and set further columns of it. The store refuses counters that do not balance."""
    ended = {
        "status": status,
        "message": message[:1000],
        "ended_at": now(),
        "lease_token": None,
        "lease_until": None,
    }
    _change(lease, ended | counters.columns() | columns)


def assert_lease(session: Session, lease: Lease, **values: object) -> None:
    """Renew the lease in the caller's transaction, which fails when the run has passed to another worker.

    ``values`` are columns of the run to set with it. Raises LeaseLostError.
    """
    statement = RENEW.values(**values) if values else RENEW
    renewed = session.connection().execute(statement, _key(lease) | {"until": _lease_end(now())})
    if renewed.rowcount != 1:
        raise _lost(lease)


def _change(lease: Lease, values: dict[str, object]) -> None:
    with transaction() as session:
        _change_in(session, lease, values)


def _change_in(session: Session, lease: Lease, values: dict[str, object]) -> None:
    if session.connection().execute(LEASED.values(**values), _key(lease)).rowcount != 1:
        raise _lost(lease)


def _key(lease: Lease) -> dict[str, object]:
    return {"of_run": lease.run_id, "under": lease.token}


def _lost(lease: Lease) -> LeaseLostError:
    return LeaseLostError(f"Run {lease.run_id} has passed to another worker.")


def release(lease: Lease, **columns: object) -> None:
    """Release a run at once, so that the next worker resumes it (warm shutdown), and set further columns of it."""
    _change(lease, {"lease_until": now() - timedelta(seconds=1), **columns})


def put_off(lease: Lease, until: datetime, message: str, **columns: object) -> None:
    """Release a run that no worker is to continue before a moment, with why; its plan and what it has done stay.

    An attempt that has come to writing does not count towards those after which a run is ended.
    """
    has_written = and_(Run.phase == Phase.WRITING, Run.attempt > 1)
    values: dict[str, object] = {"not_before": until, "message": message[:1000], **columns}
    values["attempt"] = case((has_written, Run.attempt - 1), else_=Run.attempt)
    _change(lease, values | {"lease_token": None, "lease_until": now() - timedelta(seconds=1)})


def put_off_until(run: Run) -> datetime | None:
    """Return when a run continues that waits for the end of closed hours; None for all others."""
    waits = run.status is RunStatus.RUNNING and run.lease_token is None
    return run.not_before if waits and run.not_before is not None and run.not_before > now() else None


def mark_continued(lease: Lease) -> None:
    """Store that a run that was put off continues."""
    with transaction() as session:
        assert_lease(session, lease, not_before=None, message=None)


def claimable() -> list[int]:
    """Return the runs a worker could claim now: queued ones whose turn it is, and abandoned ones."""
    queued = and_(Run.status == RunStatus.QUEUED, ~HAS_TO_WAIT)
    moment = now()
    may_go_on = or_(Run.not_before.is_(None), Run.not_before <= moment)
    abandoned = and_(Run.status == RunStatus.RUNNING, Run.lease_until < moment, may_go_on)
    with reading() as session:
        return list(session.scalars(select(Run.id).where(or_(queued, abandoned)).order_by(Run.id)))


def count_expired() -> int:
    """Return how many running runs have lost their worker: the lease has expired, and no moment is to be waited for."""
    moment = now()
    waits = Run.not_before > moment
    expired = Run.status == RunStatus.RUNNING, Run.lease_until < moment, or_(Run.not_before.is_(None), ~waits)
    with reading() as session:
        return session.scalar(select(func.count()).select_from(Run).where(is_unfinished(), *expired)) or 0


def next_of(connection_id: int) -> int | None:
    """Return the queued run of a connection whose turn it is, if any."""
    its_turn = Run.connection_id == connection_id, Run.status == RunStatus.QUEUED, ~HAS_TO_WAIT
    with reading() as session:
        return session.scalar(select(Run.id).where(*its_turn))
