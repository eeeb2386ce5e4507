"""Make rq-scheduler dependable: start what the store says is due.

The sorted set and the interface of rq-scheduler stay. What differs: each occurrence gets a run in the store and its own
task; the next time is set before the old one is removed; the lock has an owner; a schedule that raises is tried again
within a minute; a name that cannot be read is dropped; the scheduler survives outages of Redis and of the store; and it
repairs Redis from the store every few seconds.

All of this is one file, because the parts change the same sorted set and are safe only together.
"""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import uuid4

import structlog
from redis import Redis
from redis.exceptions import RedisError
from rq.job import JobStatus
from rq.registry import StartedJobRegistry
from rq.scripts import acquire_or_refresh_lock, release_lock
from rq.serializers import JSONSerializer
from rq_scheduler import Scheduler

from core import store_errors, store_version
from core.alerts import pay_day_misses, states
from core.alerts.sending import outbox, run_signals
from core.jobs import cancellation, due_schedules
from core.jobs.calendar import final_sweeps
from core.mapping import samples
from core.queue import installation, unreadable
from core.queue.installation import RedisOfStore
from core.queue.redis_client import fast_client
from core.queue.routing import QUEUES, SMALL
from core.queue.task_queue import (
    RUN_SCHEDULE,
    SafeJob,
    enqueue_alerts,
    enqueue_forecasts,
    enqueue_runs,
    enqueue_side_probes,
)
from core.retention import removal
from core.runs import lease
from core.settings import settings
from core.sides import probes
from core.sync.store import kept_plans

log = structlog.get_logger()

PREFIX = "schedule-"
OUTAGES = (RedisError, OSError, *store_errors.OUTAGES)
LONGEST_WAIT = 15.0
# Redis keeps moments as floating-point numbers.
SAME_MOMENT_SECONDS = 0.001


# ── one schedule in Redis ────────────────────────────────────────────────────


def enqueue(schedule_id: int, due_at: datetime) -> bool:
    """Tell Redis when a schedule is due. False when Redis cannot be reached: the scheduler then does it later."""
    return _attempt(
        "schedule.enqueue_failed", schedule_id, lambda: _enqueue(fast_client(), schedule_id, due_at)
    )


def remove(schedule_id: int) -> bool:
    """Remove a schedule from Redis. False when Redis cannot be reached: the scheduler then does it later."""
    return _attempt(
        "schedule.remove_failed", schedule_id, lambda: _remove(fast_client(), f"{PREFIX}{schedule_id}")
    )


def _attempt(event: str, schedule_id: int, change: Callable[[], None]) -> bool:
    try:
        change()
    except (RedisError, OSError) as error:
        log.warning(event, schedule=schedule_id, error=type(error).__name__)
        return False
    return True


def _enqueue(connection: Redis, schedule_id: int, due_at: datetime) -> None:
    name = f"{PREFIX}{schedule_id}"
    task = SafeJob.create(
        RUN_SCHEDULE,
        args=(schedule_id,),
        id=name,
        connection=connection,
        origin=SMALL,
        status=JobStatus.SCHEDULED,
        result_ttl=-1,
        serializer=JSONSerializer,
    )
    with connection.pipeline() as pipeline:
        task.save(pipeline=pipeline)
        pipeline.zadd(Scheduler.scheduled_jobs_key, {name: due_at.timestamp()})
        pipeline.execute()


def _remove(connection: Redis, name: str) -> None:
    with connection.pipeline() as pipeline:
        pipeline.zrem(Scheduler.scheduled_jobs_key, name)
        pipeline.delete(SafeJob.key_for(name))
        pipeline.execute()


def _schedule_id(name: str) -> int | None:
    number = name.removeprefix(PREFIX)
    return int(number) if name.startswith(PREFIX) and number.isdecimal() else None


# ── the scheduler ────────────────────────────────────────────────────────────


