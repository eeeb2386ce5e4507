"""The sign-in form."""

from __future__ import annotations

import pytest
import streamlit as st
from sqlalchemy import update
from streamlit.testing.v1 import AppTest

from core import settings
from core.clock import now
from core.db import transaction
from core.models import Session, User
from core.security import flash
from core.settings import SignInMethod
from core.sign_in import local
from pages.ui.layout import current_user
from pages.ui.layout.plain_text import plain
from pages.ui.sign_in import signing_in
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


@pytest.mark.parametrize(
    ("way", "said"),
    [
        (SignInMethod.LOCAL, [signing_in.FORGOTTEN]),
        (SignInMethod.ENABLEHR_OAUTH, [signing_in.FORGOTTEN_AT_ENABLEHR, signing_in.FORGOTTEN]),
        (SignInMethod.ENABLEHR_PASSWORD, [signing_in.FORGOTTEN_AT_ENABLEHR, signing_in.FORGOTTEN]),
    ],
)
def test_who_forgot_a_password_is_told_where_to_get_another(
    show: Show, people: People, monkeypatch: pytest.MonkeyPatch, way: SignInMethod, said: list[str]
) -> None:
    signed_in_by(monkeypatch, way.value)
    captions = [caption.value for caption in show("Home", None).caption]
    assert [caption for caption in captions if "orgot" in caption] == said


def test_the_sentence_of_a_trip_is_shown_to_the_browser_that_made_it(show: Show, people: People) -> None:
    sealed = flash.seal_message("browser", "enableHR did not complete the sign-in.", success=False)
    assert [error.value for error in show("Home", None, notice=sealed).error] == [
        "enableHR did not complete the sign-in."
    ]
    signed_out = flash.seal_message("browser", "You are signed out.", success=True)
    assert [each.value for each in show("Home", None, notice=signed_out).success] == ["You are signed out."]
    foreign = flash.seal_message("another browser", "Call this number.", success=False)
    assert not show("Home", None, notice=foreign).error


def again() -> AppTest:
    """Open the start page once more in the browser of the last page."""
    return AppTest.from_file(str(settings.ROOT / "Home.py"), default_timeout=30).run()


def opened_at(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setattr(type(st.context), "url", property(lambda _: url))


@pytest.mark.parametrize(
    "opened", ["http://127.0.0.1:8501/", "http://ihub.lan:8501/Jobs", "https://ihub.example:8501/Jobs"]
)
def test_by_another_name_the_form_says_so_and_leads_to_the_right_address(
    show: Show, people: People, monkeypatch: pytest.MonkeyPatch, opened: str
) -> None:
    monkeypatch.setenv("IHUB_URL", "https://ihub.example/hr")
    settings.settings.cache_clear()
    opened_at(monkeypatch, opened)
    test = show("Home", None, run="7")
    assert [warning.value for warning in test.warning] == [
        f"This is not iHUB's own address. Other systems send people back to {plain('https://ihub.example/hr')}: "
        "sign in there."
    ]
    assert 'href="https://ihub.example/hr/?run=7"' in text(test)
    assert [field.label for field in test.text_input] == ["User name", "Password"]


def test_by_another_name_a_cookie_that_is_not_taken_there_is_no_fault_of_the_browser(
    show: Show, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IHUB_URL", "https://ihub.example")
    settings.settings.cache_clear()
    opened_at(monkeypatch, "http://10.1.2.3:8501/")
    show("Home", None)
    monkeypatch.setattr(current_user, "browser_nonce", str)
    test = again()
    assert not test.error and not test.text_input
    assert 'href="https://ihub.example/"' in text(test)
    opened_at(monkeypatch, "https://ihub.example/")
    assert [error.value for error in test.run().error] == [signing_in.NO_COOKIES]


@pytest.mark.parametrize("opened", ["http://localhost:8501/Jobs", ""])
def test_at_its_own_address_the_form_says_nothing_of_another(
    show: Show, people: People, monkeypatch: pytest.MonkeyPatch, opened: str
) -> None:
    monkeypatch.setenv("IHUB_URL", "http://localhost:8501")
    settings.settings.cache_clear()
    opened_at(monkeypatch, opened)
    assert not show("Home", None).warning


def test_a_session_that_ended_is_said_and_a_browser_without_one_reads_nothing_of_it(
    show: Show, people: People
) -> None:
    show("Home", people.admin)
    with transaction() as session:
        session.execute(update(Session).values(revoked_at=now()))
    assert [info.value for info in again().info] == [signing_in.SESSION_ENDED]
    assert not show("Home", None).info


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
