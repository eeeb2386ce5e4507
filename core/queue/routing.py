"""Choose the queue of a run's next attempt."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.db import reading
from core.models import Run, RunKind

UI, SMALL, BIG = "ui", "sync-small", "sync-big"
QUEUES = (UI, SMALL, BIG)
# Runs go to the big queue when the connection's last run read at least this number of employees.
BIG_RUN_EMPLOYEES = 2_000


@dataclass(frozen=True, slots=True)
class Route:
    """Where a run goes next. The task's id contains the attempt, so that a dead task cannot be in its way."""

    run_id: int
    task_id: str
    queue: str


def routes_for(run_ids: Iterable[int]) -> list[Route]:
    """Return the routes of those runs that have not ended."""
    with reading() as session:
        runs = [session.get(Run, run_id) for run_id in run_ids]
        return [
            Route(run.id, f"run-{run.id}-{run.attempt + 1}", _queue(session, run))
            for run in runs
            if run is not None and not run.status.ended
        ]


def _queue(session: Session, run: Run) -> str:
    if run.kind is not RunKind.SYNC:
        return UI
    ended = select(Run.read).where(
        Run.connection_id == run.connection_id, Run.ended_at.is_not(None), Run.skipped == 0
    )
    employees = session.scalar(ended.order_by(Run.id.desc()).limit(1)) or 0
    return BIG if employees >= BIG_RUN_EMPLOYEES else SMALL
