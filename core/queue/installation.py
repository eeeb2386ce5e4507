"""Tell installations apart: two stores on one Redis, and two Redis servers with one store.

Each store has a name, and each Redis has one. The processes of a store keep its name in their Redis, for as long as one
of them is alive; the scheduler that leads keeps the name of its Redis in the store.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import select, update

from core.clock import now
from core.db import reading, transaction
from core.models import Installation
from core.store_errors import OUTAGES

STORE_KEY, REDIS_KEY = "ihub:installation", "ihub:redis"
# How long a name in Redis outlives the last process of its store, and a name in the store its last scheduler.
SECONDS = 60
OTHER_STORE = (
    "Another iHUB, with another store, uses this Redis. Give each its own: another number at the end of REDIS_URL, "
    "such as redis://host:6379/1. This process waits until the other one has ended."
)
OTHER_REDIS = (
    "Schedulers lead over two Redis servers with one store, so that systems get more requests than they take. Give all "
    "processes the same REDIS_URL."
)


def other_store(connection: Redis) -> str | None:
    """Say so when the processes of another store use this Redis; otherwise keep the name of ours there."""
    try:
        with reading() as session:
            name = session.scalar(select(Installation.name))
        if name is None or connection.set(STORE_KEY, name, ex=SECONDS, nx=True):
            return None
        if _text(connection.get(STORE_KEY)) in (name, None):
            connection.expire(STORE_KEY, SECONDS)
            return None
    except (RedisError, OSError, *OUTAGES):
        return None  # what uses them next says so
    return OTHER_STORE


def _text(value: object) -> str | None:
    return value.decode(errors="replace") if isinstance(value, bytes) else None


class RedisOfStore:
    """Whether the scheduler that asks is the only one of its store, over all Redis servers."""

    def __init__(self) -> None:
        self._other_seen_at: datetime | None = None

    def other_redis(self, connection: Redis) -> str | None:
        """Say so when a scheduler on another Redis has reported since this was last asked; otherwise report ours.

        A Redis that was emptied has a new name; then nobody reports under the old one any more. Raises RedisError.
        """
        connection.set(REDIS_KEY, uuid4().hex, nx=True)
        ours, seen = _text(connection.get(REDIS_KEY)), _reported()
        if seen is None or seen[0] in (ours, None) or seen[1] is None or seen[1] == self._other_seen_at:
            self._other_seen_at = None
            with transaction() as session:
                session.execute(update(Installation).values(redis=ours, redis_seen_at=now()))
            return None
        is_alive, self._other_seen_at = self._other_seen_at is not None, seen[1]
        return OTHER_REDIS if is_alive else None


def _reported() -> tuple[str | None, datetime | None] | None:
    with reading() as session:
        row = session.execute(select(Installation.redis, Installation.redis_seen_at)).first()
    return None if row is None else (row.redis, row.redis_seen_at)


def _reports_elsewhere(ours: str | None) -> bool:
    name, seen_at = _reported() or (None, None)
    is_other = ours is not None and name not in (ours, None)
    return is_other and seen_at is not None and now() - seen_at < timedelta(seconds=SECONDS)


def problems(connection: Redis) -> list[str]:
    """Return what is wrong with the Redis of this installation, in sentences. Raises RedisError."""
    with reading() as session:
        name = session.scalar(select(Installation.name))
    found = []
    if _text(connection.get(STORE_KEY)) not in (name, None):
        found.append(OTHER_STORE)
    elif _reports_elsewhere(_text(connection.get(REDIS_KEY))):
        found.append(OTHER_REDIS)
    memory = connection.info("memory")
    if memory.get("maxmemory") and memory.get("maxmemory_policy") != "noeviction":
        found.append(
            f"Redis drops keys when its memory is full (maxmemory-policy {memory['maxmemory_policy']}), so that tasks, "
            "locks and turns vanish. Set maxmemory-policy to noeviction, and give it a server of its own."
        )
    return found
