"""A worker that has lost its run stops at once; one that is asked to stop releases its run."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from types import FrameType

import pytest
from sqlalchemy import select, update

from core import settings
from core.clock import now
from core.db import reading, transaction
from core.errors import LeaseLostError
from core.models import Action, Record, Run, RunStatus
from core.runs import lease as run_lease
from core.runs.counters import Counters
from core.sync import engine
from core.sync.runtime.heartbeat import Heartbeat
from core.sync.store import journal
from tests.core.sync.conftest import Hub
from tests.core.sync.fakes import no_fault

pytestmark = pytest.mark.both_engines


@pytest.fixture
def short_lease(home: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("IHUB_LEASE_SECONDS", "1")
    settings.settings.cache_clear()
    yield
    settings.settings.cache_clear()


@pytest.fixture(autouse=True)
def no_stop() -> Iterator[None]:
    yield
    engine.stop.requested = False


def take_over(run_id: int) -> None:
    with transaction() as session:
        session.execute(
            update(Run).where(Run.id == run_id).values(lease_token="another worker", lease_until=now())
        )


def test_a_worker_that_lost_its_run_writes_nothing_more(short_lease: None, hub: Hub) -> None:
    hub.fill(60)
    run_id = hub.request()

    def lose(step: str, number: int) -> None:
        if (step, number) == ("create", 10):
            take_over(run_id)
            time.sleep(2)  # longer than the lease: whatever happens next, it is not ours any more

    hub.target.steps.fault = lose
    assert hub.execute(run_id) is None
    written = hub.target.writes
    assert written < 60
    assert hub.row(run_id).status is RunStatus.RUNNING
    with reading() as session:
        pending = session.scalars(
            select(Record).where(Record.run_id == run_id, Record.action == Action.PENDING)
        ).all()
    assert len(pending) >= 60 - written
    hub.target.steps.fault = no_fault
    assert hub.resume(run_id).counters.created == 60
    assert hub.everybody_once()


def test_a_run_that_is_asked_to_stop_is_given_back_and_resumed(hub: Hub) -> None:
    hub.fill(60)
    run_id = hub.request()

    def stop(step: str, number: int) -> None:
        if (step, number) == ("create", 10):
            engine.request_stop()

    hub.target.steps.fault = stop
    assert hub.execute(run_id) is RunStatus.RUNNING
    assert 10 <= hub.target.writes < 60
    assert run_lease.claimable() == [run_id]
    with reading() as session:
        pending = (Record.run_id == run_id, Record.action == Action.PENDING)
        sent = session.scalars(select(Record.position).where(*pending, journal.sent(run_id)))
        assert sent.all() == []
    engine.stop.requested = False
    hub.target.steps.fault = no_fault
    assert hub.execute(run_id) is RunStatus.COMPLETE
    assert hub.ended(run_id).counters.created == 60
    assert hub.target.steps.done["create"] == 60


def test_a_run_that_is_asked_to_stop_while_planning_is_planned_again(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.fill(20)
    run_id = hub.request()
    hub.source.steps.fault = lambda step, number: engine.request_stop() if number == 2 else None
    assert hub.execute(run_id) is RunStatus.RUNNING
    engine.stop.requested = False
    assert hub.execute(run_id) is RunStatus.COMPLETE
    assert hub.ended(run_id).counters.created == 20


def test_a_heartbeat_renews_the_lease_and_shows_progress(short_lease: None, hub: Hub) -> None:
    hub.fill(1)
    lease = run_lease.claim(hub.request())
    assert lease is not None
    with Heartbeat(lease, lambda: Counters(read=7, created=2, errors=1)) as heartbeat:
        limit = time.monotonic() + 60
        while hub.row(lease.run_id).read != 7 and time.monotonic() < limit:
            time.sleep(0.05)
        heartbeat.check()
    assert hub.row(lease.run_id).written == 2


def test_a_heartbeat_says_so_when_the_lease_is_lost(short_lease: None, hub: Hub) -> None:
    hub.fill(1)
    lease = run_lease.claim(hub.request())
    assert lease is not None
    lost: list[bool] = []
    with Heartbeat(lease, Counters) as heartbeat:
        heartbeat.when_lost(lambda: lost.append(True))
        take_over(lease.run_id)
        limit = time.monotonic() + 60
        while not lost and time.monotonic() < limit:
            time.sleep(0.05)
        with pytest.raises(LeaseLostError):
            heartbeat.check()
    assert lost == [True]


def test_a_store_that_cannot_be_reached_counts_as_lost_when_the_lease_has_run_out(
    short_lease: None, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlalchemy.exc import OperationalError

    hub.fill(1)
    lease = run_lease.claim(hub.request())
    assert lease is not None

    def unreachable(*_: object, **__: object) -> None:
        raise OperationalError("select", {}, Exception())

    monkeypatch.setattr(run_lease, "renew_lease", unreachable)
    with Heartbeat(lease, Counters) as heartbeat:
        heartbeat.check()
        limit = time.monotonic() + 60
        while not heartbeat.lost and time.monotonic() < limit:
            time.sleep(0.05)
        assert heartbeat.lost


class TookTooLongError(Exception):
    """What a queue raises from a signal handler when a task has used up its time."""


def test_a_task_that_runs_out_of_time_ends_its_run(hub: Hub) -> None:
    hub.fill(30)
    run_id = hub.request()

    def out_of_time(_signal: int, frame: FrameType | None) -> None:
        if frame is not None and frame.f_code.co_name == "gc_callback":
            # Hypothesis watches the garbage collector, and Python drops what is raised in such a watcher.
            signal.setitimer(signal.ITIMER_REAL, 0.001)
            return
        raise TookTooLongError

    before = signal.signal(signal.SIGALRM, out_of_time)
    hub.target.latency = 0.05

    def start_the_clock(step: str, number: int) -> None:
        if (step, number) == ("create", 12):  # once: a second signal would come while the run is ended
            signal.setitimer(signal.ITIMER_REAL, 0.02)

    hub.target.steps.fault = start_the_clock
    try:
        with pytest.raises(TookTooLongError):
            hub.execute(run_id)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    ended = hub.ended(run_id)
    assert ended.status is RunStatus.ERROR
    assert 0 < ended.counters.written < 30
    hub.target.latency, hub.target.steps.fault = 0, no_fault
    assert hub.run().status is RunStatus.COMPLETE
    assert hub.everybody_once()


def test_a_run_that_takes_its_process_down_every_time_is_given_up(sqlite_hub: Hub) -> None:
    sqlite_hub.fill(3)
    run_id = sqlite_hub.request()
    for _ in range(engine.MAX_ATTEMPTS):
        lease = run_lease.claim(run_id)
        assert lease is not None
        run_lease.release(lease)
    assert sqlite_hub.execute(run_id) is RunStatus.ERROR
    assert "aborted" in sqlite_hub.ended(run_id).message
    assert sqlite_hub.target.records == {}
