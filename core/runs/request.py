"""Request a run: it is stored as queued before anything is handed to a worker.

A connection runs one run at a time. Others wait, in the order in which they were requested, and of each type, kind and
selection one: a request for the same gets the run that waits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.audit import trail
from core.db import transaction
from core.errors import ConflictError, InvalidError
from core.models import Account, Connection, ConnectionStatus, Run, RunKind, RunStatus, Schedule, Trigger
from core.runs import selection
from core.security.actor import Actor, Permission, require
from core.security.ownership import require_existing

# In place of a selection: a run that compares everybody in full.
FULL = "full"
# How often a request is tried while others store and start the same run.
ATTEMPTS = 5


class NotReadyError(InvalidError):
    """The connection or its account is not ready for a run."""


class Occurrence(NamedTuple):
    """The schedule that a run is due by, and when."""

    schedule_id: int
    due_at: datetime


class FinalSweep(NamedTuple):
    """The pay before whose cut-off a run is the last one."""

    pay_date: date
    cut_off: datetime


# One function, because each of its parameters is a part of one request.
def request(
    connection_id: int,
    trigger: Trigger,
    *,
    kind: RunKind = RunKind.SYNC,
    chosen: Sequence[str] = (),
    applies: int | None = None,
    draft: str | None = None,
    compares_all: bool = False,
    actor: Actor | None = None,
    occurrence: Occurrence | None = None,
    sweep: FinalSweep | None = None,
    then: Callable[[Session, int], None] | None = None,
) -> int:
    """Store a run as QUEUED and return its id. The caller enqueues it afterwards. A request by an ``actor`` is audited.

    ``chosen`` are the source's ids of the employees that a run of the kind SELECTED, or a preview, is about.
    ``applies`` is the run whose kept plan this one applies, ``draft`` the digest of the mapping that a preview is made
    with; ``then`` hands that over in the same transaction, before any worker can see the run. A ``sweep`` runs once for
    its pay and cut-off, beside the schedule. With ``compares_all`` everybody is read and compared, whatever earlier
    runs remember. Where such a run waits already, the id of that one is returned, and nothing is stored.

    Raises ConflictError when a run of the same schedule or plan is waiting, or this sweep has been requested. Raises
    InvalidError when the schedule is cancelled, and of that NotReadyError when the connection is not Active or the
    account is switched off.
    """
    selects = _selects(chosen, applies, draft, compares_all=compares_all)

    def new_run() -> Run:
        run = Run(connection_id=connection_id, trigger=trigger, kind=kind, selection=selects)
        run.compares_all = compares_all
        return run

    wanted = new_run()
    if occurrence is not None:
        wanted.schedule_id, wanted.due_at = occurrence
    if sweep is not None:
        wanted.pay_date, wanted.due_at = sweep
        wanted.selection = f"pay-{sweep.pay_date}"
    may_join = trigger is Trigger.MANUAL and applies is None
    for _ in range(ATTEMPTS):
        with suppress(_WaitsAlreadyError):  # another process has stored such a run at the same moment
            return _store(wanted, chosen, actor, then, may_join=may_join)
        if not may_join:
            break
        wanted = new_run()
    raise ConflictError("A run of this connection is waiting already.")


def _selects(chosen: Sequence[str], applies: int | None, draft: str | None, *, compares_all: bool) -> str:
    """Return what tells waiting runs of one kind apart."""
    if draft is not None:
        return f"draft-{draft[:48]}"
    if applies is not None:
        return f"plan-{applies}"
    if chosen:
        return selection.digest(chosen)
    return FULL if compares_all else ""


class _WaitsAlreadyError(Exception):
    """The store has a waiting run of this type, kind and selection."""


def _store(
    run: Run,
    chosen: Sequence[str],
    actor: Actor | None,
    then: Callable[[Session, int], None] | None,
    *,
    may_join: bool,
) -> int:
    """Store a run, or return the one that waits already where it ``may_join`` that. Raises as ``request`` does."""
    with transaction() as session:
        connection = _lock_connection(session, run.connection_id, actor)
        _require_account_switched_on(session, connection.account_id)
        _require_active(connection)
        if run.schedule_id is not None:
            _require_active_schedule(session, run.schedule_id)
        if may_join and (waiting := session.scalar(_waiting(run))) is not None:
            return waiting
        run.account_id, run.requested_by = connection.account_id, None if actor is None else actor.user_id
        _insert(session, run)
        if chosen:
            selection.save(session, run.id, chosen)
        if actor is not None:
            detail: dict[str, Any] = (
                {"source": chosen[0]} if len(chosen) == 1 else {"chosen": len(chosen)} if chosen else {}
            )
            detail |= {"compared": "everybody in full"} if run.compares_all else {}
            trail.record(session, actor, "run.start", f"run:{run.id}", connection=connection.id, **detail)
        if then is not None:
            then(session, run.id)
        return run.id


def _waiting(run: Run) -> Select[int]:
    alike = Run.trigger == run.trigger, Run.kind == run.kind, Run.selection == run.selection
    return select(Run.id).where(
        Run.connection_id == run.connection_id, Run.status == RunStatus.QUEUED, *alike
    )


def _insert(session: Session, run: Run) -> None:
    session.add(run)
    try:
        session.flush()
    except IntegrityError as error:  # the store allows one queued run of each type, kind and selection
        raise _WaitsAlreadyError from error


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
