"""The scheduler lets a worker look after connected sides that have not been asked for an hour."""

from __future__ import annotations

from sqlalchemy import update

from core.clock import now
from core.db import reading, transaction
from core.jobs import tasks
from core.models import Account, Side
from core.queue.routing import UI
from core.queue.task_queue import SafeJob, queue
from core.security.vault import vault
from harness.world import active_connection
from tests.processes.conftest import Hub


def kept(kind: str) -> None:
    """Give the sides of a kind credentials."""
    with transaction() as session:
        session.execute(
            update(Side).where(Side.kind == kind).values(credentials=vault().seal({"access_token": "canary"}))
        )


def test_a_side_that_is_due_becomes_one_task_of_the_small_queue(hub: Hub) -> None:
    active_connection()
    kept("enablehr")
    for _ in range(3):
        hub.leader().reconcile()
    with reading() as session:
        due = session.query(Side.id).filter_by(kind="enablehr").one()[0]
    assert queue(UI, hub.redis).get_job_ids() == [f"side-{due}"]
    assert b"canary" not in (hub.redis.hget(f"rq:job:side-{due}", "data") or b"")


def test_a_side_of_an_account_that_is_off_is_left_alone(hub: Hub) -> None:
    active_connection()
    kept("enablehr")
    with transaction() as session:
        session.execute(update(Account).values(ihub_enabled=False))
    hub.leader().reconcile()
    assert queue(UI, hub.redis).get_job_ids() == []


def test_a_side_that_another_process_has_just_asked_is_left_alone(hub: Hub) -> None:
    active_connection()
    kept("enablehr")
    with transaction() as session:
        side = session.query(Side).filter_by(kind="enablehr").one()
        side.probed_at = now()
    tasks.look_after_side(side.id)
    with reading() as session:
        assert session.get_one(Side, side.id).unreachable_since is None


def test_a_side_whose_task_was_taken_and_never_begun_is_looked_after_again(hub: Hub) -> None:
    active_connection()
    kept("enablehr")
    hub.leader().reconcile()
    waiting = queue(UI, hub.redis)
    [name] = waiting.get_job_ids()
    hub.redis.lpop(waiting.key)  # a worker takes it and is killed before it begins
    hub.leader().reconcile()
    assert waiting.get_job_ids() == [], "it may still begin"
    hub.redis.hset(SafeJob.key_for(name), "enqueued_at", "2020-01-01T00:00:00.000000Z")
    hub.leader().reconcile()
    assert waiting.get_job_ids() == [name]
