"""What the workers are asked to do: the only functions a task may name (core.queue.task_queue holds the list)."""

from __future__ import annotations

from types import TracebackType

import structlog
from sqlalchemy import select

from core.db import reading
from core.jobs import due_schedules
from core.models import Run, RunStatus, Side
from core.queue.task_queue import enqueue_run
from core.runs import lease
from core.sides import probes
from core.sync import engine

log = structlog.get_logger()


def sync_run(run_id: int) -> None:
    """Do a run, unless it is somebody else's or the connection is busy; then wake up the one that comes next."""
    status = None
    try:
        status = engine.execute(run_id, apart=True)
        if status is not None and status.ended:
            note(run_id)
    finally:
        next_run = run_id if status is RunStatus.RUNNING else _next_after(run_id)
        if next_run is not None:
            enqueue_run(next_run)


def look_after_side(side_id: int) -> None:
    """Keep the grant of a connected side alive and ask its system whether it lets iHUB in."""
    probes.look_after(side_id)


def _next_after(run_id: int) -> int | None:
    """Return the run that waited for one that has ended."""
    with reading() as session:
        run = session.get(Run, run_id)
    return lease.waiting_for(run.connection_id) if run is not None and run.status.ended else None


def run_schedule(schedule_id: int) -> None:
    """Do the run of a schedule that is due; iHUB's scheduler hands the run over itself instead."""
    fired = due_schedules.fire(schedule_id)
    if fired.run_id is not None:
        sync_run(fired.run_id)


def task_failed(
    task: object,
    _connection: object,
    kind: type[BaseException],
    _error: BaseException,
    traceback: TracebackType | None,
) -> None:
    """Write down that a task ended badly: its process was killed, or a fault in iHUB. The run's lease lets it be resumed."""
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    where = f"{traceback.tb_frame.f_globals.get('__name__')}:{traceback.tb_lineno}" if traceback else None
    log.error("task.failed", task=getattr(task, "id", None), error=kind.__name__, where=where)


def stop() -> None:
    """Ask the run that this process does to stop at its next safe point."""
    engine.request_stop()


def note(run_id: int) -> None:
    """Ask both systems after a run that failed, so that a side that was refused says so at once."""
    with reading() as session:
        run = session.get_one(Run, run_id)
        ids = list(session.scalars(select(Side.id).where(Side.connection_id == run.connection_id)))
    if run.status is RunStatus.ERROR:
        for side_id in ids:
            probes.probe(side_id)
