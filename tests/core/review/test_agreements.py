"""What a first person has agreed to stays agreed when a later run makes the same plan, and only then."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from connectors.contract.employee import BankAccount
from core.clock import now
from core.db import reading, transaction
from core.errors import ConflictError, ForbiddenError
from core.models import Audit, Plan, PlanState, Run, RunStatus
from core.review import approvals, plans
from core.security.actor import Actor
from tests.core.review.test_plans import _no_queue, admin, bank_change, carry_out, state
from tests.core.sync.conftest import Hub
from tests.core.sync.fakes import person

__all__ = ["_no_queue"]


def agreed(hub: Hub, chosen: list[str] | None = None) -> tuple[int, Actor, Actor]:
    """Have one of two people, who are returned, agree to changing a bank account, for some employees or all."""
    hub.fill(3)
    hub.run()
    run_id = bank_change(hub, 2, admin(hub, "alex"))
    rows = hub.ended(run_id).rows
    bo, cy = admin(hub, "bo"), admin(hub, "cy")
    positions = None if chosen is None else [rows[source_id].position for source_id in chosen]
    assert approvals.approve(bo, run_id, positions) is None
    return run_id, bo, cy


def test_a_second_person_agrees_to_the_same_plan_of_a_later_run(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    first, bo, cy = agreed(hub)
    later = hub.run()
    assert later.status is RunStatus.HELD and state(first) is PlanState.REPLACED
    with pytest.raises(ConflictError, match="A later run has a newer plan"):
        approvals.approve(cy, first)
    old, new = (plans.get_plan(cy, run_id) for run_id in (first, later.id))
    assert old is not None and new is not None and old.newer_run_id == later.id and new.agreed is not None
    assert approvals.approve(bo, later.id) is None, "the same person twice is still one"
    assert carry_out(hub, cy, later.id).counters.updated == 1
    with reading() as session:
        (row,) = session.scalars(select(Audit).where(Audit.action == "plan.keep_agreement"))
        assert (row.subject, row.detail["of_run"]) == (f"run:{later.id}", first)


def test_a_choice_is_agreed_to_although_the_rest_of_the_plan_is_another(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    _, _, cy = agreed(hub, ["s1"])
    hub.source.put("aa", person(77))
    later = hub.run()
    with reading() as session:
        assert session.get_one(Plan, later.id).first_selection == [later.rows["s1"].position]
    assert carry_out(hub, cy, later.id, [later.rows["s1"].position]).counters.updated == 1


def test_the_note_of_the_first_person_stays_with_the_agreement(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    first, bo, cy = agreed(hub)
    approvals.approve(bo, first, note="Seen on paper")
    later = [hub.run().id for _ in range(2)]
    for run_id in later:
        plan = plans.get_plan(cy, run_id)
        assert plan is not None
        assert [(note.person, note.text) for note in plan.notes] == [(plan.agreed, "Seen on paper")]
    carry_out(hub, cy, later[-1])
    plan = plans.get_plan(cy, later[-1])
    assert plan is not None and [note.text for note in plan.notes] == ["Seen on paper"]


def test_the_question_says_that_somebody_else_has_to_approve_before_anything_is_written(
    sqlite_hub: Hub,
) -> None:
    hub = sqlite_hub
    run_id, bo, cy = agreed(hub)
    some = [hub.ended(run_id).rows["s1"].position]
    asked = [
        approvals.another_has_to_agree(who, run_id, chosen) for who in (bo, cy) for chosen in (None, some)
    ]
    assert asked == [True, True, False, True]
    plan = plans.get_plan(cy, run_id)
    assert plan is not None and plan.agreed is not None
    assert plans.what_follows(plan, 1)[0] == "1 employee will be written."
    assert plans.what_follows(plan, 1, is_first_of_two=True)[:2] == [
        "1 employee will be written once another person has approved the same.",
        f"This replaces what {plan.agreed} has approved.",
    ]


def other_account(hub: Hub) -> None:
    """Change the account to one that is shown in the same way."""
    hub.source.edit("s1", bank_accounts=(BankAccount("Anna", "92345678", "064000"),))


def one_more(hub: Hub) -> None:
    hub.source.edit("s2", mobile="0411 222 333")


@pytest.mark.parametrize("change", [other_account, one_more])
def test_another_plan_has_to_be_agreed_to_again(sqlite_hub: Hub, change: Callable[[Hub], None]) -> None:
    hub = sqlite_hub
    first, _, cy = agreed(hub)
    change(hub)
    later = hub.run()
    shown = [hub.ended(run_id).rows["s1"].changes for run_id in (first, later.id)]
    assert shown[0] == shown[1]
    with reading() as session:
        assert session.get_one(Plan, later.id).first_approver is None
    assert approvals.approve(cy, later.id) is None


def test_who_starts_the_later_run_has_not_agreed_to_it(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    _, bo, _ = agreed(hub)
    again = hub.request()
    with transaction() as session:
        session.get_one(Run, again).requested_by = bo.user_id
    hub.execute(again)
    with reading() as session:
        plan = session.get_one(Plan, again)
        assert plan.first_approver is None and plan.kept_until > now()


def test_without_a_setting_a_second_person_is_needed_where_there_is_one(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    hub.fill(3)
    hub.run()
    alex = admin(hub, "alex")
    other_account(hub)
    assert hub.run().status is RunStatus.COMPLETE, "nobody else could approve"
    bo = admin(hub, "bo")
    hub.source.edit("s1", bank_accounts=(BankAccount("Anna", "12345678", "064000"),))
    run_id = hub.request()
    with transaction() as session:
        session.get_one(Run, run_id).requested_by = alex.user_id
    hub.execute(run_id)
    with pytest.raises(ForbiddenError, match="You started this run"):
        approvals.approve(alex, run_id)
    assert carry_out(hub, bo, run_id).counters.updated == 1
