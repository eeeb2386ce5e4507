"""The People page: somebody is found, their story is shown, and it is decided about them, by those who may."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest
from sqlalchemy import select, update
from streamlit.testing.v1 import AppTest

from core.db import reading, transaction
from core.models import Action, Hold, Link, OpenProblem, Position, Record, RecordPart, Run, RunKind, Side
from core.problems import decisions
from core.security import flash
from core.security.actor import ActingRole, Actor
from harness import world
from pages.ui.layout import current_user
from pages.ui.layout.plain_text import WORD_JOINER
from tests.core.sync.conftest import Hub
from tests.core.sync.fakes import person
from tests.pages.conftest import Show, labels, text
from tests.pages.test_decisions import press
from tests.web.conftest import People


@pytest.fixture
def hub(connection: int) -> Hub:
    """Run once with two people of one name, and one without a start date."""
    hub = Hub(connection)
    hub.source.put("s0", person(0, first_name="Wiremu", surname="Tāmati", start_date=None))
    away = {"status": "LeaveWithoutPay", "employment_type": "Permanent_FullTime"}
    hub.source.put("s1", person(1, first_name="Ana", surname="Tāmati", branch="Perth", **away))
    hub.source.put("s2", person(2, first_name="Ana", surname="Tāmati", branch="Darwin"))
    hub.run()
    return hub


def read(test: AppTest) -> str:
    return text(test).replace(WORD_JOINER, "")


def show_person(show: Show, user: int, hub: Hub, source_id: str) -> AppTest:
    return show("People", user, connection=hub.connection_id, person=source_id)


def test_two_people_of_one_name_are_told_apart_and_both_reachable(
    show: Show, people: People, hub: Hub
) -> None:
    page = read(show("People", people.analyst, search="ana tamati"))
    assert "2 people match." in page and "Perth" in page and "Darwin" in page
    for source_id in ("s1", "s2"):
        assert f"/People?connection={hub.connection_id}&amp;person={source_id}" in page


def test_who_is_found_alone_is_shown_at_once(show: Show, people: People, hub: Hub) -> None:
    page = read(show("People", people.analyst, search="  TAMATI   wiremu"))
    for words in (
        "Wiremu Tāmati",
        "Needs somebody",
        "Who must act: HR",
        "Start date is missing. Add it in enableHR.",
        "They are linked with nobody in iPayroll.",
        "They could not be sent: Missing field.",
        "/Reports?run=1&amp;search=s0",
        "/To_fix?search=s0",
    ):
        assert words in page, words


def test_codes_of_the_source_are_read_as_words(show: Show, people: People, hub: Hub) -> None:
    found = read(show("People", people.analyst, search="ana tamati"))
    shown = read(show_person(show, people.analyst, hub, "s1"))
    assert "Leave without pay" in found and "Leave without pay" in shown and "Permanent, full-time" in shown
    assert "LeaveWithoutPay" not in found + shown and "Permanent_FullTime" not in shown


def test_only_who_decides_is_asked_to_decide(show: Show, people: People, hub: Hub) -> None:
    assert "Look at it on To fix" in read(show_person(show, people.analyst, hub, "s0"))
    assert "Decide on To fix" in read(show_person(show, people.admin, hub, "s0"))


def test_a_story_shows_both_ends_and_every_step(show: Show, people: People, hub: Hub) -> None:
    page = read(show_person(show, people.analyst, hub, "s1"))
    for words in (
        "Linked",
        "created by iHUB",
        "Imported",
        "In scope",
        "Matched",
        "Compared",
        "Written",
        "Run #1, ",
    ):
        assert words in page, words


def test_a_step_leads_to_the_requests_of_its_run_and_back(show: Show, people: People, hub: Hub) -> None:
    assert "/Reports?run=1&amp;requests=s1" in read(show_person(show, people.analyst, hub, "s1"))
    assert "requests=s0" not in read(show_person(show, people.analyst, hub, "s0")), "nobody was asked"
    page = show("Reports", people.analyst, run=1, requests="s1")
    assert "Requests for the employee s1" in [each.value for each in page.subheader]
    assert "← What happened to them" in read(page)
    nobody = show("Reports", people.analyst, run=1, requests="%")
    assert nobody.error[0].value == "There is no such employee in this run."


def test_parts_and_what_is_put_off_stand_at_the_step_and_the_record(
    show: Show, people: People, hub: Hub
) -> None:
    with transaction() as session:
        position = session.scalars(select(Record.position).where(Record.source_id == "s1")).one()
        for number, (label, action) in enumerate(
            (("Employee", Action.CREATED), ("Bank account", Action.FAILED))
        ):
            session.add(RecordPart(run_id=1, position=position, number=number, label=label, action=action))
    with reading() as session:
        (problem,) = session.scalars(select(OpenProblem.id).where(OpenProblem.source_id == "s0"))
    admin = Actor("Admin", ActingRole.ACCOUNT_ADMIN, people.admin, people.account)
    decisions.ignore(admin, problem, "A contractor")
    page = read(show("Reports", people.analyst, run=1, show="everyone"))
    assert "<li>Bank account: Failed</li>" in page and "A contractor." in page
    assert "1 is ignored or put off." in page
    assert "Bank account: Failed" in read(show_person(show, people.analyst, hub, "s1"))
    assert "Ignored by" in read(show_person(show, people.analyst, hub, "s0"))


def test_nothing_entered_and_nobody_found_say_so(show: Show, people: People, hub: Hub) -> None:
    assert "Accents, capitals" in read(show("People", people.analyst))
    assert "Nobody is found by" in read(show("People", people.analyst, search="%"))
    elsewhere = show("People", people.analyst, search="wiremu", connection="²")
    assert "Connection: there is no such choice" in elsewhere.warning[0].value
    assert "1 person matches." in read(elsewhere)
    long = show("People", people.analyst, search="x" * 10_000)
    assert "A search has at most 400 characters" in long.warning[0].value


@pytest.mark.parametrize(
    "query",
    [
        {"connection": 1, "person": "nobody"},
        {"connection": "²", "person": "s0"},
        {"connection": 9**20, "person": "s0"},
        {"connection": 99, "person": "s0"},
        {"person": "s0"},
    ],
)
def test_an_address_of_nobody_is_a_sentence(
    show: Show, people: People, hub: Hub, query: dict[str, object]
) -> None:
    test = show("People", people.admin, **query)
    assert test.error[0].value.replace(WORD_JOINER, "").startswith("There is no such ")
    assert "no such thing" not in test.error[0].value
    assert not test.exception


def test_a_stranger_learns_nothing(show: Show, people: People, hub: Hub) -> None:
    elsewhere = world.person(people.other_account, username="eve")
    page = show_person(show, elsewhere, hub, "s0")
    assert page.error and "Tāmati" not in read(page)
    assert "Tāmati" not in read(show("People", elsewhere, search="tamati"))


def test_an_analyst_can_look_and_not_act(show: Show, people: People, hub: Hub) -> None:
    shown = labels(show_person(show, people.analyst, hub, "s1"))
    assert "Copy for Support" in shown
    assert not {"Sync now", "Hold", "Unlink", "Link to…", "Ask now"} & set(shown)


def test_what_would_happen_now_is_asked_and_shown_here(show: Show, people: People, hub: Hub) -> None:
    test = press(show_person(show, people.admin, hub, "s1"), "Ask now")
    assert "is under way" in text(test)
    with reading() as session:
        run = session.scalars(select(Run).where(Run.kind == RunKind.PREVIEW)).one()
    hub.source.edit("s1", mobile="0411 222 333")
    hub.execute(run.id)
    page = read(show_person(show, people.admin, hub, "s1"))
    assert f"Preview #{run.id}, " in page and "They would be updated in iPayroll." in page


def test_an_admin_holds_releases_and_unlinks_somebody(show: Show, people: People, hub: Hub) -> None:
    test = press(show_person(show, people.admin, hub, "s1"), "Hold")
    test.text_input[-1].set_value("Leave talks")
    test = press(test, "Put on hold")
    assert "is on hold" in read(test) and "On hold: Leave talks" in read(test)
    test = press(test, "Release")
    assert "is released" in read(test)
    with reading() as session:
        assert session.scalars(select(Hold)).one().released_at is not None
    test = press(show_person(show, people.admin, hub, "s1"), "Unlink")
    assert "Nothing is changed or ended in iPayroll." in read(test)
    with reading() as session:
        assert session.get(Link, (1, "s1")) is not None, "it was only asked so far"
    test = [each for each in test.button if each.label == "Unlink"][-1].click().run()
    assert "is unlinked" in read(test) and "unlinked them from" in read(test)
    with reading() as session:
        assert session.get(Link, (1, "s1")) is None


def test_somebody_who_waits_is_linked_here(show: Show, people: People, hub: Hub) -> None:
    hub.source.put("s7", person(7))
    hub.target.adopt("T7", person(7), tax=None, email=None, birth=None)
    hub.run()
    test = press(show_person(show, people.admin, hub, "s7"), "Link to…")
    assert "Target ID T7" in text(test)
    test = press(test, "Link")
    with reading() as session:
        link = session.get_one(Link, (1, "s7"))
        assert link.target_id == "T7"


def test_the_text_for_support_is_shown_to_copy(show: Show, people: People, hub: Hub) -> None:
    test = press(show_person(show, people.analyst, hub, "s0"), "Copy for Support")
    assert "Person: Wiremu Tāmati, enableHR id s0" in test.code[0].value


def test_links_to_both_systems_where_their_addresses_are_known(show: Show, people: People, hub: Hub) -> None:
    assert "noopener" not in text(show_person(show, people.analyst, hub, "s1"))
    with transaction() as session:
        of_source = Side.position == Position.SOURCE
        page = {"employee_page": "https://hr.example.test/people/{id}?tab=1"}
        session.execute(update(Side).where(of_source).values(settings=page))
    page_text = text(show_person(show, people.analyst, hub, "s1"))
    assert (
        'href="https://hr.example.test/people/s1?tab=1" target="_blank" rel="noopener noreferrer"'
        in page_text
    )


def test_the_menu_has_a_field_that_finds_people(show: Show, people: People, hub: Hub) -> None:
    test = show("Home", people.analyst)
    assert any(each.label == "Find a person" for each in test.sidebar.text_input)


def test_an_admin_erases_somebody_and_is_told_that_the_source_still_lists_them(
    show: Show, people: People, hub: Hub
) -> None:
    test = press(show_person(show, people.admin, hub, "s1"), "Erase…")
    assert "still lists this person, so the next run reads and writes them again" in read(test)
    assert "/export/person.json?connection=1&amp;person=s1" in read(test)
    [notice] = re.findall(r"/People\?[^\"]*notice=([\w=%-]+)", read(press(test, "Erase for good")))
    message = "The person is erased. Reports call them “erased 1”."
    assert flash.open_message(current_user.session_token(), unquote(notice)) == (message, True)
    listed = show("People", people.admin)
    token = current_user.session_token() or ""
    listed.query_params["notice"] = flash.seal_message(token, message, success=True)
    assert message in read(listed.run())
    assert "There is no such person" in read(show_person(show, people.admin, hub, "s1"))
    assert "Erase…" not in labels(show_person(show, people.analyst, hub, "s2"))
    assert "person.json" not in read(show_person(show, people.analyst, hub, "s2"))