class HubScheduler(Scheduler):  # type: ignore[misc]
    """The scheduler process. Several may run; the one that holds the lock leads, until its lock expires."""

    lock_seconds = 15
    # Reconciling sets the due time again, so that a schedule that failed is usually tried again sooner.
    retry_seconds = 60
    batch = 200

    def __init__(self, connection: Redis, interval: float | None = None) -> None:
        """Connect, and look for due schedules every ``interval`` seconds."""
        name = f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:6]}"
        interval = interval or settings().schedule_tick_seconds
        super().__init__(SMALL, interval=interval, connection=connection, name=name, job_class=SafeJob)
        self._stopping = False
        self._redis_of_store = RedisOfStore()
        self._repaired_at = float("-inf")

    def acquire_lock(self) -> bool:
        """Take or renew the lock; say whether this scheduler leads."""
        outcome = acquire_or_refresh_lock(
            self.connection, self.scheduler_lock_key, self.name, self.lock_seconds
        )
        if outcome == "acquired":
            log.info("scheduler.leader_acquired", scheduler=self.name)
            self._repaired_at = float("-inf")  # a new leader, or an emptied Redis: repair at once
        elif outcome == "taken" and self.connection.ttl(self.scheduler_lock_key) > self.lock_seconds:
            # Redis counts by its machine's clock, which was ahead when the lock was taken.
            self.connection.expire(self.scheduler_lock_key, self.lock_seconds)
        self._lock_acquired = outcome != "taken"
        return self._lock_acquired

    def remove_lock(self) -> None:
        """Release the lock, if this scheduler holds it."""
        if self._lock_acquired:
            release_lock(self.connection, self.scheduler_lock_key, self.name)
            self._lock_acquired = False

    def enqueue_jobs(self) -> int:
        """Fire all schedules that are due; return how many runs were requested."""
        fired = 0
        while due := self._due():
            fired += sum(self._fire_or_put_off(name) for name in due)
            if not self.acquire_lock():
                break
        return fired

    def _due(self) -> list[str]:
        names = self.connection.zrangebyscore(
            self.scheduled_jobs_key, "-inf", time.time(), start=0, num=self.batch
        )
        return unreadable.decode(self.connection, self.scheduled_jobs_key, names)

    def _fire_or_put_off(self, name: str) -> bool:
        try:
            return self.fire(name)
        except OUTAGES:
            raise
        except Exception as error:  # noqa: BLE001 - one bad schedule must not stop the others
            log.error(
                "schedule.failed", schedule=name, error=type(error).__name__, retry_in=self.retry_seconds
            )
            self.connection.zadd(self.scheduled_jobs_key, {name: time.time() + self.retry_seconds}, xx=True)
            return False

    def fire(self, name: str) -> bool:
        """Request the run in the store, hand it to the workers and set the next time; say whether there is a run."""
        schedule_id = _schedule_id(name)
        fired = due_schedules.fire(schedule_id) if schedule_id is not None else due_schedules.Fired()
        if fired.run_id is not None:
            log.info("schedule.fired", schedule=schedule_id, run=fired.run_id)
            enqueue_runs(self.connection, [fired.run_id])
        if fired.next_due_at is None:
            _remove(self.connection, name)
        else:
            self.connection.zadd(self.scheduled_jobs_key, {name: fired.next_due_at.timestamp()}, xx=True)
        return fired.run_id is not None

    def reconcile(self) -> None:
        """Make Redis hold what the store says: add what is missing, remove what should not be there."""
        unreadable.drop_all(self.connection)
        self._restore_schedules()
        final_sweeps.request_due()  # what it requests is enqueued with the others
        lease.shorten_implausible()
        enqueue_runs(self.connection, lease.claimable())
        kept_plans.expire()
        samples.delete_old()
        removal.remove_old()
        enqueue_side_probes(self.connection, probes.due_sides())
        self._tell_people()
        for queue_name in QUEUES:
            registry = StartedJobRegistry(
                queue_name, connection=self.connection, job_class=SafeJob, serializer=JSONSerializer
            )
            registry.cleanup()

    def _tell_people(self) -> None:
        """Record what has changed of connections and runs, and have the workers send what is due."""
        try:
            states.refresh()
            run_signals.store()
            outbox.delete_old()
            enqueue_forecasts(self.connection, pay_day_misses.due(self.connection))
        except OUTAGES:
            raise
        except Exception as error:  # noqa: BLE001 - what people hear must not stop schedules and runs
            log.error("alerts.failed", error=type(error).__name__)
        if outbox.any_due():
            enqueue_alerts(self.connection)

    def _restore_schedules(self) -> None:
        due_schedules.pull_back()
        due_at_by_id = due_schedules.due_moments()
        scores = dict(self.connection.zrange(self.scheduled_jobs_key, 0, -1, withscores=True))
        names = unreadable.decode(self.connection, self.scheduled_jobs_key, scores)
        in_redis = {name: scores[name.encode()] for name in names}
        for schedule_id, due_at in due_at_by_id.items():
            name = f"{PREFIX}{schedule_id}"
            differs = abs(in_redis.pop(name, 0.0) - due_at.timestamp()) > SAME_MOMENT_SECONDS
            if differs or not self.connection.exists(SafeJob.key_for(name)):
                _enqueue(self.connection, schedule_id, due_at)
        for name in in_redis:  # what is left is not in the store
            _remove(self.connection, name)

    def run(self, burst: bool = False) -> None:
        """Fire what is due and repair Redis until asked to stop; outages do not end it."""
        self._install_signal_handlers()
        wait = 1.0
        while not self._stopping:
            try:
                pause, wait = self._tick(), 1.0
            except Exception as error:  # noqa: BLE001 - neither an outage nor a defect may end the only scheduler
                log.warning("scheduler.outage", error=type(error).__name__, retry_in=wait)
                pause, wait = wait, min(wait * 2, LONGEST_WAIT)
            if burst:
                break
            self._pause(pause)
        self._leave()

    def _tick(self) -> float:
        """Do what is due, if this scheduler leads and fits the store. Return the seconds until the next time."""
        if reason := self._why_waiting():
            pause = settings().reconcile_seconds
            log.warning("scheduler.waits", reason=reason, retry_in=pause)
            self.remove_lock()
            return pause
        if not self.connection.expire(self.key, int(self._interval) + 10):
            self.register_birth()
        if not self.acquire_lock():
            return float(self._interval)
        if time.monotonic() - self._repaired_at >= settings().reconcile_seconds:
            if reason := self._redis_of_store.other_redis(self.connection):
                log.warning("scheduler.second_redis", reason=reason)
            self.reconcile()
            self._repaired_at = time.monotonic()
        self.enqueue_jobs()
        cancellation.end_abandoned()
        return float(self._interval)

    def _why_waiting(self) -> str | None:
        return store_version.why_waiting() or installation.other_store(self.connection)

    def _pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._stopping and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, 0.2))

    def _leave(self) -> None:
        try:
            self.remove_lock()
            self.register_death()
        except (RedisError, OSError) as error:
            log.warning("scheduler.deregister_failed", error=type(error).__name__)
        log.info("scheduler.stopped", scheduler=self.name)

    def _install_signal_handlers(self) -> None:
        def stop(*_: Any) -> None:
            self._stopping = True

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
