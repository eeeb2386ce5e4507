"""The tasks of the workers: the only functions that a task may name (core.queue.task_queue holds the list)."""

from __future__ import annotations

from types import TracebackType

import structlog
from sqlalchemy import select

from core.alerts import pay_day_misses
from core.alerts.sending import delivery
from core.db import reading
from core.jobs import closed_hours, due_schedules, run_queue
from core.mapping import choices, sample_reading
from core.measuring import totals, traces
from core.models import Run, RunStatus, Side
from core.people import name_index
from core.queue.redis_client import fast_client
from core.queue.task_queue import enqueue_run
from core.sides import probes
from core.sync import engine

log = structlog.get_logger()


def sync_run(run_id: int) -> None:
    """Execute a run, unless another worker has it or the connection is busy; then enqueue the next one."""
    status = None
    try:
        status = engine.execute(run_id, closing=closed_hours.closing_of_run(run_id))
        if status is not None and status.ended:
            totals.count_ended(run_id)
            traces.send_ended(run_id)
            probe_after_error(run_id)
            name_index.refresh_after(run_id)
    finally:
        if status is RunStatus.RUNNING:
            enqueue_run(run_id)
        else:
            run_queue.enqueue_next(run_id)


def look_after_side(side_id: int) -> None:
    """Refresh the sign-in of a connected side and check that its system still accepts it."""
    probes.probe_if_due(side_id)


def read_mapping_sample(sample_id: int) -> None:
    """Read the few employees that somebody wants to see under a draft of a mapping."""
    sample_reading.read(sample_id)


def read_choices(side_id: int) -> None:
    """Read the lists of a side's system from which values are chosen."""
    choices.read_side(side_id)


def deliver_alerts() -> None:
    """Send the mails and call the webhooks that are due."""
    delivery.deliver_due()


def forecast_pay_day(connection_id: int) -> None:
    """Find out how many people would miss the next pay of a connection, for its alerts."""
    pay_day_misses.look(fast_client(), connection_id)


def run_schedule(schedule_id: int) -> None:
    """Execute the run of a due schedule. Only a stock rq-scheduler calls this; ours hands the run over itself."""
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
    """Log that a task failed: its process was killed, or iHUB has a defect. The run resumes when its lease expires."""
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    where = f"{traceback.tb_frame.f_globals.get('__name__')}:{traceback.tb_lineno}" if traceback else None
    log.error("task.failed", task=getattr(task, "id", None), error=kind.__name__, where=where)


def request_stop() -> None:
    """Ask the run in this process to stop at its next safe point."""
    engine.request_stop()


def probe_after_error(run_id: int) -> None:
    """Check both systems after a run that ended in ERROR, so that a rejected sign-in shows at once."""
    with reading() as session:
        run = session.get_one(Run, run_id)
        ids = list(session.scalars(select(Side.id).where(Side.connection_id == run.connection_id)))
    if run.status is RunStatus.ERROR:
        for side_id in ids:
            probes.probe(side_id)
