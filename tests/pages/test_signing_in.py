"""The sign-in form."""

from __future__ import annotations

from core import access
from tests.pages.conftest import Show, text
from tests.web.conftest import PASSWORD, People


def test_a_wrong_password_is_told_and_no_ticket_is_made(show: Show, people: People) -> None:
    test = show("Home", None)
    test.text_input[0].input("admin")
    test.text_input[1].input("wrong")
    test.button[0].click().run()
    assert [error.value for error in test.error] == [access.WRONG]
    assert "/auth/enter" not in text(test)


def test_an_empty_form_asks_for_both(show: Show, people: People) -> None:
    test = show("Home", None)
    test.button[0].click().run()
    assert [error.value for error in test.error] == ["Enter your user name and your password."]


def test_the_right_password_leads_to_the_ticket_and_leaves_nothing_behind(show: Show, people: People) -> None:
    test = show("Home", None, run="7")
    test.text_input[0].input("admin")
    test.text_input[1].input(PASSWORD)
    test.button[0].click().run()
    assert not test.error and not test.exception
    assert "/auth/enter?ticket=" in text(test)
    assert "next=%2F%3Frun%3D7" in text(test), "the way to the page that was asked for is kept"
    assert "authentication_status" not in test.session_state
