"""Drop what nobody can read from Redis: a name that is not text would stop every process that reads it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import structlog
from redis import Redis
from rq.registry import StartedJobRegistry
from rq.worker_registration import REDIS_WORKER_KEYS

from core.queue.routing import QUEUES
from core.queue.task_queue import queue

log = structlog.get_logger()


def decode(connection: Redis, key: str, members: Iterable[Any]) -> list[str]:
    """Return the members of a set, sorted set or list as text, without those that are none: they are dropped."""
    names = []
    for member in members:
        try:
            names.append(member.decode())
        except UnicodeDecodeError:
            _drop(connection, key, member)
    return names


def _drop(connection: Redis, key: str, member: bytes) -> None:
    kind = connection.type(key)
    if kind == b"zset":
        connection.zrem(key, member)
    elif kind == b"set":
        connection.srem(key, member)
    else:
        connection.lrem(key, 0, member)  # type: ignore[arg-type]
    log.error("queue.unreadable_dropped", key=key, bytes=len(member))


def drop_all(connection: Redis) -> None:
    """Look through the queues, the tasks in progress and the workers."""
    for name in QUEUES:
        waiting = queue(name, connection).key
        decode(connection, waiting, connection.lrange(waiting, 0, -1))
        started = StartedJobRegistry(name, connection=connection).key
        decode(connection, started, connection.zrange(started, 0, -1))
        workers = f"rq:workers:{name}"
        decode(connection, workers, connection.smembers(workers))
    decode(connection, REDIS_WORKER_KEYS, connection.smembers(REDIS_WORKER_KEYS))
