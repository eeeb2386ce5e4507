"""Check whether the store and Redis respond, for /healthz."""

from __future__ import annotations

from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from core.db import reading
from core.errors import HubError
from core.queue.redis_client import fast_client


def check_services() -> dict[str, str]:
    """Return "ok" or "down" for the store and for Redis."""
    return {"store": _store_state(), "redis": _redis_state()}


def _store_state() -> str:
    try:
        with reading() as session:
            session.execute(text("select 1 from account where 1 = 0"))
    except SQLAlchemyError:
        return "down"
    return "ok"


def _redis_state() -> str:
    try:
        fast_client().ping()
    except (RedisError, OSError, HubError):
        return "down"
    return "ok"
