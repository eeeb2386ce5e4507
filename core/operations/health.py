"""Whether the store and Redis answer, in one word each."""

from __future__ import annotations

from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from core.db import reading
from core.errors import HubError
from core.queue.redis_client import fast_client


def state() -> dict[str, str]:
    """Return "ok" or "down" for each of the two."""
    return {"store": _store(), "redis": _redis()}


def _store() -> str:
    try:
        with reading() as session:
            session.execute(text("select 1 from account where 1 = 0"))
    except SQLAlchemyError:
        return "down"
    return "ok"


def _redis() -> str:
    try:
        fast_client().ping()
    except (RedisError, OSError, HubError):
        return "down"
    return "ok"
