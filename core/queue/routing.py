"""Which queue the next attempt of a run belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import select

from core.db import reading
from core.models import Run, RunKind

UI, SMALL, BIG = "ui", "sync-small", "sync-big"
QUEUES = (UI, SMALL, BIG)
# Employees read by a connection's last run from which on its runs go to the queue of the big ones.
BIG_FROM = 2_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run goes next. The task's id holds the attempt, so that no dead task stands in its way."""

    run_id: int
    task_id: str
    queue: str


def places(run_ids: Iterable[int]) -> list[Place]:
    """Return the places of those runs that have not ended."""
    return list(_places(run_ids))


def _places(run_ids: Iterable[int]) -> Iterator[Place]:
    with reading() as session:
        for run_id in run_ids:
            run = session.get(Run, run_id)
            if run is None or run.status.ended:
                continue
            last = select(Run.read).where(Run.connection_id == run.connection_id, Run.ended_at.is_not(None))
            size = session.scalar(last.order_by(Run.id.desc()).limit(1)) or 0
            yield Place(run_id, f"run-{run_id}-{run.attempt + 1}", _queue(run.kind, size))


def _queue(kind: RunKind, size: int) -> str:
    if kind is not RunKind.SYNC:
        return UI
    return BIG if size >= BIG_FROM else SMALL
