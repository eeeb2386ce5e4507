"""Hand runs to the workers over Redis.

Redis only wakes workers up: what is lost there is put back from the store by the scheduler. A task carries the id
of its run and nothing else, travels as JSON, and may only name functions of core.jobs.tasks.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import structlog
from redis import Redis
from redis.exceptions import RedisError
from rq import Callback, Queue
from rq.exceptions import DuplicateJobError, NoSuchJobError
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer

from core.clock import now
from core.queue.redis_client import quick
from core.queue.routing import UI, Place, places
from core.settings import settings

log = structlog.get_logger()

SYNC_RUN = "core.jobs.tasks.sync_run"
RUN_SCHEDULE = "core.jobs.tasks.run_schedule"
TASK_FAILED = "core.jobs.tasks.task_failed"
LOOK_AFTER_SIDE = "core.jobs.tasks.look_after_side"
ALLOWED = frozenset({SYNC_RUN, RUN_SCHEDULE, TASK_FAILED, LOOK_AFTER_SIDE})

# Far beyond any run: the lease in the store tells a dead worker from a busy one, not this.
TASK_SECONDS = 24 * 3600
RESULT_SECONDS = 60
FAILURE_SECONDS = 3600


# ── connections ──────────────────────────────────────────────────────────────


# ── tasks ────────────────────────────────────────────────────────────────────


class ForbiddenTaskError(Exception):
    """A task names a function that is not one of ours."""


class SafeJob(Job):
    """A task in JSON whose function and callbacks are on the list; anything else does not run."""

    def __init__(
        self, id: str | None = None, connection: Redis | None = None, serializer: object = None
    ) -> None:
        """Read and write JSON, whatever serializer is asked for."""
        super().__init__(id, connection, JSONSerializer)

    @property
    def func(self) -> Any:
        """Return the function, if it is allowed."""
        _require(self.func_name)
        if self.instance is not None:
            raise ForbiddenTaskError("A task names a method; iHUB runs functions only.")
        return super().func

    @property
    def success_callback(self) -> Any:
        """Return the callback for successes, if it is allowed."""
        _require(self._success_callback_name)
        return super().success_callback

    @property
    def failure_callback(self) -> Any:
        """Return the callback for failures, if it is allowed."""
        _require(self._failure_callback_name)
        return super().failure_callback

    @property
    def stopped_callback(self) -> Any:
        """Return the callback for stopped tasks, if it is allowed."""
        _require(self._stopped_callback_name)
        return super().stopped_callback


def _require(name: str | None) -> None:
    if name and name not in ALLOWED:
        raise ForbiddenTaskError("A task names a function that iHUB does not run.")


def queue(name: str, connection: Redis) -> Queue:
    """Return a queue of safe tasks."""
    return Queue(name, connection=connection, job_class=SafeJob, serializer=JSONSerializer)


# ── handing runs over ────────────────────────────────────────────────────────


def enqueue(run_id: int) -> bool:
    """Hand a run to the workers; False when Redis cannot be reached: the scheduler then does it later."""
    try:
        hand_over(quick(), [run_id])
    except (RedisError, OSError) as error:
        log.warning("queue.unreachable", run=run_id, error=type(error).__name__)
        return False
    return True


def hand_over(connection: Redis, run_ids: Iterable[int]) -> int:
    """Hand over those runs that no task stands for yet; return how many they were. Raises RedisError."""
    wanted = places(run_ids)
    waiting = {
        task for name in {place.queue for place in wanted} for task in queue(name, connection).get_job_ids()
    }
    return sum(_push(place, connection) for place in wanted if place.task_id not in waiting)


def _push(place: Place, connection: Redis) -> bool:
    for _ in range(2):
        try:
            queue(place.queue, connection).enqueue_call(
                SYNC_RUN,
                args=(place.run_id,),
                job_id=place.task_id,
                unique=True,
                timeout=TASK_SECONDS,
                result_ttl=RESULT_SECONDS,
                failure_ttl=FAILURE_SECONDS,
                on_failure=Callback(TASK_FAILED),
            )
        except DuplicateJobError:
            if not _removed(place.task_id, connection):
                return False
        else:
            log.info("run.enqueued", run=place.run_id, task=place.task_id, queue=place.queue)
            return True
    return False


def _removed(task_id: str, connection: Redis) -> bool:
    """Remove a task that has ended, or that somebody took from the queue and never began; False while it may live."""
    try:
        task = SafeJob.fetch(task_id, connection)
    except NoSuchJobError:
        return True
    if task.get_status(refresh=False) in (JobStatus.QUEUED, JobStatus.STARTED):
        taken_at = task.started_at or task.enqueued_at
        if taken_at is not None and now() - taken_at < timedelta(seconds=settings().lease_seconds):
            return False
    task.delete()
    return True


def look_after(connection: Redis, side_ids: Iterable[int]) -> None:
    """Let a worker look after sides of connections; one that waits already is left alone. Raises RedisError."""
    waiting = set(queue(UI, connection).get_job_ids())
    for side_id in side_ids:
        task_id = f"side-{side_id}"
        if task_id in waiting or not _removed(task_id, connection):
            continue
        with suppress(DuplicateJobError):
            queue(UI, connection).enqueue_call(
                LOOK_AFTER_SIDE,
                args=(side_id,),
                job_id=task_id,
                unique=True,
                timeout=600,
                result_ttl=0,
                failure_ttl=0,
            )


# ── health ───────────────────────────────────────────────────────────────────
