"""Closed hours that begin in the middle of a run: it continues at their end, and nobody is lost or written twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import update

from core.clock import now
from core.db import transaction
from core.jobs import cancellation
from core.models import Account, Action, Phase, Run, RunKind, RunStatus
from core.queue import task_queue
from core.reports import run_list
from core.runs import closing, lease
from core.runs.closing import Closing
from core.runs.outcome_catalogue import Code
from core.security.actor import OPERATOR
from core.sync import engine
from tests.core.review.test_plans import admin
from tests.core.sync.conftest import Hub
from tests.core.sync.fakes import no_fault

HOURS = "iPayroll 22:00-06:00"
RunUntil = Callable[..., int]


@pytest.fixture
def run_until(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> RunUntil:
    """Return a function that runs until closed hours begin at a step of the source or the target."""
    monkeypatch.setattr(task_queue, "enqueue_run", lambda _run_id: True)
    clock = [now()]
    monkeypatch.setattr(closing, "now", lambda: clock[0])

    def run(step: str, number: int, kind: RunKind = RunKind.SYNC, run_id: int | None = None) -> int:
        hours = Closing(now() + timedelta(hours=1), now() + timedelta(hours=9), HOURS)

        def fault(at: str, count: int) -> None:
            if (at, count) == (step, number):
                clock[0] = hours.closes_at

        hub.source.steps.fault = hub.target.steps.fault = fault
        run_id = run_id or hub.request(kind)
        assert engine.execute(run_id, lambda _: hub.systems(1), hours) is RunStatus.RUNNING
        clock[0] = now()
        hub.source.steps.fault = hub.target.steps.fault = no_fault
        return run_id

    return run


def open_again(run_id: int) -> None:
    with transaction() as session:
        past = now() - timedelta(seconds=1)
        session.execute(update(Run).where(Run.id == run_id).values(not_before=past))


@pytest.mark.both_engines
def test_a_run_continues_at_the_end_of_closed_hours_and_writes_everybody_once(
    hub: Hub, run_until: RunUntil
) -> None:
    hub.fill(40)
    run_id = run_until("create.done", 5)
    written = len(hub.target.records)
    assert 5 <= written < 40
    run = hub.row(run_id)
    assert (run.status, run.phase, run.lease_token) == (RunStatus.RUNNING, Phase.WRITING, None)
    assert lease.claimable() == [] and hub.execute(run_id) is None, "nobody continues it in closed hours"
    actor = admin(hub)
    view = run_list.run_details(actor, run_id)
    assert view.continues_at == run.not_before and view.message is not None and HOURS in view.message
    assert not view.is_stopping
    open_again(run_id)
    assert lease.claimable() == [run_id]
    assert hub.execute(run_id) is RunStatus.COMPLETE
    ended = hub.ended(run_id)
    assert ended.counters.created == len(hub.target.records) == 40
    assert hub.target.steps.done["create"] == 40, "nobody is sent twice"
    assert run_list.run_details(actor, run_id).continues_at is None


def test_who_changed_in_the_meantime_is_left_to_the_next_run(hub: Hub, run_until: RunUntil) -> None:
    hub.fill(40)
    run_id = run_until("create.done", 5)
    assert "s39" not in hub.links() and "s38" not in hub.links()
    hub.source.edit("s39", mobile="0400 999 999")
    del hub.source.people["s38"]
    open_again(run_id)
    hub.execute(run_id)
    ended = hub.ended(run_id)
    assert {at: why for at, why in ended.reasons().items() if why} == {"s38": Code.STALE, "s39": Code.STALE}
    assert ended.counters.created == 38 and ended.counters.held == 2
    assert hub.run().rows["s39"].action is Action.CREATED


def test_a_run_that_reads_begins_again_and_a_preview_too(hub: Hub, run_until: RunUntil) -> None:
    hub.fill(20)
    for kind in (RunKind.PREVIEW, RunKind.SYNC):
        hub.source.steps.done.clear()
        run_id = run_until("read", 2, kind)
        assert hub.row(run_id).phase is Phase.READING and not hub.target.records
        open_again(run_id)
        assert hub.execute(run_id) is RunStatus.COMPLETE
        assert hub.ended(run_id).counters.read == 20


def test_many_nights_do_not_end_a_run_that_gets_on(hub: Hub, run_until: RunUntil) -> None:
    hub.fill(200)
    run_id = run_until("create.done", 1)
    attempts = []
    for _ in range(3):
        open_again(run_id)
        run_until("create.done", hub.target.steps.done["create"] + 1, run_id=run_id)
        attempts.append(hub.row(run_id).attempt)
    assert attempts == [1, 1, 1]
    open_again(run_id)
    hub.execute(run_id)
    assert hub.ended(run_id).counters.created == len(hub.target.records) == 200


def test_a_run_that_waits_for_opening_is_stopped_at_once(hub: Hub, run_until: RunUntil) -> None:
    hub.fill(40)
    run_id = run_until("create.done", 5)
    assert cancellation.cancel(OPERATOR, run_id) is RunStatus.CANCELLED
    ended = hub.ended(run_id)
    assert ended.counters.created == len(hub.target.records) == len(hub.links())


def test_no_run_reads_anything_while_the_zone_of_the_account_is_gone(hub: Hub) -> None:
    hub.fill(2)
    with transaction() as session:
        session.execute(update(Account).values(time_zone="Mars/Olympus"))
    ended = hub.run()
    assert ended.status is RunStatus.ERROR and not hub.source.steps.done
    assert "The account's time zone Mars/Olympus no longer exists" in ended.message
