"""Cancel runs: a queued run at once, a running one at its next safe point."""

from __future__ import annotations

import time
from contextlib import suppress

from sqlalchemy import select, update

from core.audit import trail
from core.db import reading, transaction
from core.errors import ConflictError
from core.models import Run, RunStatus
from core.security.actor import Actor, Permission, require
from core.security.ownership import require_connection
from core.sync.store import kept_plans

POLL_SECONDS = 0.2


def cancel(actor: Actor, run_id: int) -> RunStatus:
    """Cancel a run: what has been written stays. Returns CANCELLED, or RUNNING until the run has stopped."""
    with reading() as session:
        run = session.get(Run, run_id)
    require(actor, Permission.CONTROL_JOBS, run.account_id if run else None)
    if run is None or run.status.ended:
        raise ConflictError("This run has already ended.")
    with transaction() as session:
        was_queued = kept_plans.cancel_waiting(session, Run.id == run_id, "Cancelled before it started.")
        if not was_queued:
            running = update(Run).where(Run.id == run_id, Run.status == RunStatus.RUNNING)
            session.execute(running.values(cancel_requested=True))
        trail.record(session, actor, "run.cancel", f"run:{run_id}", connection=run.connection_id)
    return RunStatus.CANCELLED if was_queued else RunStatus.RUNNING


def unfinished_runs(connection_id: int) -> list[int]:
    """Return the queued and running runs of a connection."""
    with reading() as session:
        unfinished = Run.connection_id == connection_id, Run.status.in_(RunStatus.unfinished())
        return list(session.scalars(select(Run.id).where(*unfinished).order_by(Run.id)))


def cancel_all(actor: Actor, connection_id: int, timeout: float) -> None:
    """Cancel all runs of a connection and wait until they have stopped. Raises ConflictError after the timeout."""
    with reading() as session:
        require_connection(session, actor, connection_id, Permission.CONTROL_JOBS, deleted=True)
    for run_id in reversed(unfinished_runs(connection_id)):  # queued runs first, or one would start meanwhile
        with suppress(ConflictError):  # it has ended meanwhile
            cancel(actor, run_id)
    deadline = time.monotonic() + timeout
    while unfinished_runs(connection_id):
        if time.monotonic() > deadline:
            raise ConflictError(
                "The run has been asked to stop and will end shortly. Then delete the connection again."
            )
        time.sleep(POLL_SECONDS)
