"""What a queued run waits for: other runs of its connection, or a free worker."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from core.models import Run, RunStatus
from core.queue import task_queue


def ahead_of(session: Session, run: Run) -> list[int]:
    """Return the runs of its connection that a queued run waits for, in their order."""
    earlier = or_(Run.status == RunStatus.RUNNING, (Run.status == RunStatus.QUEUED) & (Run.id < run.id))
    query = select(Run.id).where(Run.connection_id == run.connection_id, earlier)
    return list(session.scalars(query.order_by(Run.status.desc(), Run.id)))


def waits_for(run_id: int, ahead: list[int]) -> str:
    """Say what a queued run waits for. ``ahead`` are the runs of its connection before it."""
    if ahead:
        runs = " and ".join(f"run #{each}" for each in ahead)
        return (
            f"Run #{run_id} is waiting: it starts when {runs} {'has' if len(ahead) == 1 else 'have'} ended."
        )
    tasks = task_queue.runs_before(run_id)
    if tasks is None:
        return f"Run #{run_id} is queued."
    if not tasks:
        return f"Run #{run_id} is queued and comes next: it starts as soon as a worker is free."
    others = "1 run is" if tasks == 1 else f"{tasks:,} runs are"
    return f"Run #{run_id} is queued: all workers are busy, and {others} before it."
