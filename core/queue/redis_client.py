"""Clients of Redis: patient ones, and ones that fail within a second."""

from __future__ import annotations

from functools import lru_cache

from redis import Redis
from redis.backoff import ExponentialBackoff, NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry

from core.queue import redis_address
from core.queue.redis_server import address

# Survives about a minute of outage: for a process that has a result to store.
PATIENT_RETRY = Retry(ExponentialBackoff(cap=5, base=0.2), 15)

# Fails within a second: for a person who waits, and for loops that handle outages themselves.
RETRY_ONCE = Retry(NoBackoff(), 1, (RedisConnectionError,))
TIMEOUT_SECONDS = 0.45


def new_client() -> Redis:
    """Return a new client whose commands fail within a second during an outage. Raises StartError for a bad address."""
    return redis_address.client(
        address(),
        retry=RETRY_ONCE,
        socket_connect_timeout=TIMEOUT_SECONDS,
        socket_timeout=TIMEOUT_SECONDS,
    )


@lru_cache(maxsize=4)
def _client_at(_address: str) -> Redis:
    return new_client()


def fast_client() -> Redis:
    """Return this process's own client that fails fast."""
    return _client_at(address())
