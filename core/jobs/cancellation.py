"""Cancel runs: a queued run at once, a running one at its next safe point, or at once when its worker is gone."""

from __future__ import annotations

import time
from contextlib import suppress

import structlog
from sqlalchemy import select, update

from core.audit import trail
from core.db import reading, transaction
from core.errors import ConflictError, LeaseLostError
from core.jobs import run_queue
from core.measuring import totals, traces
from core.models import Run, RunStatus
from core.runs import lease as run_lease
from core.runs import messages
from core.security.actor import Actor, Permission, require
from core.security.ownership import require_connection
from core.sync.store import journal, kept_plans, tally

log = structlog.get_logger()

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
    if not was_queued and not _end_if_abandoned(run_id):
        return RunStatus.RUNNING
    run_queue.enqueue_next(run_id)
    return RunStatus.CANCELLED


def end_abandoned() -> int:
    """End the cancelled runs whose workers are gone; return how many they were."""
    ended = [run_id for run_id in run_lease.abandoned_and_cancelled() if _end_if_abandoned(run_id)]
    for run_id in ended:
        run_queue.enqueue_next(run_id)
    return len(ended)


def _end_if_abandoned(run_id: int) -> bool:
    """End a cancelled run in place of its worker, unless the worker holds it. What was written stays."""
    lease = run_lease.claim_abandoned(run_id)
    if lease is None:
        return False
    try:
        journal.cancel(lease)
        counters = tally.count(run_id)
        run_lease.finish(lease, RunStatus.CANCELLED, messages.cancelled(counters), counters)
    except LeaseLostError:
        return False
    log.info("run.ended_for_its_worker", run=run_id)
    totals.count_ended(run_id)
    traces.send_ended(run_id)
    return True


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
        end_abandoned()
        if time.monotonic() > deadline:
            raise ConflictError(
                "The run has been asked to stop and will end shortly. Then delete the connection again."
            )
        time.sleep(POLL_SECONDS)
