"""Runs are enqueued for the workers, and Redis holds only their ids."""

from __future__ import annotations

import random
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
from rq import Callback
from rq.job import JobStatus
from rq.registry import StartedJobRegistry

from core.errors import StartError
from core.jobs import cancellation, tasks
from core.models import RunKind, RunStatus, Trigger
from core.queue import run_order
from core.queue.health import Health, health
from core.queue.redis_client import new_client
from core.queue.routing import BIG_RUN_EMPLOYEES
from core.queue.task_queue import (
    NAMES_OF_VERSION_0_1,
    SYNC_RUN,
    ForbiddenTaskError,
    SafeJob,
    enqueue_run,
    enqueue_runs,
    queue,
)
from core.runs import counters
from core.runs import lease as run_lease
from core.runs.request import request
from core.security.actor import OPERATOR
from core.settings import settings
from harness.world import account, active_connection
from tests.processes.conftest import Hub


def waiting(hub: Hub, name: str = "sync-small") -> list[str]:
    return queue(name, hub.redis).get_job_ids()


def test_a_run_is_handed_over_once_however_often_it_is_asked_for(hub: Hub) -> None:
    run_id = request(active_connection(), Trigger.MANUAL)
    assert enqueue_run(run_id)
    assert enqueue_run(run_id)
    assert enqueue_runs(hub.redis, [run_id]) == 0
    assert waiting(hub) == [f"run-{run_id}-1"]


def test_accounts_take_turns_in_a_queue(hub: Hub) -> None:
    name_by_task: dict[str, str] = {}
    accounts = {name: account(name) for name in "ABC"}

    def ask(names: str) -> None:
        for name in names:
            connection = active_connection(accounts[name], f"source{len(name_by_task)}")
            run_id = request(connection, Trigger.SCHEDULED)
            name_by_task[f"run-{run_id}-1"] = name
            enqueue_run(run_id)

    def line() -> str:
        return "".join(name_by_task[task] for task in waiting(hub) if task in name_by_task)

    ask("AAAA")
    ask("BBC")
    assert line() == "ABCABAA"
    for task_id in waiting(hub)[:4]:
        hub.redis.lpop(queue("sync-small", hub.redis).key)
        run_order.note_taken(hub.redis, "sync-small", task_id)
    assert line() == "BAA"
    ask("C")
    assert line() == "BCAA", (
        "who had a turn before is not sent to the end, nor ahead of those that wait as long"
    )
    hub.redis.flushall()
    ask("ABA")
    assert line() == "ABA"


def test_a_task_stands_in_front_of_all_with_later_turns(hub: Hub) -> None:
    """Compare with the rule written out plainly; tasks without a turn stand in between."""
    key = queue("sync-small", hub.redis).key
    chance = random.Random(3)  # noqa: S311 - no secret
    line: list[tuple[str, int]] = []
    now, next_turn = 0, dict.fromkeys(range(30), 0)
    for step in range(800):
        if chance.random() < 0.6 or not line:
            account_id, task = chance.choice([1, 1, 1, 1, 2, 2, 3, chance.randrange(30)]), f"task-{step}"
            hub.redis.rpush(key, *(["without-turn"] if step % 9 == 0 else []), task)
            run_order.place_fairly(hub.redis, "sync-small", key, task, account_id)
            turn = max(now, next_turn[account_id])
            next_turn[account_id] = turn + 1
            line.insert(next((at for at, each in enumerate(line) if each[1] > turn), len(line)), (task, turn))
        else:
            task, turn = line.pop(0)
            while (taken := hub.redis.lpop(key)) == b"without-turn":
                pass
            assert taken == task.encode(), step
            run_order.note_taken(hub.redis, "sync-small", task)
            now = max(now, turn)
    left = waiting(hub)
    assert [task for task in left if task != "without-turn"] == [task for task, _ in line]


def test_redis_gets_to_know_ids_only(hub: Hub) -> None:
    run_id = request(active_connection(), Trigger.MANUAL)
    enqueue_run(run_id)
    task = SafeJob.fetch(f"run-{run_id}-1", hub.redis)
    assert (task.func_name, task.args, task.kwargs, task.meta) == (SYNC_RUN, [run_id], {}, {})
    assert task.get_status() is JobStatus.QUEUED
    assert "Harbour" not in hub.everything_in_redis()


@pytest.mark.parametrize(
    "ended", [JobStatus.FINISHED, JobStatus.FAILED, JobStatus.STOPPED, JobStatus.CANCELED]
)
def test_a_task_that_has_ended_does_not_stand_in_the_way_of_its_run(hub: Hub, ended: JobStatus) -> None:
    run_id = request(active_connection(), Trigger.MANUAL)
    enqueue_run(run_id)
    SafeJob.fetch(queue("sync-small", hub.redis).pop_job_id() or "", hub.redis).set_status(ended)
    assert enqueue_run(run_id)
    assert waiting(hub) == [f"run-{run_id}-1"]


