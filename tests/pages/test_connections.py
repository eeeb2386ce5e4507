"""The Connections page."""

from __future__ import annotations

from core import notices
from core.db import transaction
from core.models import Connection, ConnectionStatus, Position, Side, SideState
from pages.ui import guard
from tests.pages.conftest import Show, labels, set_status, text
from tests.web import reported
from tests.web.conftest import People


def put(connection_id: int, position: Position, **columns: object) -> None:
    with transaction() as session:
        for side in session.get_one(Connection, connection_id).sides:
            if side.position is position:
                for name, value in columns.items():
                    setattr(side, name, value)


def test_an_empty_account_is_led_to_its_first_connection(show: Show, people: People) -> None:
    test = show("Connections", people.admin)
    assert labels(test) == ["Add connection"]
    assert "No connection yet" in text(test) and "Press **Add connection**" in text(test)


def test_a_card_tells_how_the_connection_stands(show: Show, people: People, connection: int) -> None:
    put(connection, Position.SOURCE, authorised_by=people.admin)
    run_id = reported.whole_run(connection)
    page = text(show("Connections", people.admin))
    assert "Active" in page and page.count(">Connected<") == 2
    assert "Harbour Foods" in page and "Connected by Admin, " in page and "AEST" in page
    assert f"/Reports?run={run_id}" in page and "no schedule" in page


def test_a_draft_says_the_next_step_and_offers_it_in_the_same_tab(show: Show, people: People, connection: int) -> None:
    set_status(connection, ConnectionStatus.DRAFT)
    put(connection, Position.TARGET, state=SideState.NOT_CONNECTED, organisation_name=None, authorised_at=None)
    page = text(show("Connections", people.admin))
    assert "Next step: connect iPayroll." in page
    with transaction() as session:
        target = session.query(Side).filter_by(connection_id=connection, position=Position.TARGET).one().id
    assert f'<a href="/oauth/start/{target}" target="_self" class="hub-button hub-primary">Connect</a>' in page


def test_a_side_that_needs_reconnecting_stands_out(show: Show, people: People, connection: int) -> None:
    set_status(connection, ConnectionStatus.ATTENTION)
    reason = "enableHR no longer accepts the sign-in."
    put(connection, Position.SOURCE, state=SideState.NEEDS_RECONNECT, state_reason=reason)
    test = show("Connections", people.admin)
    assert [warning.value for warning in test.warning] == [f"enableHR has to be connected again. {reason}"]
    assert ">Reconnect</a>" in text(test)


def test_a_system_with_a_key_asks_for_it_in_the_words_of_its_connector(show: Show, people: People, connection: int) -> None:
    set_status(connection, ConnectionStatus.DRAFT)
    put(connection, Position.TARGET, kind="keypay", state=SideState.NOT_CONNECTED, organisation_name=None, authorised_at=None)
    test = show("Connections", people.admin)
    [button] = [one for one in test.button if one.label == "Connect"]
    button.click().run()
    assert [one.label for one in test.text_input] == ["API key of Employment Hero Payroll"]


def test_support_looks_and_changes_nothing(show: Show, people: People, connection: int) -> None:
    test = show("Connections", people.support, people.account)
    assert labels(test) == [] and "/oauth/start/" not in text(test)
    assert "Only an Account Admin can change them." in text(test)


def test_a_connection_whose_connector_is_gone_is_still_listed(show: Show, people: People, connection: int) -> None:
    put(connection, Position.TARGET, kind="oldpay")
    test = show("Connections", people.admin)
    assert not test.exception and "oldpay" in text(test)


def test_the_sentence_of_a_trip_is_shown_once(show: Show, people: People, connection: int) -> None:
    show("Connections", people.admin)
    token = guard.session_token()
    assert token is not None
    sealed = notices.seal(token, "iPayroll is connected to Harbour Foods.", good=True)
    test = show("Connections", people.admin, notice=sealed)
    assert not test.success, "it was written for another session"
    guard_token = guard.session_token()
    assert guard_token is not None
    test.query_params["notice"] = notices.seal(guard_token, "iPayroll is connected.", good=True)
    assert [success.value for success in test.run().success] == ["iPayroll is connected."]
    assert "notice" not in test.query_params and not test.run().success


def test_a_made_up_sentence_is_not_shown(show: Show, people: People, connection: int) -> None:
    test = show("Connections", people.admin, notice="Call this number")
    assert not test.exception and "Call this number" not in text(test)
