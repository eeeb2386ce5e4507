"""Deciding on the pages whose value of a field counts: one by one, and for a whole first run."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from connectors.contract.employee import BankAccount
from connectors.contract.fields import Owner
from core.db import reading
from core.models import ConflictState, FieldConflict, Run, RunKind
from core.queue import task_queue
from core.review import field_decisions
from core.review.field_conflicts import version_of
from core.security.actor import OPERATOR
from harness import world
from tests.core.sync.conftest import Hub
from tests.core.sync.fakes import FIELDS, FakeTarget, person
from tests.pages.conftest import Show, labels, text
from tests.pages.test_decisions import confirm, press
from tests.web.conftest import People


@pytest.fixture(autouse=True)
def _no_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task_queue, "enqueue_run", lambda _run_id: True)


def asking() -> FakeTarget:
    return FakeTarget(
        fields=[replace(one, owner=Owner.ASK if one.name == "bank" else one.owner) for one in FIELDS]
    )


@pytest.fixture
def changed(connection: int) -> Hub:
    return change_bank_account(connection)


def change_bank_account(connection: int) -> Hub:
    """Change a bank account in payroll, so that it waits."""
    hub = Hub(connection, target=asking())
    hub.source.put("s0", person(0, bank_accounts=(BankAccount("Nina", "11223344"),)))
    hub.run()
    hub.run()
    hub.target.records["1000"]["bank"] = "99887766"
    hub.run()
    return hub


def state() -> ConflictState:
    with reading() as session:
        return session.scalars(select(FieldConflict.state)).one()


def newest_run() -> Run:
    with reading() as session:
        return session.scalars(select(Run).order_by(Run.id.desc()).limit(1)).one()


def test_both_values_are_shown_masked_with_the_three_choices(
    show: Show, people: People, changed: Hub
) -> None:
    test = press(show("To_fix", people.admin), "Decide")
    page = text(test)
    assert "Bank account" in page and "••• 344" in page and "••• 766" in page
    assert "11223344" not in page and "99887766" not in page
    assert {"Use the value from enableHR", "Keep the value in iPayroll", "Ask HR"} <= set(labels(test))


def test_keeping_the_value_lists_the_decision_which_can_be_taken_back(
    show: Show, people: People, changed: Hub
) -> None:
    test = press(press(show("To_fix", people.admin), "Decide"), "Keep the value in iPayroll")
    assert "is kept until one of the two changes" in text(test)
    assert "Nothing has to be fixed." in text(test)
    assert state() is ConflictState.KEEP_PAYROLL
    decided = show("To_fix", people.admin, show="decided")
    assert "value is kept by Admin" in text(decided)
    assert "waits for a decision again" in text(press(decided, "Take back"))
    assert state() is ConflictState.WAITING


def test_a_choice_can_be_carried_out_at_once(show: Show, people: People, changed: Hub) -> None:
    test = press(show("To_fix", people.admin), "Decide")
    test.checkbox[0].check().run()
    assert "carries it out" in text(press(test, "Use the value from enableHR"))
    run = newest_run()
    assert (run.kind, run.selection != "") == (RunKind.SELECTED, True)
    changed.execute(run.id)
    assert changed.target.records["1000"]["bank"] == "11223344"


def test_a_click_on_values_that_were_decided_in_another_tab_is_answered(
    show: Show, people: People, changed: Hub
) -> None:
    test = press(show("To_fix", people.admin), "Decide")
    with reading() as session:
        seen = session.scalars(select(FieldConflict)).one()
    field_decisions.decide(OPERATOR, seen.id, ConflictState.ASK_HR, version_of(seen))
    assert "Somebody has decided on this already" in text(press(test, "Use the value from enableHR"))
    assert state() is ConflictState.ASK_HR


def test_an_analyst_sees_the_values_below_the_run_and_no_button(
    show: Show, people: People, changed: Hub
) -> None:
    test = show("Reports", people.analyst, run=newest_run().id)
    assert "Whose value counts?" in text(test) and "••• 766" in text(test)
    assert "Ask HR" not in labels(test)


def first_hub(connection: int) -> Hub:
    """Return a connection whose first run finds two employees with another postcode."""
    hub = Hub(connection, target=asking())
    hub.fill(2)
    for number in range(2):
        hub.target.adopt(f"100{number}", hub.source.people[f"s{number}"], postcode="9999")
    return hub


def test_a_first_run_asks_once_for_all(show: Show, people: People) -> None:
    hub = first_hub(world.active_connection(people.account, is_first_run=True))
    held = hub.run()
    test = show("Reports", people.admin, run=held.id)
    assert "First changes" in text(test) and "Postcode" in text(test)
    assert "Approve all (0)" not in labels(test)
    test.multiselect[1].select("s1").run()
    confirm(press(test, "Decide and run"), "Run")
    run_id = newest_run().id
    assert run_id > held.id
    hub.execute(run_id)
    assert [hub.target.records[f"100{number}"]["postcode"] for number in range(2)] == ["4000", "9999"]


def test_everybody_can_be_compared_in_full(show: Show, people: People, connection: int) -> None:
    show("Jobs", people.admin).menu_button(key=f"menu {connection}").click("Full compare now").run()
    assert newest_run().compares_all
