"""An approved plan is applied later: employees a run would treat differently now are left out, all are counted."""

from __future__ import annotations

import asyncio

import pytest

from connectors.contract.employee import BankAccount
from connectors.contract.errors import AuthError
from connectors.contract.records import Outcome, Prepared
from core.accounts import switch_off
from core.connections import deletion
from core.db import transaction
from core.errors import ConflictError, NotFoundError
from core.jobs import cancellation, limits
from core.models import Action, Run, RunKind, RunStatus
from core.queue import task_queue
from core.review import approvals, plans
from core.runs import lease
from core.runs.outcome_catalogue import Code
from core.security.actor import OPERATOR, ActingRole
from core.sides.system_pair import SystemPair
from core.sync import engine
from core.sync.runtime import heartbeat
from tests.core.review.test_plans import admin, payloads
from tests.core.sync.conftest import Hub
from tests.core.sync.crashes import KilledError
from tests.core.sync.fakes import FakeTarget, person

FIRST, SECOND = BankAccount("Anna", "22222222", "064000"), BankAccount("Anna", "33333333", "064000")


@pytest.fixture(autouse=True)
def _no_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task_queue, "enqueue_run", lambda _run_id: True)


def carried_out(hub: Hub, run_id: int) -> int:
    new = approvals.approve(OPERATOR, run_id)
    assert new is not None
    hub.execute(new)
    return new


def test_an_employee_that_a_run_would_stop_now_is_left_out(hub: Hub) -> None:
    hub.fill(3)
    hub.run()
    hub.source.edit("s1", bank_accounts=(FIRST,))
    preview = hub.run(RunKind.PREVIEW)
    hub.source.edit("s1", bank_accounts=(FIRST, SECOND))
    assert hub.ended(carried_out(hub, preview.id)).reasons()["s1"] == Code.STALE
    assert hub.target.records["1001"].get("bank") is None


def test_an_employee_created_since_and_not_listed_is_not_created_again(hub: Hub) -> None:
    hub.target = FakeTarget(chosen_ids=False)
    hub.fill(3)
    hub.run()
    hub.set_job(limits={"creates": {"count": 0}})
    hub.source.put("new", person(9))
    held = hub.run()
    assert held.status is RunStatus.HELD
    hub.set_job()
    assert hub.sync("new").rows["new"].action is Action.CREATED
    hub.target.unlisted = {"T4"}  # payroll has made them inactive
    carried_out(hub, held.id)
    assert len(hub.target.records) == 4


@pytest.mark.both_engines
def test_changed_limits_close_the_plans_of_previews(hub: Hub) -> None:
    hub.fill(3)
    hub.run()
    hub.source.edit("s1", bank_accounts=(FIRST,))
    preview, actor = hub.run(RunKind.PREVIEW), admin(hub)
    limits.change_limits(actor, hub.connection_id, {})
    assert payloads(preview.id) == 1, "nothing has changed"
    limits.change_limits(actor, hub.connection_id, {"bank": {"count": 0, "share": None}})
    with pytest.raises(ConflictError, match="limits or the mapping have changed"):
        approvals.approve(admin(hub, "sue", ActingRole.SUPPORT), preview.id)
    assert payloads(preview.id) == 0
    assert hub.run().status is RunStatus.HELD


@pytest.mark.both_engines
def test_an_approved_plan_that_is_cancelled_before_it_starts_is_accounted_for(hub: Hub) -> None:
    hub.fill(3)
    preview = hub.run(RunKind.PREVIEW)
    new = approvals.approve(OPERATOR, preview.id)
    assert new is not None
    assert cancellation.cancel(OPERATOR, new) is RunStatus.CANCELLED
    ended = hub.ended(new)
    assert {row.action for row in ended.rows.values()} == {Action.NOT_WRITTEN}
    assert set(ended.reasons().values()) == {Code.CANCELLED}
    assert (ended.counters.read, ended.counters.held) == (3, 3) and payloads(new) == 0
    assert hub.run().counters.created == 3


def test_employees_of_a_queued_run_are_accounted_for_when_ihub_is_switched_off(hub: Hub) -> None:
    hub.fill(3)
    preview = hub.run(RunKind.PREVIEW)
    new = approvals.approve(OPERATOR, preview.id)
    assert new is not None
    with transaction() as session:
        switch_off.stop_all(session, session.get_one(Run, new).account_id)
    assert hub.ended(new).counters.held == 3 and payloads(new) == 0


def test_a_preview_that_ended_as_an_error_keeps_no_plan(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.fill(4)
    run_id = hub.request(RunKind.PREVIEW)

    def die(*_: object, **__: object) -> None:
        raise KilledError

    def refuse(_connection_id: int) -> SystemPair:
        raise AuthError("Sign in again.")

    with monkeypatch.context() as patch, pytest.raises(KilledError):
        patch.setattr(lease, "finish", die)  # the plan has been kept, and the run has not ended yet
        hub.execute(run_id)
    hub.expire(run_id)
    assert engine.execute(run_id, refuse) is RunStatus.ERROR
    assert payloads(run_id) == 0
    with pytest.raises(NotFoundError):
        approvals.approve(OPERATOR, run_id)


def test_a_deleted_connection_keeps_no_plan(hub: Hub) -> None:
    hub.fill(2)
    preview, actor = hub.run(RunKind.PREVIEW), admin(hub)
    deletion.delete(actor, hub.connection_id)
    assert payloads(preview.id) == 0 and plans.open_plans(actor) == []


@pytest.mark.both_engines
def test_the_progress_of_an_applied_plan_is_shown(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.fill(3)
    preview = hub.run(RunKind.PREVIEW)
    monkeypatch.setattr(heartbeat, "PROGRESS_SECONDS", 0.02)
    new, seen, create = approvals.approve(OPERATOR, preview.id), [], hub.target.create
    assert new is not None

    async def create_slowly(prepared: Prepared) -> Outcome:
        for _ in range(100):
            if hub.row(new).read == 3:
                break
            await asyncio.sleep(0.05)
        seen.append(hub.row(new).read)
        return await create(prepared)

    monkeypatch.setattr(hub.target, "create", create_slowly)
    hub.execute(new)
    assert seen == [3, 3, 3]


def test_where_both_systems_number_differently_the_plan_holds_what_was_matched_by_name(
    sqlite_hub: Hub,
) -> None:
    hub = sqlite_hub
    for number in range(3):
        hub.source.put(f"s{number}", person(number))
        hub.target.adopt(f"OLD-{number}", person(number))
    hub.run()
    hub.source.put("s20", person(20, au_tax=None))
    hub.target.adopt("OLD-20", person(20, au_tax=None), phone="0411 111 111")
    new = carried_out(hub, hub.run(RunKind.PREVIEW).id)
    assert hub.ended(new).counters.written == 1