def test_a_task_taken_by_a_worker_that_never_began_is_replaced_after_a_while(hub: Hub) -> None:
    run_id = request(active_connection(), Trigger.MANUAL)
    enqueue_run(run_id)
    task = SafeJob.fetch(queue("sync-small", hub.redis).pop_job_id() or "", hub.redis)
    task.set_status(JobStatus.STARTED)
    assert enqueue_runs(hub.redis, [run_id]) == 0
    hub.redis.hset(task.key, "enqueued_at", "2026-01-01T00:00:00.000000Z")
    assert enqueue_runs(hub.redis, [run_id]) == 1


def test_the_next_attempt_has_a_task_of_its_own(hub: Hub) -> None:
    run_id = request(active_connection(), Trigger.MANUAL)
    enqueue_run(run_id)
    lease = run_lease.claim(run_id)
    assert lease is not None
    run_lease.release(lease)
    assert enqueue_runs(hub.redis, run_lease.claimable()) == 1
    assert waiting(hub) == [f"run-{run_id}-1", f"run-{run_id}-2"]


def test_a_run_that_has_ended_or_never_was_is_left_alone(hub: Hub) -> None:
    run_id = request(active_connection(), Trigger.MANUAL)
    cancellation.cancel(OPERATOR, run_id)
    assert enqueue_runs(hub.redis, [run_id, 4711]) == 0


def test_big_connections_and_people_who_wait_have_queues_of_their_own(hub: Hub) -> None:
    big, small = active_connection(), active_connection()
    lease = run_lease.claim(request(big, Trigger.MANUAL))
    assert lease is not None
    run_lease.finish(
        lease,
        RunStatus.COMPLETE,
        "Done.",
        counters.Counters(read=BIG_RUN_EMPLOYEES, unchanged=BIG_RUN_EMPLOYEES),
    )
    enqueue_runs(
        hub.redis, [request(big, Trigger.MANUAL), request(small, Trigger.MANUAL, kind=RunKind.PREVIEW)]
    )
    assert (len(waiting(hub, "sync-big")), len(waiting(hub, "ui")), len(waiting(hub))) == (1, 1, 0)


@pytest.mark.parametrize(
    "name", ["os.system", "core.jobs.tasks.log", "core.accounts.accounts.create", "core.sync.engine.execute"]
)
def test_functions_that_are_not_on_the_list_are_refused(hub: Hub, name: str) -> None:
    task = queue("sync-small", hub.redis).enqueue_call(name, args=(1,))
    with pytest.raises(ForbiddenTaskError):
        task.perform()


@pytest.mark.parametrize("when", ["success", "failure", "stopped"])
def test_callbacks_that_are_not_on_the_list_are_refused(hub: Hub, when: str) -> None:
    foreign: dict[str, Any] = {f"on_{when}": Callback("os.system")}
    task = queue("sync-small", hub.redis).enqueue_call(SYNC_RUN, args=(1,), **foreign)
    with pytest.raises(ForbiddenTaskError):
        getattr(SafeJob.fetch(task.id, hub.redis), f"{when}_callback")


@pytest.mark.parametrize("name", NAMES_OF_VERSION_0_1)
def test_the_names_of_version_0_1_stand_for_the_functions_of_this_version(hub: Hub, name: str) -> None:
    task = queue("sync-small", hub.redis).enqueue_call(name, args=(1,), on_failure=Callback(name))
    stored = SafeJob.fetch(task.id, hub.redis)
    assert stored.func is stored.failure_callback is getattr(tasks, name.rpartition(".")[2])


def test_methods_are_refused(hub: Hub) -> None:
    task = SafeJob("method", hub.redis)
    task._func_name, task._instance, task._args, task._kwargs = SYNC_RUN, [], (1,), {}
    with pytest.raises(ForbiddenTaskError):
        _ = task.func


def test_without_redis_the_run_waits_in_the_store(sqlite_store: str) -> None:
    run_id = request(active_connection(), Trigger.MANUAL)
    assert not enqueue_run(run_id)
    assert run_lease.claimable() == [run_id]
    assert health() == Health()


@pytest.fixture
def silent_server() -> Iterator[str]:
    """Listen, and never answer."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


@pytest.mark.timing
def test_a_redis_that_hangs_costs_a_person_less_than_a_second(
    sqlite_store: str, silent_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", silent_server)
    settings.cache_clear()
    run_id = request(active_connection(), Trigger.MANUAL)

    def seconds() -> float:
        began = time.monotonic()
        assert not enqueue_run(run_id)
        return time.monotonic() - began

    assert min(seconds() for _ in range(4)) < 1, "a machine that stalls does not stall four times"


def test_a_bad_address_is_told_in_a_sentence(home: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "localhost:6379")
    settings.cache_clear()
    with pytest.raises(StartError, match="REDIS_URL is not an address"):
        new_client()


def test_health_counts_what_waits_and_cleans_nothing_up(hub: Hub) -> None:
    for _ in range(3):
        enqueue_run(request(active_connection(), Trigger.MANUAL))
    hub.redis.zadd(StartedJobRegistry("sync-small", connection=hub.redis).key, {"gone:1": 1})
    facts = health()
    assert facts == Health(
        True, 0, False, {"ui": 0, "sync-small": 3, "sync-big": 0}, ("ui", "sync-small", "sync-big")
    )
    assert hub.redis.zcard("rq:wip:sync-small") == 1
