"""The scheduler runs what is due once, whatever is wiped, killed or switched off."""

from __future__ import annotations

import signal
import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from rq_scheduler import Scheduler
from sqlalchemy import func, select, update

from core import db
from core.clock import now
from core.db import reading, transaction
from core.jobs import cancellation, due_schedules, schedules
from core.jobs.recurrence import Rule
from core.jobs.scheduler import HubScheduler
from core.models import Connection, ConnectionStatus, Every, Run, RunStatus, Schedule, Trigger
from core.queue.health import health
from core.queue.task_queue import SafeJob, queue
from core.runs import lease, request
from core.security.actor import OPERATOR
from core.store_errors import OUTAGES
from harness.world import active_connection
from tests.conftest import administer
from tests.processes.conftest import Hub, eventually

HOURLY = Rule(Every.HOURS, interval=1)
ZSET = Scheduler.scheduled_jobs_key


def make_due(schedule_id: int, ago: timedelta = timedelta(seconds=1)) -> datetime:
    """Let a schedule be due now in the store, at a moment of its own: no moment is run twice."""
    moment = now() - ago
    with transaction() as session:
        due_at = {"next_due_at": moment, "first_due_at": moment}
        session.execute(update(Schedule).where(Schedule.id == schedule_id).values(**due_at))
    return moment


def scheduled(connection: int, rule: Rule = HOURLY) -> int:
    return schedules.create(OPERATOR, connection, rule)


def due(hub: Hub, connection: int, ago: timedelta = timedelta(seconds=1)) -> tuple[int, datetime]:
    """Create a schedule that is due."""
    schedule_id = scheduled(connection)
    moment = make_due(schedule_id, ago)
    hub.redis.zadd(ZSET, {f"schedule-{schedule_id}": moment.timestamp()})
    return schedule_id, moment


def runs_of(connection: int) -> list[Run]:
    with reading() as session:
        return list(session.scalars(select(Run).where(Run.connection_id == connection).order_by(Run.id)))


def next_due(schedule_id: int) -> datetime:
    with reading() as session:
        return session.get_one(Schedule, schedule_id).next_due_at


def test_a_due_schedule_puts_a_run_on_record_and_hands_it_over(hub: Hub) -> None:
    connection = active_connection()
    schedule_id, moment = due(hub, connection)
    assert hub.leader().enqueue_jobs() == 1
    (run,) = runs_of(connection)
    assert (run.trigger, run.schedule_id, run.due_at, run.status) == (
        Trigger.SCHEDULED,
        schedule_id,
        moment,
        RunStatus.QUEUED,
    )
    assert queue("sync-small", hub.redis).get_job_ids() == [f"run-{run.id}-1"]
    assert now() < next_due(schedule_id) <= now() + timedelta(hours=1)
    assert hub.redis.zscore(ZSET, f"schedule-{schedule_id}") == next_due(schedule_id).timestamp()


