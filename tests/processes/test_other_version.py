"""Workers and schedulers that do not fit the store wait, whether it was so at their start or became so later."""

from __future__ import annotations

from core.models import RunStatus, Trigger
from core.queue.health import health
from core.queue.task_queue import enqueue_run
from core.runs.request import request
from core.store_version import NEWER, OLDER
from harness.world import active_connection
from tests.core.test_store_version import EARLIER, LATER, set_revision
from tests.processes.conftest import Hub, eventually, status


def test_a_worker_and_a_scheduler_wait_for_the_store_and_then_work(hub: Hub) -> None:
    hub.let_runs("go")
    head = set_revision(EARLIER)
    worker, scheduler = hub.worker(), hub.scheduler()
    eventually(lambda: hub.said().count(OLDER) >= 2)
    assert health().workers == 0 and not health().scheduler
    set_revision(head)
    first = request(active_connection(), Trigger.MANUAL)
    eventually(lambda: status(first) is RunStatus.COMPLETE)

    eventually(lambda: health().workers == 1)
    set_revision(LATER)  # upgraded while both are running, and the worker waits for a task
    second = request(active_connection(), Trigger.MANUAL)
    enqueue_run(second)
    eventually(lambda: hub.said().count(NEWER) >= 2)
    eventually(lambda: health().workers == 0 and not health().scheduler)
    assert status(second) is RunStatus.QUEUED and not hub.began(second)
    assert health().waiting is not None and sum((health().waiting or {}).values()) == 1
    set_revision(head)
    eventually(lambda: status(second) is RunStatus.COMPLETE)
    assert worker.poll() is None and scheduler.poll() is None
