"""The sign-in form."""

from __future__ import annotations

import pytest

from core import settings
from core.db import transaction
from core.models import User
from core.security import flash
from core.sign_in import local
from tests.pages.conftest import Show, text
from tests.web.conftest import PASSWORD, People


def test_a_wrong_password_is_told_and_no_ticket_is_made(show: Show, people: People) -> None:
    test = show("Home", None)
    test.text_input[0].input("admin")
    test.text_input[1].input("wrong")
    test.button[0].click().run()
    assert [error.value for error in test.error] == [local.WRONG]
    assert "/auth/enter" not in text(test)


def test_an_empty_form_asks_for_both(show: Show, people: People) -> None:
    test = show("Home", None)
    test.button[0].click().run()
    assert [error.value for error in test.error] == ["Enter your user name and password."]


def test_the_right_password_leads_to_the_ticket_and_leaves_nothing_behind(show: Show, people: People) -> None:
    test = show("Home", None, run="7")
    test.text_input[0].input("admin")
    test.text_input[1].input(PASSWORD)
    test.button[0].click().run()
    assert not test.error and not test.exception
    assert "/auth/enter?ticket=" in text(test)
    assert "next=%2F%3Frun%3D7" in text(test), "the way to the page that was asked for is kept"
    assert "authentication_status" not in test.session_state


def signed_in_by(monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    monkeypatch.setenv("IHUB_SIGN_IN", way)
    settings.settings.cache_clear()


def test_with_enablehrs_page_there_is_a_button_and_the_form_of_local_users(
    show: Show, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in_by(monkeypatch, "enablehr_oauth")
    test = show("Home", None, run="7")
    assert "Sign in with enableHR" in text(test)
    assert "/auth/start?next=%2F%3Frun%3D7" in text(test)
    assert [field.label for field in test.text_input] == ["User name", "Password"]


def test_with_passwords_of_enablehr_there_are_two_forms_that_do_not_mix(
    show: Show, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in_by(monkeypatch, "enablehr_password")
    test = show("Home", None)
    assert [field.label for field in test.text_input] == ["User name", "Password"] * 2
    test.text_input[2].input("admin")
    test.text_input[3].input(PASSWORD)
    test.button[1].click().run()
    assert not test.error and "/auth/enter?ticket=" in text(test)


def test_the_sentence_of_a_trip_is_shown_to_the_browser_that_made_it(show: Show, people: People) -> None:
    sealed = flash.seal_message("browser", "enableHR did not complete the sign-in.", success=False)
    assert [error.value for error in show("Home", None, notice=sealed).error] == [
        "enableHR did not complete the sign-in."
    ]
    foreign = flash.seal_message("another browser", "Call this number.", success=False)
    assert not show("Home", None, notice=foreign).error


def test_the_right_password_without_access_leads_in_to_where_access_is_asked_for(
    show: Show, people: People
) -> None:
    with transaction() as session:
        for membership in session.get_one(User, people.analyst).memberships:
            session.delete(membership)
    test = show("Home", None)
    test.text_input[0].input("analyst")
    test.text_input[1].input(PASSWORD)
    test.button[0].click().run()
    assert "/auth/enter?ticket=" in text(test)
