"""What a queued run waits for: other runs of its connection, or a free worker."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from core.models import Run, RunStatus
from core.queue import task_queue
from core.runs import messages


def ahead_of(session: Session, run: Run) -> list[int]:
    """Return the runs of its connection that a queued run waits for, in their order."""
    earlier = or_(Run.status == RunStatus.RUNNING, (Run.status == RunStatus.QUEUED) & (Run.id < run.id))
    query = select(Run.id).where(Run.connection_id == run.connection_id, earlier)
    return list(session.scalars(query.order_by(Run.status.desc(), Run.id)))


def waits_for(run: Run, ahead: Sequence[int]) -> str:
    """Say what a queued run waits for. ``ahead`` are the runs of its connection before it."""
    name = f"{messages.KIND_NAMES[run.kind]} #{run.id}"
    if ahead:
        has = "has" if len(ahead) == 1 else "have"
        return f"{name} is waiting: it starts when {_runs(ahead)} {has} ended."
    tasks = task_queue.runs_before(run.id)
    if tasks is None:
        return f"{name} is queued."
    if not tasks:
        return f"{name} is queued and comes next: it starts as soon as a worker is free."
    others = "1 run is" if tasks == 1 else f"{tasks:,} runs are"
    return f"{name} is queued: all workers are busy, and {others} before it."


def _runs(run_ids: Sequence[int]) -> str:
    *others, last = (f"#{run_id}" for run_id in run_ids)
    return f"runs {', '.join(others)} and {last}" if others else f"run {last}"
