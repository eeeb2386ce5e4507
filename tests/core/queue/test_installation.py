"""Two stores on one Redis, two Redis servers with one store, and a Redis that drops keys are found and said."""

from __future__ import annotations

from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import select, update

from core.db import reading, transaction
from core.jobs.scheduler import HubScheduler
from core.models import Installation
from core.operations import doctor
from core.queue import installation
from core.queue.health import SCHEDULER_LOCK
from core.queue.installation import OTHER_REDIS, OTHER_STORE, RedisOfStore
from harness.redis import redis_server


@pytest.fixture
def redis(sqlite_store: str, redis_url: str) -> Redis:
    return Redis.from_url(redis_url)


def name_store(name: str) -> str:
    """Give the store another name, as if it were another one; return the one it had."""
    with transaction() as session:
        before = session.scalars(select(Installation.name)).one()
        session.execute(update(Installation).values(name=name))
    return before


def about_redis() -> list[str]:
    return [each.message for each in doctor.examine() if each.area == "redis" and not each.well]


def test_each_store_has_a_name_that_no_other_has(sqlite_store: str) -> None:
    with reading() as session:
        assert len(session.scalars(select(Installation.name)).one()) == 32


def test_the_processes_of_a_second_store_wait_until_the_first_are_gone(redis: Redis) -> None:
    assert installation.other_store(redis) is None and not about_redis()
    first = name_store("second")
    scheduler = HubScheduler(redis)
    scheduler._tick()
    assert installation.other_store(redis) == OTHER_STORE and about_redis() == [OTHER_STORE]
    assert not redis.exists(SCHEDULER_LOCK)
    assert redis.ttl(installation.STORE_KEY) > 0
    redis.delete(installation.STORE_KEY)  # nobody has renewed it
    scheduler._tick()
    assert redis.exists(SCHEDULER_LOCK) and not about_redis()
    name_store(first)
    assert installation.other_store(redis) == OTHER_STORE


def test_two_redis_servers_with_one_store_are_noticed_and_an_emptied_one_is_not(
    redis: Redis, tmp_path: Path
) -> None:
    with redis_server(tmp_path / "other") as url:
        other, ours, theirs = Redis.from_url(url), RedisOfStore(), RedisOfStore()
        assert theirs.other_redis(other) is None
        assert ours.other_redis(redis) is None  # it may have ended just now
        assert theirs.other_redis(other) is None
        assert ours.other_redis(redis) == OTHER_REDIS and about_redis() == [OTHER_REDIS]
        assert ours.other_redis(redis) is None and not about_redis()  # the other one has not reported again
    for _ in range(4):
        redis.flushall()
        assert ours.other_redis(redis) is None


def test_a_redis_that_drops_keys_is_a_finding(redis: Redis) -> None:
    redis.config_set("maxmemory", "100mb")
    assert not about_redis()
    redis.config_set("maxmemory-policy", "allkeys-lru")
    [sentence] = about_redis()
    assert "noeviction" in sentence and "allkeys-lru" in sentence
