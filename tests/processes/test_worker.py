"""Workers execute every run once, whichever process is killed."""

from __future__ import annotations

import os
import signal
from datetime import timedelta
from itertools import pairwise

import psutil
from rq import Callback, Queue

from core.db import reading
from core.jobs import start
from core.models import Run, RunKind, RunStatus, Trigger
from core.queue.health import health
from core.queue.task_queue import SYNC_RUN, enqueue_run, queue, runs_before
from core.runs import lease
from core.runs.request import request
from core.security.actor import OPERATOR
from harness.world import account, active_connection
from tests.processes.conftest import Hub, eventually, status


def started(hub: Hub) -> int:
    """Enqueue a run and wait until a worker does it."""
    run_id = request(active_connection(), Trigger.MANUAL)
    assert enqueue_run(run_id)
    eventually(lambda: hub.began(run_id))
    return run_id


def test_a_run_is_done_by_a_child_of_the_worker_and_then_the_waiting_one(hub: Hub) -> None:
    connection = active_connection()
    first = request(connection, Trigger.MANUAL)
    worker = hub.worker()
    enqueue_run(first)
    child = eventually(lambda: hub.began(first))
    assert psutil.Process(child).ppid() == worker.pid
    waiting = request(connection, Trigger.SCHEDULED)
    enqueue_run(waiting)
    hub.let_runs("go")
    eventually(lambda: status(waiting) is RunStatus.COMPLETE)
    assert status(first) is RunStatus.COMPLETE


def test_a_hundred_runs_of_one_account_hold_up_another_for_one_run_at_most(hub: Hub) -> None:
    crowd, other = account(), account("Other")
    runs = [request(active_connection(crowd, f"source{n}"), Trigger.SCHEDULED) for n in range(100)]
    workers = [hub.worker(), hub.worker()]
    for run_id in runs:
        enqueue_run(run_id)
    eventually(lambda: sum(map(bool, map(hub.began, runs))) == 2)
    late = [request(active_connection(other, f"source{n}"), Trigger.SCHEDULED) for n in range(3)]
    hub.leader().reconcile()
    assert runs_before(late[0]) == 0
    workers[0].send_signal(signal.SIGTERM)  # the one run that ends; a worker is there for the next
    hub.worker()
    eventually(lambda: hub.began(late[0]))
    assert sum(map(bool, map(hub.began, runs))) == 2
    # From here on they alternate: neither waits for all of the other's.
    assert [runs_before(each) for each in late[1:]] == [1, 3]


def test_a_run_that_waits_holds_up_no_worker_and_starts_when_the_other_has_ended(hub: Hub) -> None:
    connection = active_connection()
    first = request(connection, Trigger.MANUAL)
    hub.worker()
    hub.worker()
    enqueue_run(first)
    eventually(lambda: hub.began(first))
    waiting = [start.run_now(OPERATOR, connection, kind) for kind in (RunKind.PREVIEW, RunKind.SYNC)]
    other = start.run_now(OPERATOR, active_connection())
    eventually(lambda: hub.began(other))
    assert not any(map(hub.began, waiting))
    hub.let_runs("go")
    eventually(lambda: status(waiting[-1]) is RunStatus.COMPLETE)
    with reading() as session:
        begun = [session.get_one(Run, run_id) for run_id in (first, *waiting)]
    assert [run.attempt for run in begun] == [1, 1, 1]
    for before, after in pairwise(begun):
        assert before.ended_at and after.started_at
        assert timedelta(0) <= after.started_at - before.ended_at < timedelta(seconds=10)


def test_a_killed_child_leaves_a_run_that_is_resumed(hub: Hub) -> None:
    hub.worker()
    run_id = started(hub)
    os.kill(hub.began(run_id) or 0, signal.SIGKILL)
    eventually(lambda: "task.failed" in hub.said())
    assert status(run_id) is RunStatus.RUNNING
    hub.let_runs("go")
    hub.scheduler()
    eventually(lambda: status(run_id) is RunStatus.COMPLETE)
    assert hub.began(run_id, attempt=2)


def test_a_killed_worker_takes_its_child_along_and_another_resumes_the_run(hub: Hub) -> None:
    worker = hub.worker()
    run_id = started(hub)
    child = psutil.Process(hub.began(run_id))
    worker.kill()
    worker.wait()
    eventually(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)
    hub.let_runs("go")
    hub.worker()
    hub.scheduler()
    eventually(lambda: status(run_id) is RunStatus.COMPLETE)
    assert hub.began(run_id, attempt=2)


def test_a_worker_asked_to_stop_gives_its_run_back_at_once(hub: Hub) -> None:
    worker = hub.worker()
    run_id = started(hub)
    worker.terminate()
    assert worker.wait(60) == 0
    assert hub.stopped(run_id)
    assert run_id in lease.claimable()
    hub.let_runs("go")
    hub.worker()  # the task for the second attempt is waiting already: no scheduler is needed
    eventually(lambda: status(run_id) is RunStatus.COMPLETE)


