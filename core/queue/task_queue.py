"""Enqueue runs for the workers in Redis.

Redis only wakes workers up: the scheduler restores from the store what is lost there. A task carries the id of its run
and nothing else, travels as JSON, and may name only the functions of core.jobs.tasks.

One file, because every kind of task is enqueued under the same rule: once, unless the one before it is dead.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from typing import Any, cast

import structlog
from redis import Redis
from redis.exceptions import RedisError
from rq import Callback, Queue
from rq.exceptions import DuplicateJobError, NoSuchJobError
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer
from rq.utils import import_attribute

from core.clock import now
from core.queue import run_order
from core.queue.redis_client import fast_client
from core.queue.routing import QUEUES, RUN_TASK, UI, Route, routes_for
from core.settings import settings

log = structlog.get_logger()

SYNC_RUN = "core.jobs.tasks.sync_run"
RUN_SCHEDULE = "core.jobs.tasks.run_schedule"
TASK_FAILED = "core.jobs.tasks.task_failed"
LOOK_AFTER_SIDE = "core.jobs.tasks.look_after_side"
READ_MAPPING_SAMPLE = "core.jobs.tasks.read_mapping_sample"
READ_CHOICES = "core.jobs.tasks.read_choices"
DELIVER_ALERTS = "core.jobs.tasks.deliver_alerts"
FORECAST_PAY_DAY = "core.jobs.tasks.forecast_pay_day"
_OF_RUNS = {SYNC_RUN, RUN_SCHEDULE, TASK_FAILED}
_SHORT = {LOOK_AFTER_SIDE, READ_MAPPING_SAMPLE, READ_CHOICES, DELIVER_ALERTS, FORECAST_PAY_DAY}
ALLOWED = frozenset(_OF_RUNS | _SHORT)

# Tasks and schedules of version 0.1 may still be in Redis after an upgrade, under the function names of that version.
# The next version removes this table (docs/operations.md says so too).
NAMES_OF_VERSION_0_1 = {
    "core.tasks.sync_run": SYNC_RUN,
    "core.tasks.run_schedule": RUN_SCHEDULE,
    "core.tasks.task_failed": TASK_FAILED,
    "core.tasks.look_after_side": LOOK_AFTER_SIDE,
}

# Far longer than any run: the lease in the store tells a dead worker from a busy one, not this timeout.
TASK_SECONDS = 24 * 3600
SIDE_PROBE_SECONDS = 600
SAMPLE_SECONDS = 120
DELIVERY_SECONDS, ALERTS_TASK = 600, "alerts"
FORECAST_SECONDS = 600
RESULT_SECONDS = 60
FAILURE_SECONDS = 3600


class ForbiddenTaskError(Exception):
    """A task names a function that iHUB does not run."""


class SafeJob(Job):
    """A task in JSON whose function and callbacks are allowed; no other task runs."""

    def __init__(
        self, id: str | None = None, connection: Redis | None = None, serializer: object = None
    ) -> None:
        """Read and write JSON, whatever serializer is asked for."""
        del serializer
        super().__init__(id, connection, JSONSerializer)

    @property
    def func(self) -> Any:
        """Return the function, if it is allowed."""
        name = _require_allowed(self.func_name)
        if self.instance is not None:
            raise ForbiddenTaskError("A task names a method; iHUB runs functions only.")
        return import_attribute(name) if name else None

    @property
    def success_callback(self) -> Any:
        """Return the callback for successes, if it is allowed."""
        self._success_callback_name = _require_allowed(self._success_callback_name)
        return super().success_callback

    @property
    def failure_callback(self) -> Any:
        """Return the callback for failures, if it is allowed."""
        self._failure_callback_name = _require_allowed(self._failure_callback_name)
        return super().failure_callback

    @property
    def stopped_callback(self) -> Any:
        """Return the callback for stopped tasks, if it is allowed."""
        self._stopped_callback_name = _require_allowed(self._stopped_callback_name)
        return super().stopped_callback


def _require_allowed(name: str | None) -> str | None:
    """Return the current name of a function that tasks may name. Raises ForbiddenTaskError for any other."""
    if not name:
        return name
    name = NAMES_OF_VERSION_0_1.get(name, name)
    if name not in ALLOWED:
        raise ForbiddenTaskError("A task names a function that iHUB does not run.")
    return name


def queue(name: str, connection: Redis) -> Queue:
    """Return a queue of safe tasks."""
    return Queue(name, connection=connection, job_class=SafeJob, serializer=JSONSerializer)


def enqueue_run(run_id: int) -> bool:
    """Enqueue a run; False when Redis cannot be reached: the scheduler then enqueues it later."""
    try:
        enqueue_runs(fast_client(), [run_id])
    except (RedisError, OSError) as error:
        log.warning("queue.unreachable", run=run_id, error=type(error).__name__)
        return False
    return True


def enqueue_runs(connection: Redis, run_ids: Iterable[int]) -> int:
    """Enqueue those runs that have no task yet; return how many they were. Raises RedisError."""
    routes = routes_for(run_ids)
    waiting = {
        task_id for name in {route.queue for route in routes} for task_id in _waiting(name, connection)
    }
    return sum(_enqueue(route, connection) for route in routes if route.task_id not in waiting)


def runs_before(run_id: int) -> int | None:
    """Return how many runs the workers take before this one; None when it is in no queue, or Redis does not respond."""
    connection, before = fast_client(), 0
    routes = routes_for([run_id])
    try:
        for name in QUEUES:
            tasks = _waiting(name, connection)
            for route in routes:
                if route.task_id in tasks:
                    return before + _count_runs(tasks[: tasks.index(route.task_id)])
            before += _count_runs(tasks)
    except (RedisError, OSError):
        return None
    return None


def _count_runs(tasks: Iterable[str]) -> int:
    return sum(task_id.startswith(RUN_TASK) for task_id in tasks)


def _waiting(name: str, connection: Redis) -> list[str]:
    """Return the ids of the tasks in a queue. One that is no text stops nobody (core/queue/unreadable.py)."""
    members = cast("list[bytes]", connection.lrange(queue(name, connection).key, 0, -1))
    return [member.decode(errors="replace") for member in members]


def _enqueue(route: Route, connection: Redis) -> bool:
    tasks = queue(route.queue, connection)
    for _ in range(2):
        try:
            tasks.enqueue_call(
                SYNC_RUN,
                args=(route.run_id,),
                job_id=route.task_id,
                unique=True,
                timeout=TASK_SECONDS,
                result_ttl=RESULT_SECONDS,
                failure_ttl=FAILURE_SECONDS,
                on_failure=Callback(TASK_FAILED),
            )
        except DuplicateJobError:
            if not _remove_dead_task(route.task_id, connection):
                return False
        else:
            run_order.place_fairly(connection, route.queue, tasks.key, route.task_id, route.account_id)
            log.info("run.enqueued", run=route.run_id, task=route.task_id, queue=route.queue)
            return True
    return False


def _remove_dead_task(task_id: str, connection: Redis) -> bool:
    """Remove a task that has ended, or that a worker took and never began; False while it may be alive."""
    try:
        task = SafeJob.fetch(task_id, connection)
    except NoSuchJobError:
        return True
    if task.get_status(refresh=False) in (JobStatus.QUEUED, JobStatus.STARTED):
        taken_at = task.started_at or task.enqueued_at
        # A moment far ahead was noted before the clock was set back.
        if taken_at is not None and abs(now() - taken_at) < timedelta(seconds=settings().lease_seconds):
            return False
    task.delete()
    return True


def enqueue_side_probes(connection: Redis, side_ids: Iterable[int]) -> None:
    """Enqueue probes of sides of connections, each once. Raises RedisError."""
    _enqueue_each(connection, LOOK_AFTER_SIDE, side_ids, "side", SIDE_PROBE_SECONDS)


def enqueue_forecasts(connection: Redis, connection_ids: Iterable[int]) -> None:
    """Enqueue the forecasts of connections' next pays, each once. Raises RedisError."""
    _enqueue_each(connection, FORECAST_PAY_DAY, connection_ids, "pay-day", FORECAST_SECONDS)


