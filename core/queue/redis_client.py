"""Connections to Redis: patient ones, and ones that fail within a second."""

from __future__ import annotations

from functools import lru_cache

from redis import Redis
from redis.backoff import ExponentialBackoff, NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry

from core.errors import StartError
from core.queue.redis_server import address

# Rides out about a minute of outage: for a process that has a result to leave behind.
PATIENCE = Retry(ExponentialBackoff(cap=5, base=0.2), 15)


# Fails within a second: for a person who waits, and for loops that ride out outages themselves.
ONCE_MORE = Retry(NoBackoff(), 1, (RedisConnectionError,))


SECONDS = 0.45


def connect() -> Redis:
    """Connect to Redis so that a command fails within a second when it is away. Raises StartError for a bad address."""
    try:
        return Redis.from_url(
            address(), retry=ONCE_MORE, socket_connect_timeout=SECONDS, socket_timeout=SECONDS
        )
    except ValueError as error:
        raise StartError(
            "REDIS_URL is not an address. Write it as redis://host:port/0 or unix:///path/to/socket."
        ) from error


@lru_cache(maxsize=4)
def _connection(_address: str) -> Redis:
    return connect()


def quick() -> Redis:
    """Return this process's own connection that fails fast."""
    return _connection(address())
