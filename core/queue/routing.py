"""Choose the queue of a run's next attempt."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from core.db import reading
from core.models import Run, RunKind, RunStatus
from core.queue.run_order import HAS_TO_WAIT

UI, SMALL, BIG = "ui", "sync-small", "sync-big"
QUEUES = (UI, SMALL, BIG)
# What the ids of the tasks of runs begin with.
RUN_TASK = "run-"
# Runs go to the big queue when the connection's last run read at least this number of employees.
BIG_RUN_EMPLOYEES = 2_000


@dataclass(frozen=True, slots=True)
class Route:
    """Where a run goes next. The task's id contains the attempt, so that a dead task cannot be in its way."""

    run_id: int
    task_id: str
    queue: str
    account_id: int


def routes_for(run_ids: Iterable[int]) -> list[Route]:
    """Return the routes of those runs that a worker could take: not ended, and not behind another one."""
    query = select(Run).where(Run.id.in_(run_ids), Run.status.in_(RunStatus.unfinished()))
    with reading() as session:
        runs = session.scalars(
            query.where(or_(Run.status != RunStatus.QUEUED, ~HAS_TO_WAIT)).order_by(Run.id)
        )
        return [
            Route(run.id, f"{RUN_TASK}{run.id}-{run.attempt + 1}", _queue(session, run), run.account_id)
            for run in runs.all()
        ]


def _queue(session: Session, run: Run) -> str:
    if run.kind is not RunKind.SYNC:
        return UI
    ended = select(Run.read).where(
        Run.connection_id == run.connection_id, Run.ended_at.is_not(None), Run.skipped == 0
    )
    employees = session.scalar(ended.order_by(Run.id.desc()).limit(1)) or 0
    return BIG if employees >= BIG_RUN_EMPLOYEES else SMALL
