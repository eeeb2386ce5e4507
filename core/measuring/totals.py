"""Totals of all runs in Redis, for measuring from outside. They begin at 0 again when Redis is emptied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

import structlog
from redis.exceptions import RedisError
from sqlalchemy import select
from sqlalchemy.orm import undefer

from core.db import reading
from core.models import Run, Side
from core.queue.redis_client import fast_client

log = structlog.get_logger()

KEY = "ihub:totals"
LEASE_LOSSES = "lease_losses"
OUTCOMES = "unchanged", "filtered", "held", "created", "updated", "terminated", "errors"


def count_ended(run_id: int) -> None:
    """Count a run that has ended: its status, records, requests, and how late it began. Redis may be down."""
    with reading() as session:
        run = session.get_one(Run, run_id, options=[undefer(Run.measures)])
        sides = session.execute(
            select(Side.position, Side.kind).where(Side.connection_id == run.connection_id)
        )
        kinds = {row.position.value.lower(): row.kind for row in sides}
    _add(_increments(run, kinds))


def count_lease_loss() -> None:
    """Count a worker that found that its run has passed to another one. Redis may be down."""
    _add({LEASE_LOSSES: 1})


def load() -> dict[str, float]:
    """Return all totals by name: a kind, and after a colon what it is about. Raises RedisError."""
    stored = cast("dict[bytes, bytes]", fast_client().hgetall(KEY))
    return {name.decode(): float(value) for name, value in stored.items()}


def _increments(run: Run, kinds: Mapping[str, str]) -> dict[str, float]:
    counted: dict[str, float] = {f"runs:{run.status.value}": 1, "resumptions": max(0, run.attempt - 1)}
    counted |= {f"records:{outcome}": getattr(run, outcome) for outcome in OUTCOMES}
    for side, kind in kinds.items():
        for name, number in _traffic((run.measures or {}).get(side) or {}):
            key = f"{name}:{kind}"
            counted[key] = counted.get(key, 0) + number
    if run.due_at is not None and run.started_at is not None:
        counted |= {"delayed": 1, "delay": max(0.0, (run.started_at - run.due_at).total_seconds())}
    return counted


def _traffic(measured: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for name, stored in (("requests", "calls"), ("refused", "refused"), ("waited", "waited")):
        yield name, measured.get(stored, 0)


def _add(increments: Mapping[str, float]) -> None:
    try:
        with fast_client().pipeline(transaction=False) as pipeline:
            for name, number in increments.items():
                if number:
                    pipeline.hincrbyfloat(KEY, name, number)
            pipeline.execute()
    except (RedisError, OSError) as error:
        log.info("totals.not_counted", error=type(error).__name__)
