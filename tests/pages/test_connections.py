"""The Connections page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from core.audit import trail
from core.clock import now
from core.connections import connections
from core.db import reading, transaction
from core.errors import ConflictError
from core.jobs import schedules
from core.jobs.recurrence import Rule
from core.models import (
    AlertKind,
    Connection,
    ConnectionStatus,
    Every,
    Plan,
    Position,
    Run,
    RunKind,
    RunStatus,
    Side,
    SideState,
)
from core.security import flash
from core.security.actor import ActingRole, Actor
from core.sides import alerts
from harness import world
from pages.ui.layout import current_user
from tests.core.reports import reported_runs
from tests.core.stand_ins import install
from tests.pages.conftest import TABS, Show, labels, set_status, text
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
    assert "No connection yet" in text(test) and "Click **Add connection**" in text(test)


def test_a_card_tells_how_the_connection_stands(show: Show, people: People, connection: int) -> None:
    put(connection, Position.SOURCE, authorised_by=people.admin)
    run_id = reported_runs.whole_run(connection)
    page = text(show("Connections", people.admin))
    assert "Active" in page and page.count(">Connected<") == 2
    assert "Harbour Foods" in page and "Connected by Admin, " in page and "AEST" in page
    assert f"/Reports?run={run_id}" in page and "no schedule" in page


def test_a_draft_says_the_next_step_and_offers_it_in_the_same_tab(
    show: Show, people: People, connection: int
) -> None:
    set_status(connection, ConnectionStatus.DRAFT)
    put(
        connection, Position.TARGET, state=SideState.NOT_CONNECTED, organisation_name=None, authorised_at=None
    )
    page = text(show("Connections", people.admin))
    assert "Next step: connect iPayroll." in page
    with transaction() as session:
        target = session.query(Side).filter_by(connection_id=connection, position=Position.TARGET).one().id
    link = (
        f'<a href="/oauth/start/{target}?account={people.account}" target="_self" class="hub-button hub-primary" '
        'aria-label="Connect iPayroll">'
    )
    assert f"{link}Connect</a>" in page
    details = text(show("Connections", people.admin, connection=connection, tab="systems"))
    assert details.count("<dt>Access expires</dt>") == 1, "nothing expires at a system nobody has connected"


def test_settings_that_are_saved_say_so_below_their_own_form(
    show: Show, people: People, connection: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = connections.get(actor_of(people), connection).target
    monkeypatch.setattr(connections, "change_settings", lambda *_: saved)
    test = show("Connections", people.admin, connection=connection, tab="settings")
    [*_, button] = [button for button in test.button if button.label == "Test and save"]
    button.click().run()
    settings = next(tab for tab in test.tabs if tab.label == "Settings")
    assert [each.value for each in settings.success] == ["Settings for iPayroll saved."]
    test.session_state[current_user.UNATTENDED] = True  # the page draws itself again
    assert [each.value for each in test.run().success] == ["Settings for iPayroll saved."]
    test.session_state[current_user.UNATTENDED] = False
    assert [each.value for each in test.run().success if "saved" in each.value] == []


def test_a_side_that_needs_reconnecting_stands_out(show: Show, people: People, connection: int) -> None:
    set_status(connection, ConnectionStatus.ATTENTION)
    reason = "enableHR no longer accepts the sign-in."
    put(connection, Position.SOURCE, state=SideState.NEEDS_RECONNECT, state_reason=reason)
    test = show("Connections", people.admin)
    advice = "Click Reconnect. The job, its schedule, the links between employees and the history stay as they are."
    assert [warning.value for warning in test.warning] == [f"{reason} {advice}"]
    assert 'aria-label="Reconnect enableHR">Reconnect</a>' in text(test)


def test_a_system_with_a_key_asks_for_it(show: Show, people: People, connection: int) -> None:
    set_status(connection, ConnectionStatus.DRAFT)
    put(
        connection,
        Position.TARGET,
        kind="keypay",
        state=SideState.NOT_CONNECTED,
        organisation_name=None,
        authorised_at=None,
    )
    test = show("Connections", people.admin)
    [button] = [one for one in test.button if one.label == "Connect"]
    button.click().run()
    assert [one.label for one in test.text_input] == ["API key"]


def test_support_looks_and_changes_nothing(show: Show, people: People, connection: int) -> None:
    test = show("Connections", people.support, people.account)
    assert labels(test) == [] and "/oauth/start/" not in text(test)
    assert "Only an Account Admin can change them." in text(test)


def test_a_connection_whose_connector_is_gone_is_still_listed(
    show: Show, people: People, connection: int
) -> None:
    put(connection, Position.TARGET, kind="oldpay")
    test = show("Connections", people.admin)
    assert not test.exception and "oldpay" in text(test)


def test_the_sentence_of_a_trip_is_shown_once(show: Show, people: People, connection: int) -> None:
    show("Connections", people.admin)
    token = current_user.session_token()
    assert token is not None
    sealed = flash.seal_message(token, "iPayroll is connected to Harbour Foods.", success=True)
    test = show("Connections", people.admin, notice=sealed)
    assert not test.success, "it was written for another session"
    guard_token = current_user.session_token()
    assert guard_token is not None
    test.query_params["notice"] = flash.seal_message(guard_token, "iPayroll is connected.", success=True)
    assert [success.value for success in test.run().success] == ["iPayroll is connected."]
    assert "notice" not in test.query_params and not test.run().success


def test_a_made_up_sentence_is_not_shown(show: Show, people: People, connection: int) -> None:
    test = show("Connections", people.admin, notice="Call this number")
    assert not test.exception and "Call this number" not in text(test)


def test_connections_that_need_attention_come_first(show: Show, people: People, connection: int) -> None:
    broken = world.active_connection(people.account, source="enablehr", target="ipayroll2")
    set_status(broken, ConnectionStatus.ATTENTION)
    put(broken, Position.SOURCE, state=SideState.NEEDS_RECONNECT, state_reason="It was withdrawn.")
    page = text(show("Connections", people.admin))
    assert page.index(f"connection={broken}") < page.index(f"connection={connection}")


def test_an_alert_stands_on_both_pages_until_it_is_over(show: Show, people: People, connection: int) -> None:
    with transaction() as session:
        side = session.query(Side).filter_by(connection_id=connection, position=Position.SOURCE).one()
        alerts.raise_once(session, side, AlertKind.GRANT_REFUSED, "enableHR did not accept the sign-in.")
    for page in ("Connections", "Jobs"):
        assert "enableHR did not accept the sign-in." in text(show(page, people.admin))
    assert "did not accept" not in text(show("Connections", people.stranger))
    with transaction() as session:
        alerts.clear(session, side.id)
    assert "did not accept" not in text(show("Connections", people.admin))


def test_a_side_says_that_it_is_expiring_or_unreachable_and_since_when(
    show: Show, people: People, connection: int
) -> None:
    put(connection, Position.SOURCE, consent_ends_at=now() + timedelta(days=1))
    put(
        connection,
        Position.TARGET,
        unreachable_since=now() - timedelta(hours=2),
        unreachable_reason="It did not respond.",
    )
    page = text(show("Connections", people.admin))
    assert ">Expiring<" in page and "Access expires on" in page
    assert ">Unreachable<" in page and "iPayroll cannot be reached (since " in page


def test_details_have_eight_tabs_and_offer_a_first_preview(
    show: Show, people: People, connection: int
) -> None:
    test = show("Connections", people.admin, connection=connection)
    assert not test.exception and [tab.label for tab in test.tabs] == [
        "Overview",
        "Mapping",
        "Scope",
        "Readiness",
        "Pay days",
        "Systems",
        "Settings",
        "History",
    ]
    assert "Run the first preview" in labels(test) and "Next step: look at a first preview." in text(test)
    systems = show("Connections", people.admin, connection=connection, tab="systems")
    assert "Access expires" in text(systems) and "Run the first preview" not in labels(systems)
    test = show("Connections", people.admin, connection=connection, tab="settings")
    assert [box.value for box in test.text_input if box.label == "API address"] == [
        "https://rest.enablehr.com"
    ]


def test_support_sees_the_details_and_changes_nothing(show: Show, people: People, connection: int) -> None:
    found: list[str] = []
    for tab in TABS:
        test = show("Connections", people.support, people.account, connection=connection, tab=tab)
        assert not test.exception and "/oauth/start/" not in text(test)
        assert {each.label for each in test.text_input} <= {"Search"}
        found += labels(test)
    assert found == ["Run the first preview", "Check everybody now"], "Support may run jobs"


def test_a_connection_of_another_account_does_not_exist(show: Show, people: People, connection: int) -> None:
    for wanted in (connection, 99_999, "x"):
        test = show("Connections", people.stranger, connection=wanted)
        assert len(test.error) == 1 and "There is no such" in test.error[0].value and not test.tabs


def test_settings_are_tried_before_they_are_kept(show: Show, people: People, connection: int) -> None:
    test = show("Connections", people.admin, connection=connection, tab="settings")
    next(box for box in test.number_input if box.label == "Employees per page").set_value(0)
    test = next(button for button in test.button if button.label == "Test and save").click().run()
    assert "cannot be used: Employees per page" in text(test)


def test_settings_that_are_not_saved_are_shown_again_after_another_tab(
    show: Show, people: People, connection: int
) -> None:
    test = show("Connections", people.admin, connection=connection, tab="settings")

    def sizes() -> list[object]:
        return [box.value for box in test.number_input if box.label == "Employees per page"]

    before = sizes()
    next(box for box in test.number_input if box.label == "Employees per page").set_value(7).run()
    for tab in ("overview", "settings"):
        test.query_params["tab"] = tab
        test.run()
    assert sizes() == [7, *before[1:]] and text(test).count("Not saved yet.") == 1
    next(button for button in test.button if button.label == "Discard").click().run()
    assert sizes() == before and "Not saved yet." not in text(test)


def test_a_key_is_entered_in_a_form_and_never_sent_back(
    show: Show, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    systems = install(monkeypatch)
    actor = actor_of(people)
    added = connections.create(actor, "By key", "hr", "keyed")
    key = systems.consent("8")["access_token"]
    view = connections.get(actor, added)
    test = show("Connections", people.admin, connection=added)
    test.button(key=f"enter {view.target.id}").click().run()
    field = next(box for box in test.text_input if box.label == "API key")
    assert field.proto.type == field.proto.PASSWORD and field.value == ""
    connections.connect_side(actor, added, Position.TARGET, {"api_key": key})
    assert key not in text(show("Connections", people.admin, connection=added))


def test_the_first_preview_is_started_from_the_page(show: Show, people: People, connection: int) -> None:
    test = show("Connections", people.admin, connection=connection)
    test.button(key=f"first preview {connection}").click().run()
    assert not test.exception and not test.error
    with reading() as session:
        run = session.scalars(select(Run).where(Run.connection_id == connection)).one()
    assert (run.kind, run.status, run.requested_by) == (RunKind.PREVIEW, RunStatus.QUEUED, people.admin)
    assert "/Jobs" in text(test)


def test_deleting_asks_once_more_and_a_run_that_is_going_on_is_cancelled_only_by_choice(
    show: Show, people: People, connection: int
) -> None:
    test = show("Connections", people.admin)
    test.button(key=f"delete {connection}").click().run()
    page = text(test)
    assert "**What stops:** iHUB's access to both systems." in page and "waits for a decision" not in page
    assert "**What stays:** the reports of its runs (0), and the links between employees (0)" in page
    assert "Cancel" in labels(test)
    assert (
        "Delete" in labels(test)
        and connections.get(actor_of(people), connection).status is ConnectionStatus.ACTIVE
    )
    reported_runs.run(connection, RunStatus.RUNNING)
    test = show("Connections", people.admin)
    test.button(key=f"delete {connection}").click().run()
    assert "Wait until it has ended and then delete the connection, or stop the run" in text(test)
    assert "Stop the run and delete" in labels(test) and "Delete" not in labels(test)
    with pytest.raises(ConflictError, match="A run of this connection is in progress"):
        connections.delete(actor_of(people), connection)


def test_deleting_names_the_decisions_that_end_with_it(show: Show, people: People, connection: int) -> None:
    held = reported_runs.run(connection, RunStatus.HELD)
    with transaction() as session:
        session.add(Plan(run_id=held, kept_until=now() + timedelta(days=7)))
    schedules.create(actor_of(people), connection, Rule(Every.DAY, at="18:00"))
    test = show("Connections", people.admin)
    page = text(test.button(key=f"delete {connection}").click().run())
    assert f"The plan of run #{held} waits for a decision and is deleted with it" in page
    assert "**What stops:** its schedule and iHUB's access" in page and "(1), and the links" in page


def test_the_same_two_systems_are_told_before_they_are_added_again(
    show: Show, people: People, connection: int
) -> None:
    test = show("Connections", people.admin)
    test.session_state["add source"] = "enablehr"
    next(button for button in test.button if button.label == "Add connection").click().run()
    page = text(test)
    assert "Choose the destination system." in page and page.count("✓ Chosen") == 1
    test.session_state["add target"] = "ipayroll"
    next(button for button in test.button if button.label == "Add connection").click().run()
    page = text(test)
    assert page.count("✓ Chosen") == 2
    assert "These two systems are connected already, as “enablehr → ipayroll”." in page


def test_the_history_of_a_connection_names_the_system(show: Show, people: People, connection: int) -> None:
    with transaction() as session:
        side = next(
            one for one in session.get_one(Connection, connection).sides if one.position is Position.TARGET
        )
        trail.record(session, actor_of(people), "side.connect", f"side:{side.id}", connection=connection)
    assert "iPayroll connected" in text(
        show("Connections", people.admin, connection=connection, tab="history")
    )


def actor_of(people: People) -> Actor:
    return Actor("Admin", ActingRole.ACCOUNT_ADMIN, people.admin, people.account)
