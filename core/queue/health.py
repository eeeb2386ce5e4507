"""The state of the queue, the workers and the scheduler."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from redis import Redis
from redis.exceptions import RedisError
from rq.utils import as_text, utcparse
from rq.worker_registration import get_keys

from core.clock import now
from core.queue.redis_client import fast_client
from core.queue.routing import QUEUES
from core.queue.task_queue import queue

# A worker without a heartbeat for longer than this counts as dead.
SILENT_SECONDS = 60
SCHEDULER_LOCK = "rq:scheduler_lock"


@dataclass(frozen=True, slots=True)
class Health:
    """The state of the queue: ``waiting`` counts tasks by queue, ``unserved`` names the queues without a worker."""

    reachable: bool = False
    workers: int = 0
    scheduler: bool = False
    waiting: Mapping[str, int] | None = None
    unserved: tuple[str, ...] = QUEUES


def health() -> Health:
    """Look at Redis without changing anything in it."""
    connection = fast_client()
    try:
        queues_by_worker = _living_workers(connection)
        waiting = {name: int(connection.llen(queue(name, connection).key)) for name in QUEUES}
        scheduler = bool(connection.exists(SCHEDULER_LOCK))
    except (RedisError, OSError):
        return Health()
    served = {name for queues in queues_by_worker for name in queues}
    unserved = tuple(name for name in QUEUES if name not in served)
    return Health(True, len(queues_by_worker), scheduler, waiting, unserved)


def _living_workers(connection: Redis) -> list[list[str]]:
    """Return the queues of each living worker."""
    living = []
    for key in get_keys(connection=connection):
        heartbeat, queues, death = connection.hmget(key, "last_heartbeat", "queues", "death")
        if not heartbeat or not queues or death:
            continue
        if now() - utcparse(as_text(heartbeat)) < timedelta(seconds=SILENT_SECONDS):
            living.append(as_text(queues).split(","))
    return living