def enqueue_alerts(connection: Redis) -> None:
    """Enqueue the delivery of alerts, once. Raises RedisError."""
    if ALERTS_TASK not in _waiting(UI, connection):
        _enqueue_once(connection, DELIVER_ALERTS, None, ALERTS_TASK, DELIVERY_SECONDS)


def enqueue_mapping_sample(sample_id: int) -> bool:
    """Enqueue the reading of a few employees for a mapping; False when Redis cannot be reached."""
    task_id = f"mapping-sample-{sample_id}"
    try:
        _enqueue_once(fast_client(), READ_MAPPING_SAMPLE, sample_id, task_id, SAMPLE_SECONDS)
    except (RedisError, OSError) as error:
        log.warning("queue.unreachable", sample=sample_id, error=type(error).__name__)
        return False
    return True


def enqueue_choices(side_id: int) -> bool:
    """Enqueue the reading of the lists of a side's system, once; False when Redis cannot be reached."""
    connection, task_id = fast_client(), f"choices-{side_id}"
    try:
        if task_id not in _waiting(UI, connection):
            _enqueue_once(connection, READ_CHOICES, side_id, task_id, SIDE_PROBE_SECONDS)
    except (RedisError, OSError) as error:
        log.warning("queue.unreachable", side=side_id, error=type(error).__name__)
        return False
    return True


def _enqueue_each(connection: Redis, function: str, ids: Iterable[int], name: str, seconds: int) -> None:
    waiting = set(_waiting(UI, connection))
    for about in ids:
        if f"{name}-{about}" not in waiting:
            _enqueue_once(connection, function, about, f"{name}-{about}", seconds)


def _enqueue_once(connection: Redis, function: str, about: int | None, task_id: str, seconds: int) -> None:
    """Enqueue a short task about one thing, or about all, unless it is being done. Raises RedisError."""
    if not _remove_dead_task(task_id, connection):
        return
    with suppress(DuplicateJobError):
        queue(UI, connection).enqueue_call(
            function,
            args=() if about is None else (about,),
            job_id=task_id,
            unique=True,
            timeout=seconds,
            result_ttl=0,
            failure_ttl=0,
        )