def test_an_idle_worker_stops_at_once_and_signs_off(hub: Hub) -> None:
    worker = hub.worker()
    eventually(lambda: health().workers == 1)
    worker.send_signal(signal.SIGINT)
    assert worker.wait(60) == 0
    assert health().workers == 0


def test_a_run_that_fails_on_a_fault_tells_no_values(hub: Hub) -> None:
    hub.let_runs("raise")
    hub.worker()
    started(hub)
    eventually(lambda: queue("sync-small", hub.redis).failed_job_registry.get_job_ids(cleanup=False))
    assert "ValueError" in hub.said()
    assert "123 456 782" not in hub.said() + hub.everything_in_redis()
    assert "ValueError" in hub.everything_in_redis()


def test_a_worker_for_one_queue_leaves_the_others_alone(hub: Hub) -> None:
    hub.worker("sync-big")
    eventually(lambda: health().workers)
    assert health().unserved == ("ui", "sync-small")


def test_a_worker_for_a_queue_that_does_not_exist_says_so(hub: Hub) -> None:
    assert hub.worker("sync-tiny").wait(60) == 2
    assert hub.said() == "There is no queue sync-tiny. The queues are ui, sync-small, sync-big.\n"


def test_tasks_that_are_not_ours_are_refused_and_do_no_harm(hub: Hub) -> None:
    hub.let_runs("go")
    hub.worker()
    foreign = Queue("sync-small", connection=hub.redis)  # pickles, as a stranger would
    foreign.enqueue_call("os.mkdir", args=(str(hub.folder / "pickled"),), job_id="pickled")
    foreign = queue("sync-small", hub.redis)
    foreign.enqueue_call("os.mkdir", args=(str(hub.folder / "made"),), job_id="foreign")
    foreign.enqueue_call(SYNC_RUN, args=(0,), job_id="callback", on_success=Callback("os.mkdir"))
    run_id = started(hub)
    eventually(lambda: status(run_id) is RunStatus.COMPLETE)
    eventually(
        lambda: (
            set(foreign.failed_job_registry.get_job_ids(cleanup=False)) == {"pickled", "foreign", "callback"}
        )
    )
    assert not (hub.folder / "pickled").exists()
    assert not (hub.folder / "made").exists()


def enqueue_as_version_0_1(hub: Hub) -> int:
    """Queue a run under the names of tasks that version 0.1 had; return its id."""
    run_id = request(active_connection(), Trigger.MANUAL)
    queue("sync-small", hub.redis).enqueue_call(
        "core.tasks.sync_run",
        args=(run_id,),
        job_id=f"run-{run_id}-1",
        on_failure=Callback("core.tasks.task_failed"),
    )
    return run_id


def test_a_task_of_version_0_1_still_runs(hub: Hub) -> None:
    run_id = enqueue_as_version_0_1(hub)
    hub.let_runs("go")
    hub.worker()
    eventually(lambda: status(run_id) is RunStatus.COMPLETE)


def test_a_task_of_version_0_1_that_fails_is_logged(hub: Hub) -> None:
    enqueue_as_version_0_1(hub)
    hub.let_runs("raise")
    hub.worker()
    eventually(lambda: "task.failed" in hub.said())


def test_everything_rides_out_a_redis_that_is_killed(embedded: Hub) -> None:
    server = embedded.start_redis()
    worker = embedded.worker()
    embedded.scheduler()
    run_id = started(embedded)
    server.kill()
    server.wait()
    embedded.let_runs("go")
    eventually(lambda: status(run_id) is RunStatus.COMPLETE)
    other = request(active_connection(), Trigger.MANUAL)
    assert not enqueue_run(other)
    eventually(lambda: "scheduler.outage" in embedded.said())
    embedded.start_redis()
    eventually(lambda: status(other) is RunStatus.COMPLETE)
    assert worker.poll() is None


def test_a_worker_stops_while_redis_is_away(embedded: Hub) -> None:
    server = embedded.start_redis()
    worker = embedded.worker()
    run_id = started(embedded)
    server.kill()
    server.wait()
    worker.terminate()
    assert worker.wait(60) == 0
    assert embedded.stopped(run_id)


def test_a_worker_asked_to_stop_while_it_starts_signs_off_too(hub: Hub) -> None:
    worker = hub.worker()
    eventually(lambda: hub.redis.scard("rq:workers"))
    worker.terminate()
    assert worker.wait(60) == 0
    assert hub.redis.scard("rq:workers") == 0


def test_the_worker_of_the_procfile_does_runs_with_the_engine(hub: Hub) -> None:
    hub.real_worker()
    run_id = request(active_connection(), Trigger.MANUAL)  # its sides hold no credentials
    enqueue_run(run_id)
    eventually(lambda: status(run_id) is RunStatus.ERROR)
    eventually(lambda: "run.finished" in hub.said())
