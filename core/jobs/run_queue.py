"""Start the next run of a connection once one has ended."""

from __future__ import annotations

import structlog

from core.db import reading
from core.models import Run
from core.queue import task_queue
from core.runs import lease

log = structlog.get_logger()

UNKNOWN = (
    "The store does not know this run, so it is dropped. Most likely the store was restored from a backup."
)


def enqueue_next(run_id: int) -> None:
    """Enqueue the run that waited behind one that has ended, if there is one. The scheduler makes up for a failure."""
    with reading() as session:
        run = session.get(Run, run_id)
    if run is None:
        log.warning("run.unknown", run=run_id, reason=UNKNOWN)
        return
    if not run.status.ended:
        return
    next_run = lease.next_of(run.connection_id)
    if next_run is not None:
        task_queue.enqueue_run(next_run)
