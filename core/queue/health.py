"""The state of the queue, the workers and the scheduler."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from redis import Redis
from redis.exceptions import RedisError
from rq.utils import as_text, utcparse
from rq.worker_registration import REDIS_WORKER_KEYS

from core.clock import now
from core.queue.redis_client import fast_client
from core.queue.routing import QUEUES
from core.queue.task_queue import SafeJob, queue

# A worker without a heartbeat for longer than this counts as dead.
SILENT_SECONDS = 20
SCHEDULER_LOCK = "rq:scheduler_lock"


@dataclass(frozen=True, slots=True)
class Health:
    """The state of the queue: ``waiting`` counts tasks by queue, ``unserved`` names the queues without a worker."""

    reachable: bool = False
    workers: int = 0
    scheduler: bool = False
    waiting: Mapping[str, int] | None = None
    unserved: tuple[str, ...] = QUEUES

    @property
    def sentences(self) -> list[str]:
        """Say, to people who start runs, what keeps runs from starting."""
        if not self.reachable:
            return ["The queue does not respond, so no run starts. Waiting runs start once it is back."]
        sentences = []
        if not self.workers:
            sentences.append("No worker is running, so runs wait. Ask enableHR Support to start one.")
        elif self.unserved:
            sentences.append(
                "Some runs wait, because no worker takes them. Ask enableHR Support to start one."
            )
        if not self.scheduler:
            sentences.append(
                "No scheduler is running, so no schedule starts a run. Ask enableHR Support to start one."
            )
        return sentences


def health() -> Health:
    """Look at Redis without changing anything in it."""
    connection = fast_client()
    try:
        together = connection.pipeline(transaction=False)
        for name in QUEUES:
            together.llen(queue(name, connection).key)
        together.exists(SCHEDULER_LOCK)
        together.smembers(REDIS_WORKER_KEYS)
        *lengths, scheduler, workers = together.execute()
        queues_by_worker = _living_workers(connection, workers)
    except (RedisError, OSError):
        return Health()
    served = {name for queues in queues_by_worker for name in queues}
    unserved = tuple(name for name in QUEUES if name not in served)
    waiting = dict(zip(QUEUES, map(int, lengths), strict=True))
    return Health(True, len(queues_by_worker), bool(scheduler), waiting, unserved)


def _living_workers(connection: Redis, workers: Collection[bytes]) -> list[list[str]]:
    """Return the queues of each worker that is alive."""
    together = connection.pipeline(transaction=False)
    for member in workers:
        together.hmget(member.decode(errors="replace"), "last_heartbeat", "queues", "death")
    living = []
    for heartbeat, queues, death in together.execute():
        if not heartbeat or not queues or death:
            continue
        if abs(now() - utcparse(as_text(heartbeat))) < timedelta(seconds=SILENT_SECONDS):
            living.append(as_text(queues).split(","))
    return living


def next_enqueued_at(name: str) -> datetime | None:
    """Return when the next task of a queue was enqueued; None when there is none. Raises RedisError."""
    connection = fast_client()
    member = cast("bytes | None", connection.lindex(queue(name, connection).key, 0))
    if member is None:
        return None
    stored = connection.hget(SafeJob.key_for(member.decode(errors="replace")), "enqueued_at")
    return utcparse(as_text(stored)) if stored else None
