"""What Support sees in an account: settings by their titles, whether iHUB is off, and never a credential."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, Field, SecretStr
from streamlit.testing.v1 import AppTest

from core.accounts import accounts
from core.db import transaction
from core.models import Connection
from core.security.actor import ActingRole
from core.security.vault import vault
from pages.ui.connections import settings_form
from tests.core.reports import reported_runs
from tests.pages.conftest import Show, text
from tests.pages.test_roles import ALLOWED, PAGES
from tests.web.conftest import People

CANARIES = ("canary-token", "canary-refresh")


@pytest.fixture
def filled(connection: int) -> int:
    """Give both sides settings and credentials."""
    with transaction() as session:
        for side in session.get_one(Connection, connection).sides:
            side.credentials = vault().seal({"access_token": CANARIES[0], "refresh_token": CANARIES[1]})
            if side.kind == "enablehr":
                side.settings = {"api_url": "https://rest.example", "account_id": "1001", "read_bank": False}
    reported_runs.whole_run(connection)
    return connection


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("acting_role", [ActingRole.ACCOUNT_ADMIN, ActingRole.SUPPORT])
def test_no_page_holds_a_credential(
    show: Show, people: People, filled: int, acting_role: ActingRole, page: str
) -> None:
    user_id = {ActingRole.ACCOUNT_ADMIN: people.admin, ActingRole.SUPPORT: people.support}[acting_role]
    for query in ({}, {"connection": filled}, {"run": 1}):
        test = show(page, user_id, people.account, **query)
        everything = (
            text(test)
            + str([box.value for box in (*test.text_input, *test.text_area, *test.selectbox)])
            + str(test)
        )
        assert not any(canary in everything for canary in CANARIES)
    assert (page in ALLOWED[acting_role]) is bool(show(page, user_id, people.account).title)


def test_settings_are_shown_by_their_titles(show: Show, people: People, filled: int) -> None:
    seen = text(show("Connections", people.support, people.account, connection=filled, tab="settings"))
    assert "API address" in seen and "https://rest.example" in seen and "api_url" not in seen
    assert "Only an Account Admin can change the settings." in seen


def test_a_secret_among_settings_stays_hidden() -> None:
    class Settings(BaseModel):
        url: str = Field("", title="Address")
        pass_phrase: SecretStr = Field(SecretStr(""), title="Pass phrase")
        read_bank: bool = True

    told = settings_form.facts(
        Settings, {"url": "https://x.test", "pass_phrase": "canary", "read_bank": False, "gone": 3}
    )
    assert told == [
        ("Address", "https://x.test"),
        ("Pass phrase", "stored, never shown"),
        ("Read Bank", "no"),
        ("gone", "3"),
    ]


def test_a_private_key_keeps_its_lines_and_is_asked_for_anew() -> None:
    def page() -> None:
        import streamlit as st
        from pydantic import Field, SecretStr, create_model

        from pages.ui.connections import settings_form

        key = Field(title="Private key", json_schema_extra={"multiline": True})
        form = create_model("Credentials", host=(str, Field("", title="Host")), key=(SecretStr, key))
        st.session_state.entered = settings_form.render(form, "x", {"host": "sftp.test", "key": "canary"})

    test = AppTest.from_function(page).run()
    assert [box.value for box in test.text_input] == ["sftp.test"] and [
        box.value for box in test.text_area
    ] == [""]
    test.text_area[0].set_value("-----BEGIN-----\nabc\n-----END-----").run()
    assert test.session_state.entered == {"host": "sftp.test", "key": "-----BEGIN-----\nabc\n-----END-----"}


def test_a_setting_is_chosen_from_what_the_system_has_or_typed() -> None:
    def page() -> None:
        import streamlit as st
        from pydantic import Field, create_model

        from pages.ui.connections import settings_form

        form = create_model(
            "Settings", cycle=(str, Field("", title="Cycle")), note=(str, Field("", title="Note"))
        )
        offers = {"cycle": {"7": "Monthly", "9": "Weekly"}}
        stored = {"cycle": "4"}
        st.session_state.entered = settings_form.render(form, "x", stored, offers)

    test = AppTest.from_function(page).run()
    [cycle] = test.selectbox
    assert (cycle.label, cycle.options, cycle.value) == ("Cycle", ["Not set", "4", "Monthly", "Weekly"], "4")
    assert [box.label for box in test.text_input] == ["Note"]
    cycle.select("9").run()
    assert test.session_state.entered == {"cycle": "9"}
    test.selectbox[0].select("").run()
    assert test.session_state.entered == {}


def test_support_is_told_that_ihub_is_off_for_the_account(
    show: Show, people: People, connection: int
) -> None:
    test = show("Home", people.support, people.account)
    off = "iHUB is switched off for this account: no job runs, and only Support has access."
    assert off not in [warning.value for warning in test.warning]
    assert "Harbour Foods" in test.selectbox[0].options
    accounts.set_enabled(people.account, False)
    test = show("Home", people.support, people.account)
    assert "Harbour Foods (off)" in test.selectbox[0].options
    assert off in [warning.value for warning in test.warning]


def test_technical_settings_are_folded_away_unless_they_have_to_be_filled_in() -> None:
    def page() -> None:
        import streamlit as st
        from pydantic import Field, create_model

        from pages.ui.connections import settings_form

        form = create_model(
            "Settings",
            url=(str, Field("https://x.test", title="Address")),
            login_url=(str, Field("", title="Sign-in address")),
            page_size=(int, Field(100, title="Employees per page")),
            closed_hours=(str, Field("", title="Closed hours")),
        )
        st.session_state.entered = settings_form.render(form, "x")

    test = AppTest.from_function(page).run()
    (advanced,) = test.expander
    assert advanced.label == "Advanced"
    assert [box.label for box in (*advanced.text_input, *advanced.number_input)] == [
        "Address",
        "Employees per page",
    ]
    advanced.number_input[0].set_value(50).run()
    assert test.session_state.entered == {"page_size": 50}
