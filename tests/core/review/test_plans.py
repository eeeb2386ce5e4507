"""The plan of a held run or a preview is kept, decided on, and written exactly as it was made."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update

from connectors.contract.employee import BankAccount
from core.clock import now
from core.db import reading, transaction
from core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from core.models import Action, Audit, Decision, Link, Plan, PlanState, Record, Role, Run, RunKind, RunStatus
from core.queue import task_queue
from core.review import approvals
from core.runs.outcome_catalogue import Code
from core.security.actor import OPERATOR, ActingRole, Actor
from core.sync.store import kept_plans
from harness import world
from tests.core.sync.conftest import Ended, Hub
from tests.core.sync.crashes import Crash, run_into
from tests.core.sync.fakes import FakeTarget, no_fault, person

pytestmark = pytest.mark.both_engines


@pytest.fixture(autouse=True)
def _no_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task_queue, "enqueue_run", lambda _run_id: True)


def admin(hub: Hub, name: str = "alex", acting_role: ActingRole = ActingRole.ACCOUNT_ADMIN) -> Actor:
    with reading() as session:
        account_id = session.scalar(
            select(Run.account_id).where(Run.connection_id == hub.connection_id).limit(1)
        )
    assert account_id is not None
    return Actor(name, acting_role, world.person(account_id, Role.ACCOUNT_ADMIN, username=name), account_id)


def held_run(hub: Hub) -> Ended:
    """Hold a run that would change two people and create one."""
    hub.fill(5)
    hub.run()
    hub.set_job(limits={"creates": {"count": 0}})
    hub.source.edit("s1", mobile="0411 222 333")
    hub.source.edit("s2", mobile="0411 222 444")
    hub.source.put("new", person(51))
    ended = hub.run()
    assert ended.status is RunStatus.HELD and payloads(ended.id) == 3
    return ended


def payloads(run_id: int) -> int:
    with reading() as session:
        sealed = (
            select(func.count())
            .select_from(Record)
            .where(Record.run_id == run_id, Record.payload_batch_id.is_not(None))
        )
        return session.scalar(sealed) or 0


def state(run_id: int) -> PlanState:
    with reading() as session:
        return session.get_one(Plan, run_id).state


def carry_out(hub: Hub, actor: Actor, run_id: int, positions: list[int] | None = None) -> Ended:
    new = approvals.approve(actor, run_id, positions)
    assert new is not None
    hub.execute(new)
    return hub.ended(new)


def test_a_plan_that_is_approved_during_a_run_waits_and_is_checked_after_it(hub: Hub) -> None:
    held = held_run(hub)
    hub.set_job()
    hub.target.refuse = {"Surname51"}
    going, wanted = hub.request(), admin(hub)

    def approve(step: str, _number: int) -> None:
        if step == "read":
            hub.source.steps.fault = no_fault
            new.append(approvals.approve(wanted, held.id))
            with pytest.raises(ConflictError, match="already been approved"):
                approvals.approve(wanted, held.id, [0])

    new: list[int | None] = []
    hub.source.steps.fault = approve
    assert hub.execute(going) is RunStatus.ERROR
    waiting = new[0]
    assert waiting is not None and hub.request() != waiting and hub.row(waiting).status is RunStatus.QUEUED
    hub.target.refuse = set()
    hub.execute(waiting)
    ended = hub.ended(waiting)
    reasons = {source_id: row.reason for source_id, row in ended.rows.items()}
    assert reasons == {"s1": Code.STALE, "s2": Code.STALE, "new": None}
    assert ended.rows["new"].action is Action.CREATED and hub.everybody_once()


def test_approving_all_writes_exactly_the_plan(hub: Hub) -> None:
    held = held_run(hub)
    actor = admin(hub)
    done = carry_out(hub, actor, held.id)
    assert (done.status, done.counters.created, done.counters.updated, done.counters.read) == (
        RunStatus.COMPLETE,
        1,
        2,
        3,
    )
    assert (
        done.message == f"Approved from run #{held.id}. All 3 employees were processed: 1 created, 2 updated."
    )
    assert hub.everybody_once() and hub.target.records["1001"]["phone"] == "0411 222 333"
    assert (state(held.id), payloads(held.id)) == (PlanState.APPROVED, 0)
    before, after = held.rows["new"], hub.ended(held.id).rows["new"]
    assert (after.action, after.reason, after.message) == (before.action, before.reason, before.message)
    assert hub.run().counters.unchanged == 6


def test_approving_some_writes_those_and_drops_the_rest(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    held = held_run(hub)
    done = carry_out(hub, admin(hub), held.id, [held.rows["s2"].position])
    assert done.decisions() == {"s2": Decision.UPDATE}
    assert payloads(held.id) == 0 and len(hub.target.records) == 5


def test_approving_none_closes_the_plan_and_wipes_it(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    held, actor = held_run(hub), admin(hub)
    approvals.reject(actor, held.id)
    assert (state(held.id), payloads(held.id)) == (PlanState.REFUSED, 0)
    with pytest.raises(ConflictError, match="already been rejected"):
        approvals.approve(actor, held.id)
    with reading() as session:
        assert "plan.refuse" in set(session.scalars(select(Audit.action)))


def test_only_an_account_admin_of_the_account_decides(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    held = held_run(hub)
    for acting_role in (ActingRole.ANALYST, ActingRole.SUPPORT):
        with pytest.raises(ForbiddenError):
            approvals.approve(admin(hub, acting_role.value, acting_role), held.id)
    stranger = Actor("sue", ActingRole.ACCOUNT_ADMIN, 1, world.account("Other"))
    with pytest.raises(NotFoundError):
        approvals.approve(stranger, held.id)
    assert state(held.id) is PlanState.OPEN


def test_a_choice_that_is_not_in_the_plan_is_refused(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    held, actor = held_run(hub), admin(hub)
    for positions in ([], [999], [held.rows["s1"].position, held.rows["s4"].position]):
        with pytest.raises(InvalidError):
            approvals.approve(actor, held.id, positions)


def test_employees_changed_at_the_source_or_target_are_left_out_as_stale(hub: Hub) -> None:
    held = held_run(hub)
    hub.source.edit("s1", mobile="0499 999 999")
    hub.target.records["1002"]["email"] = "other@example.com"
    done = carry_out(hub, admin(hub), held.id)
    assert done.reasons() == {"s1": Code.STALE, "s2": Code.STALE, "new": None}
    assert (done.counters.held, done.counters.created) == (2, 1)
    assert done.message.endswith("2 were left out because their data changed since the plan was made.")
    assert hub.target.records["1001"]["phone"] != "0411 222 333"


def test_somebody_who_appeared_at_the_target_is_not_created_again(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    held = held_run(hub)
    hub.target.adopt("1051", hub.source.people["new"])
    done = carry_out(hub, admin(hub), held.id)
    assert done.reasons()["new"] == Code.STALE and len(hub.target.records) == 6


@pytest.mark.parametrize("gone", ["source", "target", "scope"])
def test_somebody_who_is_gone_meanwhile_is_left_out(sqlite_hub: Hub, gone: str) -> None:
    hub = sqlite_hub
    held = held_run(hub)
    if gone == "source":
        del hub.source.people["s1"]
    elif gone == "target":
        del hub.target.records["1001"]
    else:
        hub.source.edit("s1", status="Archived")
    assert carry_out(hub, admin(hub), held.id).reasons()["s1"] == Code.STALE


def test_a_link_made_meanwhile_for_somebody_else_is_respected(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    held = held_run(hub)
    with transaction() as session:
        session.execute(update(Link).where(Link.source_id == "s1").values(source_id="other"))
    assert carry_out(hub, admin(hub), held.id).reasons()["s1"] == Code.STALE


def test_a_preview_is_applied_exactly(hub: Hub) -> None:
    hub.fill(4)
    preview = hub.run(RunKind.PREVIEW)
    assert payloads(preview.id) == 4 and hub.target.writes == 0
    done = carry_out(hub, admin(hub, "sam", ActingRole.SUPPORT), preview.id)
    assert done.counters.created == 4 and hub.everybody_once()
    assert hub.run().counters.unchanged == 4


def test_twins_in_a_preview_are_not_stale_for_each_other(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    twin: dict[str, Any] = {
        "first_name": "Kim",
        "surname": "Lee",
        "date_of_birth": person(1).date_of_birth,
        "au_tax": None,
    }
    hub.source.put("a", person(1, **twin))
    hub.source.put("b", person(2, **twin))
    hub.target.adopt("1001", hub.source.people["a"], phone="0299 999 999")
    preview = hub.run(RunKind.PREVIEW)
    done = carry_out(hub, admin(hub), preview.id)
    assert done.decisions() == {"a": Decision.UPDATE, "b": Decision.CREATE}
    assert (done.counters.updated, done.counters.created) == (1, 1)


def test_a_newer_plan_replaces_the_older_one_but_a_preview_leaves_a_held_one(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    held = held_run(hub)
    preview = hub.run(RunKind.PREVIEW)
    assert (state(held.id), state(preview.id)) == (PlanState.OPEN, PlanState.OPEN)
    newer = hub.run()
    assert (state(held.id), state(preview.id), state(newer.id)) == (
        PlanState.REPLACED,
        PlanState.REPLACED,
        PlanState.OPEN,
    )
    assert payloads(held.id) == payloads(preview.id) == 0
    with pytest.raises(ConflictError, match="later run"):
        approvals.approve(admin(hub), held.id)


def test_a_plan_is_wiped_when_its_time_is_up(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    held = held_run(hub)
    with transaction() as session:
        session.execute(update(Plan).values(kept_until=now() - timedelta(seconds=1)))
    with pytest.raises(ConflictError, match="Run the job again"):
        approvals.approve(admin(hub), held.id)
    assert kept_plans.expire() == 1
    assert (state(held.id), payloads(held.id)) == (PlanState.EXPIRED, 0)


def test_the_approved_number_of_employees_becomes_the_usual_one(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.fill(24)
    hub.run()
    for source_id in list(hub.source.people)[10:]:
        del hub.source.people[source_id]
    hub.source.edit("s1", mobile="0411 222 333")
    held = hub.run()
    assert {row.reason for row in held.rows.values() if row.action is Action.NOT_WRITTEN} == {
        Code.VOLUME_DROP
    }
    actor = admin(hub)
    carry_out(hub, actor, held.id)
    assert hub.run().status is RunStatus.COMPLETE


@pytest.mark.slow
def test_an_approved_plan_survives_a_crash_at_any_step(either_hub: Hub) -> None:
    at, happened = 1, True
    while happened:
        hub = Hub(either_hub.connection_id, target=FakeTarget(chosen_ids=either_hub.target.chosen_ids))
        with transaction() as session:
            session.execute(delete(Link))
        hub.set_job()
        new = approvals.approve(OPERATOR, held_run(hub).id)
        assert new is not None
        happened = run_into(hub, Crash(at), new)
        ended = hub.resume(new) if not hub.row(new).status.ended else hub.ended(new)
        assert (ended.counters.created, ended.counters.updated, ended.counters.held) == (1, 2, 0)
        assert hub.everybody_once()
        at += 1
    assert at > 10


def bank_change(hub: Hub, people: int, starter: Actor) -> int:
    hub.set_job(limits={"people_for_bank": people})
    hub.source.edit("s1", bank_accounts=(BankAccount("Anna", "12345678", "064000"),))
    run_id = hub.request()
    with transaction() as session:
        session.get_one(Run, run_id).requested_by = starter.user_id
    hub.execute(run_id)
    assert hub.ended(run_id).status is RunStatus.HELD
    return run_id


def test_changed_bank_accounts_need_somebody_else_than_the_starter(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.fill(3)
    hub.run()
    starter, other = admin(hub, "alex"), admin(hub, "bo")
    run_id = bank_change(hub, 1, starter)
    with pytest.raises(ForbiddenError, match="You started this run"):
        approvals.approve(starter, run_id)
    assert carry_out(hub, other, run_id).counters.updated == 1
    assert hub.target.records["1001"]["bank"] == "12345678"


def test_two_people_have_to_agree_to_the_same(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.fill(3)
    hub.run()
    starter, first, second = (admin(hub, name) for name in ("alex", "bo", "cy"))
    run_id = bank_change(hub, 2, starter)
    chosen = [hub.ended(run_id).rows["s1"].position]
    assert approvals.approve(first, run_id) is None
    assert approvals.approve(first, run_id) is None, "the same person twice is still one"
    assert approvals.approve(second, run_id, chosen) is None, "another choice starts again"
    assert hub.target.records["1001"].get("bank") is None
    assert carry_out(hub, first, run_id, chosen).counters.updated == 1
