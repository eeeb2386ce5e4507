"""The scheduler repairs Redis from the store."""

from __future__ import annotations

from datetime import timedelta

import pytest
from rq.job import JobStatus
from rq_scheduler import Scheduler
from sqlalchemy import select

from core.alerts import states
from core.alerts.sending import outbox
from core.clock import now
from core.db import transaction
from core.jobs import schedules
from core.jobs.recurrence import Rule
from core.models import AlertEvent, Channel, Every, RunKind, RunStatus, Schedule, Trigger
from core.pay_days import stored
from core.pay_days.calendar import Frequency, PayCalendar
from core.queue.health import health
from core.queue.task_queue import ALERTS_TASK, SafeJob, enqueue_run, queue
from core.runs import counters, request
from core.runs import lease as run_lease
from core.security.actor import OPERATOR
from harness.world import active_connection
from tests.core.reports import reported_runs
from tests.processes.conftest import Hub, eventually, status

ZSET = Scheduler.scheduled_jobs_key


def scheduled(connection: int) -> int:
    return schedules.create(OPERATOR, connection, Rule(Every.HOURS, interval=1))


def next_due_score(connection: int) -> float | None:
    seen = schedules.active_schedule(OPERATOR, connection)
    return seen.next_due_at.timestamp() if seen else None


def test_a_flush_loses_no_schedule_and_no_queued_run(hub: Hub) -> None:
    connection = active_connection()
    schedule_id = scheduled(connection)
    queued = request.request(connection, Trigger.MANUAL)
    hub.redis.flushall()
    hub.leader().reconcile()
    assert hub.redis.zscore(ZSET, f"schedule-{schedule_id}") == next_due_score(connection)
    assert queue("sync-small", hub.redis).get_job_ids() == [f"run-{queued}-1"]


def test_reconcile_drops_what_the_store_does_not_know(hub: Hub) -> None:
    scheduled(active_connection())
    hub.redis.zadd(ZSET, {"schedule-99": now().timestamp() + 60})
    hub.leader().reconcile()
    assert hub.redis.zcard(ZSET) == 1


def test_a_schedule_made_while_redis_is_away_is_put_in_later(embedded: Hub) -> None:
    connection = active_connection()
    schedule_id = scheduled(connection)
    embedded.start_redis()
    embedded.leader().reconcile()
    assert embedded.redis.zscore(ZSET, f"schedule-{schedule_id}") == next_due_score(connection)


