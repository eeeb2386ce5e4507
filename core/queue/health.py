"""How queue, workers and scheduler are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from redis import Redis
from redis.exceptions import RedisError
from rq.utils import as_text, utcparse
from rq.worker_registration import get_keys

from core.clock import now
from core.queue.redis_client import quick
from core.queue.routing import QUEUES
from core.queue.task_queue import queue

# A worker that has not been heard of for longer counts as dead.
SILENT_SECONDS = 60


SCHEDULER_LOCK = "rq:scheduler_lock"


@dataclass(frozen=True, slots=True)
class Health:
    """How queue, workers and scheduler are. ``waiting`` counts tasks a queue; ``unserved`` queues have no worker."""

    reachable: bool = False
    workers: int = 0
    scheduler: bool = False
    waiting: Mapping[str, int] | None = None
    unserved: tuple[str, ...] = QUEUES


def health() -> Health:
    """Look at Redis without changing anything in it."""
    connection = quick()
    try:
        served = _served(connection)
        waiting = {name: int(connection.llen(queue(name, connection).key)) for name in QUEUES}
        leading = bool(connection.exists(SCHEDULER_LOCK))
    except (RedisError, OSError):
        return Health()
    unserved = tuple(name for name in QUEUES if not any(name in names for names in served))
    return Health(True, len(served), leading, waiting, unserved)


def _served(connection: Redis) -> list[list[str]]:
    """Return the queues of each living worker."""
    served = []
    for key in get_keys(connection=connection):
        heard, queues, death = connection.hmget(key, "last_heartbeat", "queues", "death")
        if (
            heard
            and queues
            and not death
            and now() - utcparse(as_text(heard)) < timedelta(seconds=SILENT_SECONDS)
        ):
            served.append(as_text(queues).split(","))
    return served
