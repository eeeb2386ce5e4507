"""The Support page: iHUB's registrations at other systems."""

from __future__ import annotations

import pytest

from connectors.registry import connector_of
from core.retention import periods
from core.retention.periods import Periods
from core.security.actor import OPERATOR
from core.sides import client_lookup, oauth_clients
from tests.pages.conftest import Show, labels, text
from tests.web.conftest import People


def secret(**settings: str) -> str:
    enablehr = connector_of("enablehr")
    return client_lookup.client_for(enablehr, enablehr.settings.model_validate(settings)).secret


def test_addresses_are_allowed_without_entering_the_secret_again(show: Show, people: People) -> None:
    oauth_clients.save_client(OPERATOR, "enablehr", "our-id", "canary-secret")
    test = show("Support", people.support, people.account)
    test.text_area[0].set_value("https://one.example\nhttps://two.example")
    test = test.button[0].click().run()
    assert "OAuth client for enableHR saved." in text(test)
    assert "Also used at https://one.example, https://two.example" in text(test)
    assert secret(login_url="https://two.example") == "canary-secret"


def test_a_registration_is_entered_and_its_secret_is_not_shown_again(show: Show, people: People) -> None:
    test = show("Support", people.support, people.account)
    assert "Not registered yet" in text(test) and "/oauth/callback" in text(test)
    test.text_input[0].set_value("our-id")
    test.text_input[1].set_value("canary-secret")
    test = test.button[0].click().run()
    assert "OAuth client for enableHR saved." in text(test)
    assert secret() == "canary-secret"
    again = show("Support", people.support, people.account)
    assert "our-id, secret stored" in text(again) and "canary-secret" not in str(again)
    assert all(box.value != "canary-secret" for box in again.text_input)


def test_one_of_the_environment_cannot_be_changed_here(
    show: Show, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind in ("ENABLEHR", "IPAYROLL", "XERO_PAYROLL_AU"):
        monkeypatch.setenv(f"IHUB_CLIENT_{kind}_ID", "set")
    test = show("Support", people.support, people.account)
    assert not test.text_input and labels(test) == ["Save periods"] and "Set in the environment" in text(test)


def test_it_can_be_removed(show: Show, people: People) -> None:
    oauth_clients.save_client(OPERATOR, "enablehr", "our-id", "s")
    test = show("Support", people.support, people.account)
    test = next(button for button in test.button if button.label == "Remove").click().run()
    assert " removed." in text(test) and "Not registered yet" in text(test)


@pytest.mark.parametrize("who", ["admin", "analyst"])
def test_nobody_else_sees_it(show: Show, people: People, who: str) -> None:
    test = show("Support", getattr(people, who), people.account)
    assert len(test.error) == 1 and not test.title and not test.text_input


def test_support_changes_how_long_an_account_keeps_its_data(show: Show, people: People) -> None:
    test = show("Support", people.support, people.account)
    assert [box.value for box in test.number_input] == [84, 13, 30]
    test.number_input[1].set_value(90)
    test = next(button for button in test.button if button.label == "Save periods").click().run()
    assert "not longer than the counters" in text(test)
    test.number_input[1].set_value(24)
    test = next(button for button in test.button if button.label == "Save periods").click().run()
    assert "keeps data for these periods from now on." in text(test)
    assert periods.read_periods(OPERATOR, people.account) == Periods(84, 24, 30)
