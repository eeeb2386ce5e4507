"""The To fix page: who needs somebody, what to do, and what an Account Admin can decide."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from streamlit.testing.v1 import AppTest

from core.clock import now
from core.db import reading, transaction
from core.models import ConnectionStatus, Link, OpenProblem
from core.problems import decisions
from tests.core.problems.open_problems import stored
from tests.core.sync.conftest import Hub
from tests.core.sync.fakes import BAD_PHONE, TWO_ACCOUNTS
from tests.pages.conftest import Show, labels, set_status, text
from tests.pages.test_decisions import press
from tests.web.conftest import People


@pytest.fixture
def hub(connection: int) -> Hub:
    """Run once with a person without a start date, one with two bank accounts, and one with a bad phone number."""
    hub = Hub(connection)
    hub.fill(5)
    hub.source.edit("s0", start_date=None)
    hub.source.edit("s1", bank_accounts=TWO_ACCOUNTS)
    hub.source.edit("s2", mobile=BAD_PHONE)
    hub.run()
    return hub


def decide(test: AppTest, number: int = 0) -> AppTest:
    return [button for button in test.button if button.label == "Decide"][number].click().run()


def test_each_problem_says_who_what_and_since_when(show: Show, people: People, hub: Hub) -> None:
    page = text(show("To_fix", people.admin))
    assert "3 people" in page
    for words in (
        "Given0 Surname0",
        "Source ID s1",
        "Missing field",
        "Start date is missing. Add it in enableHR.",
        "Keep one bank account in enableHR, or enter this employee in iPayroll by hand.",
        "Not sent",
        "<b>HR</b>",
        "since ",
        "/Reports?run=1&amp;search=s0",
    ):
        assert words in page, words


def test_nothing_to_fix_says_so(show: Show, people: People, connection: int) -> None:
    assert "Nothing has to be fixed." in text(show("To_fix", people.admin))


def test_the_list_is_filtered_by_person_in_charge_and_connection(
    show: Show, people: People, hub: Hub
) -> None:
    assert "Nothing matches." in text(show("To_fix", people.admin, who="Payroll"))
    assert "3 people" in text(show("To_fix", people.admin, who="HR", connection=hub.connection_id))
    assert "1 person" in text(show("To_fix", people.admin, search="s1"))


def test_an_admin_puts_a_problem_off_and_shows_it_again(show: Show, people: People, hub: Hub) -> None:
    test = press(decide(show("To_fix", people.admin)), "Put off")
    assert "is put off until" in text(test) and "2 people" in text(test)
    test = show("To_fix", people.admin, show="put off")
    assert "Put off until" in text(test)
    assert "Nothing is put off." in text(press(test, "Show again"))


def test_a_problem_comes_back_on_its_day(show: Show, people: People, hub: Hub) -> None:
    with transaction() as session:
        session.execute(update(OpenProblem).values(snoozed_until=now() - timedelta(hours=1)))
    test = show("To_fix", people.admin)
    assert "3 people" in text(test) and labels(test).count("Decide") == 3


def test_an_admin_ignores_a_problem_with_a_note(show: Show, people: People, hub: Hub) -> None:
    test = decide(show("To_fix", people.admin))
    assert "Enter why it can be ignored" in text(press(test, "Ignore"))
    test = decide(show("To_fix", people.admin))
    test.text_input[-1].input("A contractor, paid elsewhere.")
    test = press(test, "Ignore")
    assert "2 people" in text(test)
    page = text(show("To_fix", people.admin, show="ignored"))
    assert "Ignored by Admin: A contractor, paid elsewhere." in page


@pytest.mark.parametrize("role", ["support", "analyst"])
def test_others_look_and_do_not_decide(show: Show, people: People, hub: Hub, role: str) -> None:
    test = show("To_fix", getattr(people, role), people.account)
    assert "3 people" in text(test) and "Decide" not in labels(test)


def test_a_person_no_longer_listed_is_told_at_the_top_and_can_be_unlinked(
    show: Show, people: People, hub: Hub
) -> None:
    del hub.source.people["s4"]
    hub.run()
    test = show("To_fix", people.admin, search="s4")
    assert "No longer listed" in text(test) and "enableHR no longer lists them" in text(test)
    test = decide(test)
    assert "will no longer belong to Given4 Surname4" in text(test)
    test = press(test, "Unlink")
    assert "no longer lists them" not in text(test)
    with reading() as session:
        assert "s4" not in set(session.scalars(select(Link.source_id)))
    assert "s4" not in {problem.source_id for problem in stored()}


def test_problems_of_a_deleted_connection_are_not_shown(show: Show, people: People, hub: Hub) -> None:
    set_status(hub.connection_id, ConnectionStatus.DELETED)
    assert "Nothing has to be fixed." in text(show("To_fix", people.admin))


def test_the_number_of_people_stands_in_the_menu(
    show: Show, people: People, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    import streamlit

    titles: list[str] = []
    navigation = streamlit.navigation

    def noted(pages: list[streamlit.Page], **options: object) -> object:
        titles.extend(page.title for page in pages)
        return navigation(pages, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(streamlit, "navigation", noted)
    show("Home", people.admin)
    assert "To fix (3)" in titles
    with reading() as session:
        first = session.scalars(select(OpenProblem.id)).first()
    assert first is not None
    from core.security.actor import ActingRole, Actor

    decisions.ignore(Actor("Admin", ActingRole.ACCOUNT_ADMIN, people.admin, people.account), first, "known")
    titles.clear()
    show("Home", people.admin)
    assert "To fix (2)" in titles


def test_the_report_of_a_run_says_how_many_need_somebody(show: Show, people: People, hub: Hub) -> None:
    page = text(show("Reports", people.admin, run=1, search="s0"))
    assert "1 could not be written and needs you</a>" in page and "1 filtered and needs you</a>" in page
    assert "1 more has something" in page
    assert "<span>Need you</span><b>3</b>" in page
    assert "Given0 Surname0" in page and "Given3" not in page


def test_a_problem_is_assigned_noted_and_filtered_by_who_looks_after_it(
    show: Show, people: People, hub: Hub
) -> None:
    test = decide(show("To_fix", people.admin))
    test.selectbox(key=f"assignee {problem_id('s0')}").set_value(people.analyst)
    test = press(test, "Assign")
    assert "is assigned to" in text(test)
    test = decide(show("To_fix", people.admin))
    test.text_input(key=f"comment of {problem_id('s0')}").set_value("Asked Mia, TFN 865 414 088")
    page = text(press(test, "Save note"))
    assert "Note: Asked Mia, TFN" in page and "865" not in page
    assert "Given0" in text(show("To_fix", people.analyst, assigned=people.analyst))
    assert "Given0" not in text(show("To_fix", people.analyst, assigned="0"))
    assert "3 people" in text(show("To_fix", people.analyst, assigned="x", order="oldest"))


def test_each_problem_leads_to_the_person_and_says_how_often_it_was_found(
    show: Show, people: People, hub: Hub
) -> None:
    hub.run()
    page = text(show("To_fix", people.analyst))
    assert f"/People?connection={hub.connection_id}&amp;person=s0" in page
    assert ", found by 2 runs" in page


def problem_id(source_id: str) -> int:
    with reading() as session:
        return session.scalars(select(OpenProblem.id).where(OpenProblem.source_id == source_id)).one()