def test_an_occurrence_is_recorded_once_even_if_the_scheduler_dies_half_way(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = active_connection()
    schedule_id, moment = due(hub, connection)
    with monkeypatch.context() as patch:
        patch.setattr(due_schedules, "_set_next_due", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            hub.leader().fire(f"schedule-{schedule_id}")
    hub.leader().enqueue_jobs()
    assert [run.due_at for run in runs_of(connection)] == [moment]
    assert next_due(schedule_id) > now()


def test_missed_occurrences_fire_once_and_late(hub: Hub) -> None:
    connection = active_connection()
    schedule_id, moment = due(hub, connection, ago=timedelta(hours=7))
    hub.leader().enqueue_jobs()
    hub.leader().enqueue_jobs()
    assert [run.due_at for run in runs_of(connection)] == [moment]
    assert next_due(schedule_id) > now()


def test_an_occurrence_is_merged_with_one_that_still_waits(hub: Hub) -> None:
    connection = active_connection()
    schedule_id, first = due(hub, connection)
    hub.leader().enqueue_jobs()
    hub.redis.zadd(ZSET, {f"schedule-{schedule_id}": make_due(schedule_id, timedelta()).timestamp()})
    eventually(lambda: hub.leader().enqueue_jobs() == 0 and next_due(schedule_id) > now())
    assert [run.due_at for run in runs_of(connection)] == [first]


def test_an_occurrence_waits_behind_a_manual_run_and_leaves_it_alone(hub: Hub) -> None:
    connection = active_connection()
    manual = request.request(connection, Trigger.MANUAL)
    assert lease.claim(manual) is not None
    due(hub, connection)
    assert hub.leader().enqueue_jobs() == 1
    assert [run.status for run in runs_of(connection)] == [RunStatus.RUNNING, RunStatus.QUEUED]


def test_a_connection_that_needs_attention_is_skipped_and_its_schedule_moves_on(hub: Hub) -> None:
    connection = active_connection()
    schedule_id, _ = due(hub, connection)
    with transaction() as session:
        session.get_one(Connection, connection).status = ConnectionStatus.ATTENTION
    assert hub.leader().enqueue_jobs() == 0
    assert [(run.status, run.skipped) for run in runs_of(connection)] == [(RunStatus.ERROR, 1)]
    assert next_due(schedule_id) > now()


@pytest.mark.parametrize("end", ["cancelled", "deleted"])
def test_a_schedule_that_has_ended_never_fires_though_redis_still_holds_it(hub: Hub, end: str) -> None:
    connection = active_connection()
    schedule_id, _ = due(hub, connection)
    with transaction() as session:
        if end == "cancelled":
            session.get_one(Schedule, schedule_id).active = False
        else:
            session.get_one(Connection, connection).status = ConnectionStatus.DELETED
    assert hub.leader().enqueue_jobs() == 0
    assert runs_of(connection) == []
    assert hub.redis.zcard(ZSET) == 0


def test_cancelling_takes_the_schedule_out_of_redis_and_cancels_its_waiting_run(hub: Hub) -> None:
    connection = active_connection()
    due(hub, connection)
    hub.leader().enqueue_jobs()
    schedules.cancel(OPERATOR, connection)
    assert hub.redis.zcard(ZSET) == 0
    assert [run.status for run in runs_of(connection)] == [RunStatus.CANCELLED]


def test_one_bad_schedule_does_not_stop_the_others_and_is_tried_again(hub: Hub) -> None:
    bad, good = active_connection(), active_connection()
    schedule_id, moment = due(hub, bad)
    with transaction() as session:
        session.execute(update(Schedule).where(Schedule.id == schedule_id).values(time_zone="Mars/Olympus"))
    due(hub, good)
    leader = hub.leader()
    assert leader.enqueue_jobs() == 1
    assert len(runs_of(good)) == 1
    assert (hub.redis.zscore(ZSET, f"schedule-{schedule_id}") or 0) <= now().timestamp() + 60
    leader.reconcile()
    assert hub.redis.zscore(ZSET, f"schedule-{schedule_id}") == moment.timestamp()
    with transaction() as session:
        session.execute(update(Schedule).where(Schedule.id == schedule_id).values(time_zone="UTC"))
    leader.enqueue_jobs()
    assert [run.due_at for run in runs_of(bad)] == [moment]
    assert next_due(schedule_id) > now()


def test_reconciling_puts_every_moment_right(hub: Hub) -> None:
    schedule_id = scheduled(active_connection())
    hub.redis.zadd(ZSET, {f"schedule-{schedule_id}": now().timestamp() + 36_000})
    hub.leader().reconcile()
    assert hub.redis.zscore(ZSET, f"schedule-{schedule_id}") == next_due(schedule_id).timestamp()


def test_a_clock_that_was_ahead_is_forgotten_within_a_reconcile(hub: Hub) -> None:
    schedule_id = scheduled(active_connection())
    with transaction() as session:
        session.get_one(Schedule, schedule_id).next_due_at = now() + timedelta(hours=10)
    hub.leader().reconcile()
    assert next_due(schedule_id) <= now() + timedelta(hours=1)
    assert hub.redis.zscore(ZSET, f"schedule-{schedule_id}") == next_due(schedule_id).timestamp()


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
def test_a_store_that_is_read_only_for_a_while_costs_no_run(
    store: str, redis_url: str, quickly: None, tmp_path: Path
) -> None:
    hub = Hub(tmp_path)
    address, name = store.rsplit("/", 1)
    connection = active_connection()
    schedule_id, moment = due(hub, connection)
    administer(address, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    db.engine().dispose()
    leader = hub.leader()
    for _ in range(3):
        with pytest.raises(OUTAGES):
            leader.enqueue_jobs()
        leader.run(burst=True)  # ridden out
    assert hub.redis.zscore(ZSET, f"schedule-{schedule_id}") == moment.timestamp()
    administer(address, f"ALTER DATABASE {name} RESET default_transaction_read_only")
    db.engine().dispose()
    leader.run(burst=True)
    assert [run.due_at for run in runs_of(connection)] == [moment]


def test_a_name_that_is_no_text_is_dropped_and_stops_nobody(hub: Hub) -> None:
    connection = active_connection()
    run_id = request.request(connection, Trigger.MANUAL)
    due(hub, active_connection())
    hub.redis.zadd(ZSET, {b"schedule-\xff\xfe": 1})
    hub.redis.lpush(queue("sync-small", hub.redis).key, b"\xff")
    hub.redis.sadd("rq:workers", b"rq:worker:\xff")
    hub.redis.sadd("rq:workers:sync-small", b"rq:worker:\xff")
    hub.redis.zadd("rq:wip:sync-small", {b"\xff:1": 1})
    assert health().reachable
    leader = hub.leader()
    assert leader.enqueue_jobs() == 1
    leader.reconcile()
    assert f"run-{run_id}-1" in queue("sync-small", hub.redis).get_job_ids()
    assert hub.redis.zrangebyscore(ZSET, "-inf", 10) == []
    assert hub.redis.scard("rq:workers") == 0


def test_a_cancelled_run_whose_worker_is_gone_is_ended_by_the_scheduler(hub: Hub) -> None:
    connection = active_connection()
    run_id = request.request(connection, Trigger.MANUAL)
    assert lease.claim(run_id) is not None
    assert cancellation.cancel(OPERATOR, run_id) is RunStatus.RUNNING

    def ended() -> bool:
        hub.leader().run(burst=True)
        return runs_of(connection)[0].status is RunStatus.CANCELLED

    eventually(ended)


def test_names_that_are_not_ours_are_dropped(hub: Hub) -> None:
    hub.redis.zadd(ZSET, {"stranger": 1, "schedule-x": 1, "schedule-99": 1})
    assert hub.leader().enqueue_jobs() == 0
    assert hub.redis.zcard(ZSET) == 0


def test_rq_schedulers_own_interface_still_reads_our_schedules(hub: Hub) -> None:
    schedule_id = scheduled(active_connection())
    plain = Scheduler(connection=hub.redis, job_class=SafeJob)
    assert [(task.id, list(task.args)) for task in plain.get_jobs()] == [
        (f"schedule-{schedule_id}", [schedule_id])
    ]
    assert f"schedule-{schedule_id}" in plain


def test_of_several_schedulers_one_leads_and_a_silent_one_is_replaced(hub: Hub) -> None:
    first, second = hub.leader(), hub.leader()
    assert first.acquire_lock()
    assert not second.acquire_lock()
    second.remove_lock()
    assert first.acquire_lock()
    assert 0 < hub.redis.ttl(HubScheduler.scheduler_lock_key) <= 15
    hub.redis.delete(HubScheduler.scheduler_lock_key)  # as if its 15 seconds had passed
    assert second.acquire_lock()
    assert not first.acquire_lock()


def test_a_lock_from_a_clock_that_was_ahead_is_free_soon(hub: Hub) -> None:
    first, second = hub.leader(), hub.leader()
    assert first.acquire_lock()
    hub.redis.expire(HubScheduler.scheduler_lock_key, 36_000)
    assert not second.acquire_lock()
    assert 0 < hub.redis.ttl(HubScheduler.scheduler_lock_key) <= 15


def test_many_schedulers_at_once_make_one_run_of_each_occurrence(hub: Hub) -> None:
    connections = [active_connection() for _ in range(5)]
    for connection in connections:
        due(hub, connection)
    leaders = [hub.leader() for _ in range(4)]
    for leader in leaders:  # the worst case: all believe they lead
        leader.acquire_lock = lambda: True  # type: ignore[method-assign]
    threads = [threading.Thread(target=leader.enqueue_jobs) for leader in leaders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [len(runs_of(connection)) for connection in connections] == [1] * 5


def test_a_schedule_fires_survives_restarts_and_a_flush_and_stops_when_cancelled(hub: Hub) -> None:
    connection = active_connection()
    hub.let_runs("go")
    hub.worker()
    first, second = hub.scheduler(), hub.scheduler()
    schedule_id = scheduled(connection)
    eventually(lambda: health().scheduler and len(hub.redis.keys("rq:scheduler_instance:*")) == 2)

    def fires() -> None:
        hub.redis.zadd(ZSET, {f"schedule-{schedule_id}": make_due(schedule_id).timestamp()})

    def fired(count: int) -> None:
        eventually(lambda: [run.status for run in runs_of(connection)] == [RunStatus.COMPLETE] * count)

    fires()
    fired(1)
    for process in (first, second):
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    assert not health().scheduler
    make_due(schedule_id)
    hub.redis.delete(ZSET)
    hub.scheduler()
    fired(2)
    hub.redis.flushall()
    eventually(lambda: hub.redis.zscore(ZSET, f"schedule-{schedule_id}"))
    fires()
    fired(3)
    schedules.cancel(OPERATOR, connection)
    make_due(schedule_id)
    hub.redis.zadd(ZSET, {f"schedule-{schedule_id}": 1})
    eventually(lambda: hub.redis.zcard(ZSET) == 0)
    assert len(runs_of(connection)) == 3


def test_ten_runs_are_recorded_by_ten_schedules(hub: Hub) -> None:
    for _ in range(10):
        due(hub, active_connection())
    leader = hub.leader()
    leader.batch = 3
    assert leader.enqueue_jobs() == 10
    with reading() as session:
        assert session.scalar(select(func.count(Run.id))) == 10
