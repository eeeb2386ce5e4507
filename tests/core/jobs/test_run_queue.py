"""Runs of a connection wait for each other: one of each type, kind and selection, in the order of request."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from redis.exceptions import RedisError
from sqlalchemy import select

from core.db import reading
from core.jobs import cancellation, run_queue, start, tasks
from core.models import Audit, Run, RunKind, RunSelection, RunStatus, Trigger
from core.queue import task_queue
from core.queue.routing import routes_for
from core.reports import run_list
from core.runs import lease as run_lease
from core.runs import queue_position, request
from core.runs.counters import Counters
from core.security.actor import OPERATOR
from core.sync import engine
from harness.world import active_connection


@pytest.fixture
def enqueued(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Collect the runs that are given to the workers."""
    found: list[int] = []
    monkeypatch.setattr(task_queue, "enqueue_run", found.append)
    return found


def claim(run_id: int) -> run_lease.Lease:
    lease = run_lease.claim(run_id)
    assert lease is not None
    return lease


def end(lease: run_lease.Lease) -> None:
    run_lease.finish(lease, RunStatus.COMPLETE, "Done.", Counters())


@pytest.mark.both_engines
def test_one_run_of_each_type_kind_and_selection_waits(store: str) -> None:
    connection, other = active_connection(), active_connection()
    running = request.request(connection, Trigger.MANUAL)
    claim(running)

    def press() -> list[int]:
        return [
            start.run_now(OPERATOR, connection),
            start.run_now(OPERATOR, connection, RunKind.PREVIEW),
            start.sync_selected(OPERATOR, connection, ["s1", "s2"]),
            start.sync_selected(OPERATOR, connection, ["s1"]),
            start.run_now(OPERATOR, other),
        ]

    waiting = press()
    assert len({running, *waiting}) == 6 and press() == waiting
    assert start.sync_selected(OPERATOR, connection, ["s2", "s1", " s2"]) == waiting[2]
    assert request.request(connection, Trigger.SCHEDULED) not in waiting
    with reading() as session:
        chosen = session.execute(select(RunSelection.run_id, RunSelection.source_id)).all()
        started = session.scalars(select(Audit.subject).where(Audit.action == "run.start")).all()
    assert sorted(map(tuple, chosen)) == [(waiting[2], "s1"), (waiting[2], "s2"), (waiting[3], "s1")]
    assert started == [f"run:{run_id}" for run_id in waiting], "a press that adds nothing is no start"


@pytest.mark.both_engines
def test_they_start_in_the_order_of_request_and_one_at_a_time(store: str) -> None:
    connection = active_connection()
    runs = [
        request.request(connection, Trigger.MANUAL),
        request.request(connection, Trigger.MANUAL, kind=RunKind.PREVIEW),
        request.request(connection, Trigger.SCHEDULED),
    ]
    while runs:
        assert run_lease.claimable() == [runs[0]] == [route.run_id for route in routes_for(runs)]
        assert [run_lease.claim(run_id) for run_id in runs[1:]] == [None] * (len(runs) - 1)
        lease = claim(runs.pop(0))
        assert run_lease.claimable() == [] and [run_lease.claim(run_id) for run_id in runs] == [None] * len(
            runs
        )
        end(lease)


@pytest.mark.both_engines
def test_many_processes_that_ask_at_the_same_moment_get_one_run(store: str) -> None:
    connection = active_connection()
    with ThreadPoolExecutor(6) as pool:
        runs = set(pool.map(lambda _: request.request(connection, Trigger.MANUAL), range(24)))
        assert len(runs) == 1
        claims = list(pool.map(lambda _: run_lease.claim(next(iter(runs))), range(6)))
    assert sum(lease is not None for lease in claims) == 1


def test_the_next_one_is_given_to_the_workers_when_one_ends(
    store: str, enqueued: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = active_connection()
    first, second, third = (
        start.run_now(OPERATOR, connection),
        start.run_now(OPERATOR, connection, RunKind.PREVIEW),
        start.sync_selected(OPERATOR, connection, ["s1"]),
    )
    enqueued.clear()

    def execute(run_id: int, closing: object) -> RunStatus:
        end(claim(run_id))
        return RunStatus.COMPLETE

    monkeypatch.setattr(engine, "execute", execute)
    tasks.sync_run(first)
    assert enqueued == [second]
    cancellation.cancel(OPERATOR, second)
    assert enqueued == [second, third]
    tasks.sync_run(third)
    assert enqueued == [second, third]


def test_a_run_that_is_taken_back_in_the_middle_starts_nothing(store: str, enqueued: list[int]) -> None:
    connection = active_connection()
    running = claim(start.run_now(OPERATOR, connection))
    waiting = start.run_now(OPERATOR, connection)
    enqueued.clear()
    assert cancellation.cancel(OPERATOR, waiting) is RunStatus.CANCELLED
    assert enqueued == [] and start.run_now(OPERATOR, connection) != waiting
    run_queue.enqueue_next(running.run_id)
    assert enqueued.pop() > waiting and enqueued == [], "it has not ended"


def test_what_a_run_waits_for_is_said(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = active_connection()
    first = start.run_now(OPERATOR, connection)
    claim(first)
    second, third = (
        start.run_now(OPERATOR, connection),
        start.run_now(OPERATOR, connection, RunKind.PREVIEW),
    )
    with reading() as session:
        operator = replace(OPERATOR, account_id=session.get_one(Run, first).account_id)
    said = [run_list.run_details(operator, run_id).waits_for for run_id in (first, second, third)]
    assert said == [
        "",
        f"Run #{second} is waiting: it starts when run #{first} has ended.",
        f"Preview #{third} is waiting: it starts when runs #{first} and #{second} have ended.",
    ]
    for before, sentence in (
        (None, f"Run #{second} is queued."),
        (0, f"Run #{second} is queued and comes next: it starts as soon as a worker is free."),
        (1, f"Run #{second} is queued: all workers are busy, and 1 run is before it."),
        (1200, f"Run #{second} is queued: all workers are busy, and 1,200 runs are before it."),
    ):
        monkeypatch.setattr(task_queue, "runs_before", lambda _run_id, before=before: before)
        assert queue_position.waits_for(Run(id=second, kind=RunKind.SYNC), []) == sentence


def test_the_place_of_a_run_is_counted_over_the_queues(
    store: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [start.run_now(OPERATOR, active_connection()) for _ in range(3)]
    preview = start.run_now(OPERATOR, active_connection(), RunKind.PREVIEW)
    assert [task_queue.runs_before(run_id) for run_id in (preview, *runs)] == [0, 1, 2, 3]
    assert task_queue.runs_before(99) is None

    def fail(*_: object) -> list[str]:
        raise RedisError

    monkeypatch.setattr(task_queue, "_waiting", fail)
    assert task_queue.runs_before(preview) is None
