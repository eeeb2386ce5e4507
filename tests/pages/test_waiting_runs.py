"""What pages say of a run that waits or could not continue, and of an account whose time zone is gone."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button

from core.clock import now
from core.db import reading, transaction
from core.jobs import schedules
from core.jobs.recurrence import Rule
from core.models import Account, Every, Phase, Plan, Run, RunKind, RunStatus
from core.security.actor import OPERATOR
from harness import world
from pages.ui.layout import times
from tests.core.reports import reported_runs
from tests.pages.conftest import TABS, Show, labels, text
from tests.web.conftest import People


def test_a_run_in_closed_hours_says_when_it_goes_on(show: Show, people: People, connection: int) -> None:
    run_id = reported_runs.run(connection, RunStatus.RUNNING, phase=Phase.WRITING, read=10)
    opens_at = now() + timedelta(hours=3)
    with transaction() as session:
        run = session.get_one(Run, run_id)
        run.lease_token, run.not_before, run.message = None, opens_at, "It waits for iPayroll 22:00-06:00."
    sentence = f"continues at {times.format_time(opens_at, ZoneInfo('Australia/Brisbane'))}."
    for page, name in (("Jobs", f"Run #{run_id}"), ("Home", f"Run #{run_id}")):
        shown = text(show(page, people.admin))
        assert f"{name} {sentence} It waits for iPayroll 22:00-06:00." in shown, page
    test = show("Reports", people.admin, run=run_id)
    assert f"The run {sentence}" in text(test) and "Stopping …" not in labels(test)


PAGES = ("Home", "Connections", "Jobs", "Reports", "To_fix", "Audit")


def test_no_page_breaks_when_the_zone_of_the_account_is_gone(
    show: Show, people: People, connection: int
) -> None:
    schedules.create(OPERATOR, connection, Rule(Every.DAY, at="07:30"))
    reported_runs.whole_run(connection)
    with transaction() as session:
        session.execute(update(Account).values(time_zone="Mars/Olympus"))
    for page in PAGES:
        test = show(page, people.admin)
        assert not test.exception and not test.error, page
    shown = text(show("Home", people.admin))
    assert "The account's time zone Mars/Olympus no longer exists, so no run starts." in shown
    for tab in TABS:
        test = show("Connections", people.admin, connection=connection, tab=tab)
        assert not test.exception and not test.error, tab


def test_a_run_that_could_not_continue_is_run_again_from_its_page(
    show: Show, people: People, connection: int
) -> None:
    run_id = reported_runs.run(connection, RunStatus.ERROR)
    with transaction() as session:
        run = session.get_one(Run, run_id)
        run.aborted, run.message = True, "iPayroll cannot be reached."
    assert "Run again" not in labels(show("Reports", people.analyst, run=run_id))
    test = show("Reports", people.admin, run=run_id)
    assert "Nothing was changed. Run again when the connection says Connected." in text(test)
    test.button(key=f"run again {run_id}").click().run()
    assert [error.value for error in test.error] == ["iPayroll cannot be reached."]
    with reading() as session:
        again = session.scalars(select(Run).where(Run.id != run_id)).one()
    assert (again.kind, again.status, again.requested_by) == (RunKind.SYNC, RunStatus.QUEUED, people.admin)
    complete = reported_runs.whole_run(connection)
    assert "Run again" not in labels(show("Reports", people.admin, run=complete))


def test_what_needs_somebody_comes_first_then_what_runs(show: Show, people: People, connection: int) -> None:
    running, failed, held = (world.active_connection(people.account, f"hr{number}") for number in range(3))
    reported_runs.run(running, RunStatus.RUNNING)
    reported_runs.run(failed, RunStatus.ERROR)
    run_id = reported_runs.run(held, RunStatus.HELD)
    with transaction() as session:
        session.add(Plan(run_id=run_id, kept_until=now() + timedelta(days=7)))
    reported_runs.run(held, RunStatus.RUNNING)
    keys = [str(button.key) for button in show("Jobs", people.admin).button if button.label == "Run now"]
    assert [int(key.split()[1]) for key in keys] == [held, failed, running, connection]


def start_button(test: AppTest) -> Button:
    (button,) = [button for button in test.button if button.label == "Run now"]
    return button


def test_a_press_counts_while_the_page_does_not_show_the_run_of_somebody_else_yet(
    show: Show, people: People, connection: int
) -> None:
    test = show("Jobs", people.admin)
    shown = start_button(test)
    reported_runs.run(connection, RunStatus.RUNNING, kind=RunKind.PREVIEW)
    assert start_button(show("Jobs", people.admin)).key == shown.key
    shown.click().run()
    with reading() as session:
        kinds = session.scalars(select(Run.kind).where(Run.requested_by == people.admin)).all()
    assert kinds == [RunKind.SYNC]


def test_a_press_that_a_browser_sends_twice_is_one(show: Show, people: People, connection: int) -> None:
    test = show("Jobs", people.admin)
    first = start_button(test)
    first.click().run()
    assert first.key != start_button(test).key, "the page no longer has the button of the second press"
