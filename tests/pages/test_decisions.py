"""Deciding on the pages: held plans, previews, those who wait for a person, and the limits themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from connectors import registry
from connectors.contract.employee import BankAccount
from connectors.contract.fields import Concern
from connectors.contract.target_fields import FieldSummary
from core.db import reading
from core.errors import ConflictError
from core.jobs import limits
from core.models import Link, Plan, PlanState, Run, RunKind, RunStatus
from core.queue import task_queue
from core.review import approvals
from core.runs import outcome_catalogue
from core.security.actor import OPERATOR, ActingRole, Actor
from pages.ui.layout import dialogs
from tests.core.sync.conftest import Hub
from tests.core.sync.fakes import FakeTarget, person
from tests.pages.conftest import Show, labels, text
from tests.web.conftest import People


@pytest.fixture(autouse=True)
def _no_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task_queue, "enqueue_run", lambda _run_id: True)


@pytest.fixture
def held(connection: int) -> int:
    """Hold a run that would give two employees another bank account and change the phone of a third."""
    hub = Hub(connection)
    hub.fill(4)
    hub.run()
    hub.set_job(limits={"bank": {"count": 1}})
    hub.source.edit("s0", mobile="0411 222 333")
    for source_id in ("s1", "s2"):
        hub.source.edit(source_id, bank_accounts=(BankAccount("Anna", "12345678", "064000"),))
    ended = hub.run()
    assert ended.status is RunStatus.HELD
    return ended.id


def press(test: AppTest, label: str) -> AppTest:
    return next(button for button in test.button if button.label == label).click().run()


def confirm(test: AppTest, label: str) -> AppTest:
    """Answer the question that stands below the button with the same label."""
    return [button for button in test.button if button.label == label][-1].click().run()


def plan(run_id: int) -> Plan:
    with reading() as session:
        return session.get_one(Plan, run_id)


def test_approving_all_starts_the_run_that_writes_it(show: Show, people: People, held: int) -> None:
    test = press(show("Reports", people.admin, run=held), "Approve all (3)")
    assert plan(held).state is PlanState.OPEN and "3 employees will be written." in text(test)
    test = press(test, "Approve")
    adopted = plan(held).applied_by_run_id
    assert (plan(held).state, test.query_params["run"]) == (PlanState.APPROVED, str(adopted))
    with reading() as session:
        assert session.get_one(Run, adopted).requested_by == people.admin
    page = text(show("Reports", people.admin, run=held))
    assert "Approved by Admin" in page and f"/Reports?run={adopted}" in page


def test_approving_none_closes_the_plan(show: Show, people: People, held: int) -> None:
    test = show("Reports", people.admin, run=held)
    assert any(outcome_catalogue.APPROVE in warning.value for warning in test.warning)
    test = press(test, "Reject all")
    assert plan(held).state is PlanState.OPEN and "Nothing will be written, and the plan is deleted." in text(
        test
    )
    page = text(press(test, "Reject"))
    assert plan(held).state is PlanState.REFUSED and "Rejected by Admin" in page
    assert "nothing was written." in page and outcome_catalogue.APPROVE not in page
    assert "Rejected: nothing to do here." in page


def test_an_analyst_sees_the_breach_and_cannot_decide(show: Show, people: People, held: int) -> None:
    test = show("Reports", people.analyst, run=held)
    assert "Bank account changes" in text(test) and "An Account Admin can decide here." in text(test)
    offered = [button for button in test.button if button.label.startswith(("Approve", "Reject"))]
    assert len(offered) == 3 and all(button.disabled for button in offered)


def test_a_refusal_is_told_at_the_button(
    show: Show, people: People, held: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:
        raise ConflictError("The connection is not Active.")

    test = show("Reports", people.admin, run=held)
    monkeypatch.setattr(approvals, "approve", refuse)
    test = press(press(test, "Approve all (3)"), "Approve")
    assert "The connection is not Active." in text(test) and plan(held).state is PlanState.OPEN


def test_what_is_approved_waits_behind_a_run(show: Show, people: People, held: int, connection: int) -> None:
    test = show("Reports", people.admin, run=held)
    earlier = Hub(connection).request()
    test = press(press(test, "Approve all (3)"), "Approve")
    assert f"is waiting: it starts when run #{earlier} has ended." in text(test)
    assert plan(held).state is PlanState.APPROVED


def admin_of(people: People) -> Actor:
    return Actor("Other admin", ActingRole.ACCOUNT_ADMIN, people.admin, people.account)


@pytest.mark.parametrize(
    "pressed", [["Reject all"], ["Reject all", "Reject"], ["Approve all (3)"], ["Approve all (3)", "Approve"]]
)
@pytest.mark.parametrize("decide", [approvals.approve, approvals.reject])
def test_a_click_on_a_plan_that_was_decided_in_another_tab_is_answered(
    show: Show, people: People, held: int, pressed: list[str], decide: Callable[[Actor, int], object]
) -> None:
    test = show("Reports", people.admin, run=held)
    for label in pressed[:-1]:
        press(test, label)
    decide(admin_of(people), held)
    press(test, pressed[-1])
    state = "approved" if decide is approvals.approve else "rejected"
    assert [toast.value for toast in test.toast] == [
        f"This plan has already been {state}. Your choice has changed nothing."
    ]
    assert not test.run().toast, "said once"


def test_who_decides_is_not_told_that_it_was_decided(show: Show, people: People, held: int) -> None:
    assert not press(press(show("Reports", people.admin, run=held), "Reject all"), "Reject").toast


def test_a_preview_can_be_applied(show: Show, people: People, connection: int) -> None:
    hub = Hub(connection)
    hub.fill(2)
    preview = hub.run(RunKind.PREVIEW).id
    test = press(press(show("Reports", people.admin, run=preview), "Apply all (2)"), "Apply")
    adopted = plan(preview).applied_by_run_id
    assert adopted is not None and test.query_params["run"] == str(adopted)
    hub.execute(adopted)
    assert hub.ended(adopted).counters.created == 2
    assert f"Go to the plan, in run #{preview}" in text(show("Reports", people.admin, run=adopted))


def waiting_run(connection: int) -> tuple[Hub, int]:
    hub = Hub(connection, target=FakeTarget(chosen_ids=False))
    hub.source.put("a", person(1))
    hub.target.adopt("T77", person(1), tax=None, email=None, birth=None)
    return hub, hub.run().id


def test_an_admin_links_and_unlinks_who_waits(show: Show, people: People, connection: int) -> None:
    _, run_id = waiting_run(connection)
    test = show("Reports", people.admin, run=run_id)
    assert "Who is this?" in text(test) and "T77" in text(test)
    test = press(test, "Link")
    with reading() as session:
        assert session.scalars(select(Link.target_id)).all() == ["T77"]
    assert "All are decided. The next run applies your decisions." in text(test)
    test = press(test, "Unlink")
    assert "T77 will no longer belong to Given1 Surname1" in text(test)
    test = press(test, "Cancel")
    assert "will no longer belong" not in text(test)
    test = confirm(press(test, "Unlink"), "Unlink")
    with reading() as session:
        assert session.scalars(select(Link)).all() == []
    press(test, "Undo")
    with reading() as session:
        assert session.scalars(select(Link.target_id)).all() == ["T77"]


def test_an_admin_has_somebody_created_as_new(show: Show, people: People, connection: int) -> None:
    hub, run_id = waiting_run(connection)
    test = press(show("Reports", people.admin, run=run_id), "Create new")
    assert "will be created in iPayroll as a new employee" in text(test)
    confirm(test, "Create new")
    assert hub.run().counters.created == 1


def test_a_question_asked_in_one_run_is_not_open_in_another(
    show: Show, people: People, connection: int
) -> None:
    hub, run_id = waiting_run(connection)
    test = press(show("Reports", people.admin, run=run_id), "Create new")
    test.query_params["run"] = str(hub.run().id)
    assert "will be created in iPayroll as a new employee" not in text(test.run())


def test_others_are_not_asked_who_somebody_is(show: Show, people: People, connection: int) -> None:
    _, run_id = waiting_run(connection)
    test = show("Reports", people.analyst, run=run_id)
    assert "Who is this?" not in text(test) and "Link" not in labels(test)


def test_an_admin_sees_the_limits(show: Show, people: People, connection: int) -> None:
    test = show("Jobs", people.admin).menu_button(key=f"menu {connection}").click("Limits").run()
    fields = {field.label: field.value for field in test.number_input}
    assert (fields["Terminations: at most"], fields["Terminations: at most % of employees read"]) == (
        None,
        10,
    )
    assert fields["Days to keep the plan of a held run"] == 7
    page = text(test)
    assert "Holds a run that would change more bank accounts than this." in page
    assert "A wrong account sends somebody's pay to somebody else." in page
    assert "It is exempt from the percentage of new employees" in page
    assert page.count("How many that is today is known once a run has read everybody.") == 4
    assert page.count("No limit today.") == 1, "that of new employees, in a first run"
    assert "1 person can approve here" in page and "there is no second person" in page
    (who,) = [box for box in test.selectbox if box.label == "Who must approve"]
    assert "Two people other than the one who started the run" not in who.options


def test_saving_limits_keeps_a_share_with_decimals_and_says_so(
    show: Show, people: People, connection: int
) -> None:
    admin = replace(OPERATOR, account_id=people.account)
    limits.change_limits(admin, connection, {"terminations": {"share": 0.125}, "least_share": 0.846})
    test = show("Jobs", people.admin).menu_button(key=f"menu {connection}").click("Limits").run()
    fields = {field.label: field for field in test.number_input}
    assert fields["Terminations: at most % of employees read"].value == 12.5
    bank = fields["Bank account changes: at most"]
    assert not bank.disabled
    bank.set_value(3)
    test.session_state[dialogs.WANTED] = (
        "limits",
        (connection, "enableHR → iPayroll"),
    )  # as a browser keeps it open
    press(test, "Save")
    assert "The limits of enableHR → iPayroll are saved. They apply from the next run." in text(test)
    kept = limits.get_limits(admin, connection)
    assert (kept.terminations.share, kept.least_share, kept.bank.count) == (0.125, 0.846, 3)


def test_a_limit_that_cannot_apply_is_disabled_with_the_reason(
    show: Show, people: People, connection: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = (FieldSummary("name", "Name"), FieldSummary("tfn", "TFN", concern=Concern.TAX))
    monkeypatch.setattr(registry, "target_fields", lambda _kind: fields)
    test = show("Jobs", people.admin).menu_button(key=f"menu {connection}").click("Limits").run()
    disabled = {field.label for field in test.number_input if field.disabled}
    assert disabled == {
        "Bank account changes: at most",
        "Bank account changes: at most % of employees read",
    }
    assert [box.label for box in test.selectbox if box.disabled] == ["Who must approve"]
    assert "iHUB sends no bank accounts to iPayroll, so this has nothing to count." in text(test)


def test_support_does_not_set_limits(show: Show, people: People, connection: int) -> None:
    menu = show("Jobs", people.support, people.account).menu_button(key=f"menu {connection}")
    assert [str(entry).partition(": ")[2] for entry in menu.options] == [
        "Run for one person",
        "Full compare now",
    ]


def test_unlinking_says_who_may_get_the_employee_and_can_be_undone(
    show: Show, people: People, connection: int
) -> None:
    hub = Hub(connection, target=FakeTarget(chosen_ids=False))
    hub.source.put("a", person(1))
    hub.run()
    hub.source.put("b", replace(person(1), employee_number=None))
    run_id = hub.run().id
    test = press(show("Reports", people.admin, run=run_id), "Unlink")
    page = text(test).replace("\\", "")
    for words in (
        "**Given1 Surname1**, source ID a",
        "target ID T1",
        "T1 will no longer belong to Given1 Surname1.",
        "The next run may give it to **Given1 Surname1** and write their details over it.",
        "You can undo this until a run has acted on it.",
    ):
        assert words in page, words
    test = confirm(test, "Unlink")
    assert "You unlinked Given1 Surname1 (a) from it." in text(test)
    press(test, "Undo")
    with reading() as session:
        assert session.scalars(select(Link.source_id)).all() == ["a"]


def test_leavers_who_must_be_ended_by_hand_are_approved_too(
    show: Show, people: People, connection: int
) -> None:
    hub = Hub(connection)
    hub.fill(12)
    hub.run()
    hub.set_job(limits={"terminations": {"count": 1}})
    for number in (1, 2):
        hub.source.edit(f"s{number}", status="Terminated", end_date=date(2026, 6, 1))
    held = hub.run()
    assert held.status is RunStatus.HELD
    test = show("Reports", people.admin, run=held.id)
    assert "Left, to be ended by hand (2)" in [expander.label for expander in test.expander]
    test = press(test, "Approve the ends")
    assert "2 employees who left must be ended in iPayroll by hand, and count as approved." in text(test)
    press(test, "Approve")
    adopted = plan(held.id).applied_by_run_id
    assert adopted is not None
    hub.execute(adopted)
    assert hub.run().status is RunStatus.COMPLETE


def test_an_admin_confirms_a_filtered_list_with_a_note(show: Show, people: People, connection: int) -> None:
    hub = Hub(connection, target=FakeTarget(chosen_ids=False))
    for number in range(3):
        hub.source.put(f"s{number}", person(number))
        hub.target.adopt(f"T{number}", person(number), tax=None, email=None, birth=None)
    run_id = hub.run().id
    test = show("Reports", people.admin, run=run_id)
    assert "Confirm several at once: Weak match (3)" in [expander.label for expander in test.expander]
    next(field for field in test.text_input if field.label == "Filter").input("given1")
    test = test.run()
    shown = text(test)
    assert not test.dataframe, "its own export would be neither audited nor safe in a spreadsheet"
    for system in ("enableHR", "iPayroll"):
        assert f'<td data-label="{system}">Given1 Surname1</td>' in shown
        assert f'<td data-label="{system}">Given0 Surname0</td>' not in shown
    test = press(test, "These are the same people (1)")
    assert "1 employee will be linked." in text(test)
    assert "Enter how you know" in text(press(test, "Link them"))
    test = press(test, "These are the same people (1)")
    next(field for field in test.text_input if field.label.startswith("How you know")).input("Checked.")
    test = press(test, "Link them")
    assert hub.links() == {"s1": "T1"}
    assert "Confirm several at once: Weak match (2)" in [expander.label for expander in test.expander]
