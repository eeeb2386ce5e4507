"""Which pages a role finds in the menu, and what it meets at an address it may not use."""

from __future__ import annotations

from typing import Any

import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from core.security.actor import ActingRole
from core.settings import ROOT
from harness import world
from tests.core.reports import reported_runs
from tests.pages.conftest import Show, labels, text
from tests.web.conftest import People

PAGES = tuple(sorted(path.stem for path in (ROOT / "pages").glob("[A-Z]*.py")))
# Pages for which Support needs no account.
FREE = ("Access", "Support")
EVERYBODYS = ("Reports", "People", "To_fix", "Alerts", "API_tokens")
ALLOWED = {
    ActingRole.ACCOUNT_ADMIN: ("Connections", "Jobs", *EVERYBODYS, "Audit"),
    ActingRole.SUPPORT: ("Connections", "Jobs", *EVERYBODYS, "Audit", "Access", "Support"),
    ActingRole.ANALYST: EVERYBODYS,
    ActingRole.GUEST: (),
}


def visit(show: Show, people: People, acting_role: ActingRole, page: str, **query: object) -> AppTest:
    if acting_role is ActingRole.GUEST:
        return show(page, world.person(None, None, username="guest"), **query)
    user_id = {
        ActingRole.ACCOUNT_ADMIN: people.admin,
        ActingRole.SUPPORT: people.support,
        ActingRole.ANALYST: people.analyst,
    }[acting_role]
    return show(page, user_id, people.account, **query)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("acting_role", ALLOWED)
def test_a_page_is_drawn_or_refused_with_a_sentence(
    show: Show, people: People, connection: int, acting_role: ActingRole, page: str
) -> None:
    test = visit(show, people, acting_role, page)
    assert not test.exception
    if page in ALLOWED[acting_role]:
        assert [title.value.partition(":")[0] for title in test.title] == [page.replace("_", " ")]
        assert not test.error
    else:
        assert [error.value.startswith("Your role does not allow you to") for error in test.error] == [True]
        elsewhere = "/" if acting_role is ActingRole.GUEST else "/Reports"
        assert not test.title and not labels(test) and f'href="{elsewhere}"' in text(test)


@pytest.mark.parametrize("page", PAGES)
def test_nobody_sees_a_page_without_signing_in(show: Show, connection: int, page: str) -> None:
    test = show(page, None)
    assert [info.value for info in test.info] == ["You are signed out. Sign in to continue."]
    assert not test.title and "enablehr" not in text(test)


@pytest.mark.parametrize("page", [page for page in PAGES if page not in FREE])
def test_support_is_asked_for_an_account_first(
    show: Show, people: People, connection: int, page: str
) -> None:
    test = show(page, people.support)
    assert [info.value for info in test.info] == ["Choose an account on the left to see its data."]
    assert not test.title


@pytest.mark.parametrize("acting_role", [role for role in ALLOWED if role is not ActingRole.GUEST])
def test_the_start_page_is_home(show: Show, people: People, connection: int, acting_role: ActingRole) -> None:
    test = visit(show, people, acting_role, "Home")
    assert not test.exception and [title.value for title in test.title] == ["Home"]


@pytest.mark.parametrize("acting_role", ALLOWED)
def test_the_menu_holds_the_pages_of_the_role_and_no_others(
    monkeypatch: pytest.MonkeyPatch, show: Show, people: People, connection: int, acting_role: ActingRole
) -> None:
    offered: list[str] = []
    navigation = streamlit.navigation

    def noted(pages: Any, **more: Any) -> Any:
        offered.extend(page.title for page in pages if page.visibility == "visible")
        return navigation(pages, **more)

    monkeypatch.setattr(streamlit, "navigation", noted)
    assert not visit(show, people, acting_role, "Home").exception
    assert tuple(dict.fromkeys(title.replace(" ", "_") for title in offered)) == (
        ("Home", *ALLOWED[acting_role]) if ALLOWED[acting_role] else ()
    )


def test_a_guest_can_ask_for_access_and_nothing_else(show: Show, people: People, connection: int) -> None:
    test = visit(show, people, ActingRole.GUEST, "Home")
    assert labels(test) == ["Request access"] and not test.selectbox and "enablehr" not in text(test)


def test_support_chooses_among_all_accounts_and_an_admin_sees_their_own(show: Show, people: People) -> None:
    chooser = show("Home", people.support).selectbox[0]
    assert chooser.label == "Account" and chooser.options == ["Harbour Foods", "Kiwi Timber"]
    test = show("Home", people.admin)
    assert not test.selectbox and "**Harbour Foods**" in text(test)


def test_signed_out_the_start_page_is_the_sign_in_form_and_nothing_else(show: Show, connection: int) -> None:
    test = show("Home", None)
    assert [field.label for field in test.text_input] == ["User name", "Password"]
    assert labels(test) == ["Sign in"]
    assert "enablehr →" not in text(test)


@pytest.mark.parametrize("page", PAGES)
def test_a_stranger_sees_nothing_of_another_account(
    show: Show, people: People, connection: int, page: str
) -> None:
    reported_runs.whole_run(connection)
    assert "enablehr" not in text(show(page, people.stranger))


def test_a_strangers_run_answers_as_if_it_did_not_exist(show: Show, people: People, connection: int) -> None:
    run_id = reported_runs.whole_run(connection)
    theirs, nobodys = (
        text(show("Reports", people.stranger, run=number)) for number in (run_id, run_id + 1000)
    )
    assert theirs == nobodys and "There is no such run in this account." in theirs
