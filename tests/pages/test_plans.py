"""The plan of a held run on its page: grouped, searched, chosen from, and decided on by who may."""

from __future__ import annotations

from sqlalchemy import select

from core.db import reading, transaction
from core.models import Audit, Record, Role, Run
from harness import world
from tests.pages.conftest import Show, labels, text
from tests.pages.test_decisions import _no_queue, held, plan, press
from tests.web.conftest import People

__all__ = ["_no_queue", "held"]


def test_a_held_run_shows_what_breached_and_whom_it_concerns_first(
    show: Show, people: People, held: int
) -> None:
    test = show("Reports", people.admin, run=held)
    assert "Limits exceeded" in text(test) and "Bank account changes" in text(test)
    assert "3 employees would be written." in text(test)
    assert not test.dataframe, "its own export would be neither audited nor safe in a spreadsheet"
    page = text(test)
    assert page.index("Given1 Surname1") < page.index("Given2 Surname2") < page.index("Given0 Surname0")
    assert "Bank account: <i>empty</i> → ••• 678" in page and "Held by: Bank account changes." in page
    assert f"/export/plan.csv?run={held}" in page
    assert test.button_group[0].options == [
        *("All (3)", "Over a limit (2)", "Update (3)", "New bank account (2)"),
    ]
    assert {"Approve all (3)", "Approve chosen (0)", "Reject all"} <= set(labels(test))


def test_a_group_is_looked_at_and_approved_and_the_rest_is_accounted_for(
    show: Show, people: People, held: int
) -> None:
    test = show("Reports", people.admin, run=held)
    test.button_group[0].set_value("bank").run()
    assert "Given0 Surname0" not in text(test).split("Employees")[0]
    press(test, "Approve this group: New bank account (2)")
    assert "2 employees will be written. 1 employee will not, and comes again in the next run." in text(test)
    next(field for field in test.text_input if field.label == "Note").set_value("Seen on paper")
    press(test, "Approve")
    adopted = plan(held).applied_by_run_id
    assert adopted is not None
    rest = "2 of 3 approved. The other employee was not written and comes again in the next run."
    assert rest in text(show("Reports", people.admin, run=adopted))
    page = text(show("Reports", people.admin, run=held))
    assert rest in page and "2 of 3 approved" in page
    assert "2 of 3 approved" in text(show("Reports", people.admin))
    with reading() as session:
        detail = session.scalars(select(Audit.detail).where(Audit.action == "plan.approve")).one()
    assert (detail["chosen"], detail["note"]) == (2, "Seen on paper")


def test_single_employees_are_chosen_also_after_a_search(show: Show, people: People, held: int) -> None:
    test = show("Reports", people.admin, run=held)
    test.multiselect[0].select("Given2 Surname2 (s2)").run()
    next(field for field in test.text_input if field.label == "Search the plan").set_value("Surname0").run()
    assert (
        "Given1 Surname1"
        not in text(test).split("Approve")[0].split("would be written")[1].split("<h3")[0][:2000]
    )
    test.multiselect[0].select("Given0 Surname0 (s0)").run()
    press(press(test, "Approve chosen (2)"), "Approve")
    adopted = plan(held).applied_by_run_id
    with reading() as session:
        chosen = session.scalars(select(Record.source_id).where(Record.run_id == adopted))
        assert set(chosen) == {"s0", "s2"}


def test_the_person_who_started_the_run_may_approve_all_but_the_bank_accounts(
    show: Show, people: People, held: int
) -> None:
    world.person(people.account, Role.ACCOUNT_ADMIN, username="second")
    with transaction() as session:
        session.get_one(Run, held).requested_by = people.admin
    test = show("Reports", people.admin, run=held)
    disabled = {button.label for button in test.button if button.disabled}
    assert {"Approve all (3)", "Approve chosen (0)"} <= disabled and "Reject all" not in disabled
    refusal = "You started this run, so someone else has to approve the changed bank accounts."
    shown = [str(getattr(each, "label", None) or getattr(each, "value", "")) for each in test.main]
    assert shown.index(refusal) < shown.index("Approve all (3)") < shown.index("Approve chosen (0)")
    test.multiselect[0].select("Given0 Surname0 (s0)").run()
    assert not next(button for button in test.button if button.label == "Approve chosen (1)").disabled


def test_without_a_second_person_the_page_says_why_nobody_else_has_to_approve(
    show: Show, people: People, held: int
) -> None:
    page = text(show("Reports", people.admin, run=held))
    assert "Approval by another person is off, because only one person can approve here." in page


def test_the_numbers_of_the_last_runs_stand_beside_the_limit(show: Show, people: People, held: int) -> None:
    page = text(show("Reports", people.admin, run=held))
    assert 'data-label="Last runs">0</td>' in page