def test_alerts_that_are_due_are_enqueued_once_and_never_stop_the_rest(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    reported_runs.whole_run(active_connection())
    hub.leader().reconcile()
    with transaction() as session:
        event = session.scalars(select(AlertEvent)).one()
        outbox.store(session, event, Channel.WEBHOOK, "webhook", now())
    for _ in range(2):
        hub.leader().reconcile()
    assert queue("ui", hub.redis).get_job_ids().count(ALERTS_TASK) == 1
    queued = request.request(active_connection(), Trigger.MANUAL)
    monkeypatch.setattr(states, "refresh", lambda: 1 / 0)
    scheduler = hub.leader()
    scheduler.reconcile()
    assert f"run-{queued}-1" in queue("sync-small", hub.redis).get_job_ids()


def test_a_forecast_is_enqueued_once_and_again_when_its_worker_was_killed(hub: Hub) -> None:
    connection = active_connection()
    calendar = PayCalendar(Frequency.DATES, dates=((now() + timedelta(days=9)).date(),))
    stored.save(OPERATOR, connection, calendar, 0)
    task = f"pay-day-{connection}"
    for _ in range(2):
        hub.leader().reconcile()
    assert queue("ui", hub.redis).get_job_ids().count(task) == 1
    assert queue("ui", hub.redis).remove(task)  # a worker took it and was killed; the task is still there
    SafeJob.fetch(task, hub.redis).set_status(JobStatus.STARTED)
    hub.leader().reconcile()
    assert task not in queue("ui", hub.redis).get_job_ids(), "its worker may be alive"

    def is_enqueued() -> bool:
        hub.leader().reconcile()
        return task in queue("ui", hub.redis).get_job_ids()

    eventually(is_enqueued)
    made = SafeJob.fetch(task, hub.redis)
    made.func(*made.args)
    queue("ui", hub.redis).remove(task)
    made.delete()
    assert not is_enqueued()
    reported_runs.whole_run(connection)
    assert is_enqueued()


def test_the_leader_enqueues_what_a_dead_worker_left(hub: Hub) -> None:
    run_id = request.request(active_connection(), Trigger.MANUAL)
    lease = run_lease.claim(run_id)
    assert lease is not None
    hub.leader().reconcile()
    assert queue("sync-small", hub.redis).get_job_ids() == []
    run_lease.release(lease)
    hub.leader().reconcile()
    assert queue("sync-small", hub.redis).get_job_ids() == [f"run-{run_id}-2"]
    assert status(run_id) is RunStatus.RUNNING


def test_a_run_that_was_to_start_when_its_worker_was_killed_is_enqueued_once(hub: Hub) -> None:
    connection = active_connection()
    first = run_lease.claim(request.request(connection, Trigger.MANUAL))
    assert first is not None
    waiting = [request.request(connection, Trigger.MANUAL, kind=kind) for kind in RunKind]
    for run_id in waiting:
        assert enqueue_run(run_id)
    hub.leader().reconcile()
    assert hub.redis.keys("rq:queue:*") == []
    run_lease.finish(first, RunStatus.COMPLETE, "Done.", counters.Counters())  # and here its worker is killed
    for flush in (False, True):
        if flush:
            hub.redis.flushall()
        for _ in range(2):
            hub.leader().reconcile()
        assert queue("sync-small", hub.redis).get_job_ids() == [f"run-{waiting[0]}-1"]
        assert queue("ui", hub.redis).get_job_ids() == []


def test_an_occurrence_missed_while_redis_was_wiped_fires_once_and_late(hub: Hub) -> None:
    connection = active_connection()
    schedule_id = scheduled(connection)
    hub.redis.flushall()
    with transaction() as session:
        schedule = session.get_one(Schedule, schedule_id)
        schedule.first_due_at = schedule.next_due_at = now() - timedelta(hours=5)
    leader = hub.leader()
    leader.reconcile()
    assert leader.enqueue_jobs() == 1
    leader.reconcile()
    assert leader.enqueue_jobs() == 0
    assert (hub.redis.zscore(ZSET, f"schedule-{schedule_id}") or 0) > now().timestamp()


def test_a_flush_disturbs_neither_the_run_that_is_going_on_nor_the_worker(hub: Hub) -> None:
    worker = hub.worker()
    hub.scheduler()
    run_id = request.request(active_connection(), Trigger.MANUAL)
    enqueue_run(run_id)
    eventually(lambda: hub.began(run_id))
    hub.redis.flushall()
    hub.let_runs("go")
    eventually(lambda: status(run_id) is RunStatus.COMPLETE)
    eventually(lambda: health().workers == 1)
    other = request.request(active_connection(), Trigger.MANUAL)
    eventually(lambda: status(other) is RunStatus.COMPLETE)
    assert worker.poll() is None
    assert not hub.began(run_id, attempt=2)


def test_tasks_whose_worker_died_are_cleaned_up(hub: Hub) -> None:
    run_id = request.request(active_connection(), Trigger.MANUAL)
    enqueue_run(run_id)
    task = SafeJob.fetch(queue("sync-small", hub.redis).pop_job_id() or "", hub.redis)
    task.set_status(JobStatus.STARTED)
    hub.redis.zadd("rq:wip:sync-small", {f"{task.id}:gone": 1})
    hub.leader().reconcile()
    assert hub.redis.zcard("rq:wip:sync-small") == 0
    assert task.get_status() is JobStatus.FAILED
    hub.leader().reconcile()
    assert queue("sync-small", hub.redis).get_job_ids() == [task.id]
