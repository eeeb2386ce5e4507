"""The Jobs page."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from core import settings
from core.clock import now
from core.db import reading, transaction
from core.jobs import schedules
from core.jobs.recurrence import Rule
from core.models import ConnectionStatus, Every, Phase, Run, RunStatus, Trigger
from core.security.actor import ActingRole, Actor
from pages.ui.jobs import create_schedule
from pages.ui.layout import dialogs, times
from tests.core.reports import reported_runs
from tests.pages.conftest import Show, labels, set_status, text
from tests.pages.test_decisions import press
from tests.web.conftest import People


@pytest.fixture
def admin(people: People) -> Actor:
    return Actor("Admin", ActingRole.ACCOUNT_ADMIN, people.admin, people.account)


def test_without_an_active_connection_the_page_says_what_is_missing(
    show: Show, people: People, connection: int
) -> None:
    set_status(connection, ConnectionStatus.DRAFT)
    test = show("Jobs", people.admin)
    assert "No connection is Active yet." in text(test) and labels(test) == []


def test_run_now_puts_a_manual_run_on_record_and_shows_its_progress(
    show: Show, people: People, connection: int
) -> None:
    test = show("Jobs", people.admin)
    press(test, "Run now")
    assert not test.exception
    with reading() as session:
        run = session.scalars(select(Run)).one()
    assert (run.trigger, run.status, run.requested_by) == (Trigger.MANUAL, RunStatus.QUEUED, people.admin)
    assert f"Run #{run.id} is queued." in text(test)
    press(test, "Run now")
    assert [toast.value for toast in test.toast] == [f"A run is waiting already. Run #{run.id} is queued."]
    with reading() as session:
        assert session.scalars(select(Run.id)).all() == [run.id]


def progress(test: object) -> str:
    return " ".join(element.proto.text for element in test.get("progress"))  # type: ignore[attr-defined]


def test_progress_counts_while_a_run_is_going(show: Show, people: People, connection: int) -> None:
    reported_runs.run(
        connection, RunStatus.RUNNING, phase=Phase.WRITING, read=10, unchanged=2, created=3, written=3
    )
    test = show("Jobs", people.admin)
    assert "writing. 10 read, 3 written, 0 errors." in progress(test)
    assert test.get("progress")[0].proto.value == 50


def test_the_end_of_a_watched_run_is_told_with_a_link_to_its_report(
    show: Show, people: People, connection: int
) -> None:
    test = show("Jobs", people.admin)
    run_id = reported_runs.whole_run(connection)
    test.session_state["watched runs"] = {run_id}
    test.run()
    assert [error.value for error in test.error] == [
        f"Run #{run_id}: ERROR. 1 of 9 employees could not be written."
    ]
    assert f"/Reports?run={run_id}" in text(test)
    assert not test.run().error, "it is shown once"


def test_cancel_schedule_is_offered_only_while_one_is_active(
    show: Show, people: People, connection: int, admin: Actor
) -> None:
    test = show("Jobs", people.admin)
    assert labels(test) == ["Run now", "Preview", "Create", "Guard rails"]
    schedules.create(admin, connection, Rule(Every.WEEKDAY, at="07:30"))
    test.run()
    assert labels(test) == ["Run now", "Preview", "Guard rails", "Cancel Schedule"]
    assert "Every weekday at 07:30, Brisbane time" in text(test) and "Next run " in text(test)
    test.button(key=f"cancel {connection}").click().run()
    assert not test.exception and labels(test) == ["Run now", "Preview", "Create", "Guard rails"]
    assert schedules.active_schedule(admin, connection) is None


def test_a_schedule_cancelled_elsewhere_meanwhile_is_a_sentence(
    show: Show, people: People, connection: int, admin: Actor
) -> None:
    schedules.create(admin, connection, Rule(Every.DAY, at="07:30"))
    test = show("Jobs", people.admin)
    schedules.cancel(admin, connection)
    test.button(key=f"cancel {connection}").click()
    test.run()
    assert not test.exception


def test_support_may_control_jobs(show: Show, people: People, connection: int) -> None:
    assert labels(show("Jobs", people.support, people.account)) == ["Run now", "Preview", "Create"]


def test_the_last_run_is_linked(show: Show, people: People, connection: int) -> None:
    run_id = reported_runs.whole_run(connection)
    page = text(show("Jobs", people.admin))
    assert f'<a href="/Reports?run={run_id}" target="_self">#{run_id}</a>' in page and "ERROR" in page


def keep_open(test: AppTest, connection: int) -> AppTest:
    """Draw the dialog again, which a browser keeps open by itself."""
    test.session_state[dialogs.WANTED] = "schedule", (connection, "enableHR → iPayroll")
    return test


def test_a_schedule_is_first_due_when_the_dialog_said(
    show: Show, people: People, connection: int, admin: Actor
) -> None:
    test = keep_open(show("Jobs", people.admin), connection).run()
    keep_open(test, connection).selectbox(key="every").select(Every.HOURS).run()
    keep_open(test, connection).number_input(key=f"interval {Every.HOURS}").set_value(24).run()
    (_, moment) = test.session_state[create_schedule.ANNOUNCED]
    shown = times.format_time(moment, ZoneInfo("Australia/Brisbane"))
    assert f"Every 24 hours. The first run starts at {shown}." in text(test)
    keep_open(test, connection).button(key="create schedule").click().run()
    schedule = schedules.active_schedule(admin, connection)
    assert schedule is not None and schedule.next_due_at == moment


def test_an_announced_time_that_has_passed_is_said_before_anything_is_created(
    show: Show, people: People, connection: int, admin: Actor
) -> None:
    test = keep_open(show("Jobs", people.admin), connection).run()
    about, moment = test.session_state[create_schedule.ANNOUNCED]
    test.session_state[create_schedule.ANNOUNCED] = about, moment - timedelta(days=9)
    keep_open(test, connection).button(key="create schedule").click().run()
    assert "has passed. Look at the new time, then press Create again." in text(test)
    assert schedules.active_schedule(admin, connection) is None
    keep_open(test, connection).button(key="create schedule").click().run()
    assert schedules.active_schedule(admin, connection) is not None


def test_a_run_whose_worker_is_silent_says_what_it_waits_for(
    show: Show, people: People, connection: int
) -> None:
    until = now() + timedelta(seconds=settings.settings().lease_seconds)
    run_id = reported_runs.run(connection, RunStatus.RUNNING, cancel_requested=True, lease_until=until)
    cancelled = f"Stopping run #{run_id}"
    test = show("Jobs", people.admin)
    assert f"{cancelled}: what is being written now is finished first." in progress(test)
    assert "Stopping …" in labels(test)
    with transaction() as session:
        session.get_one(Run, run_id).lease_until = until - timedelta(seconds=12)
    waiting = f"{cancelled}, but its worker has not responded for 1"
    assert waiting in progress(test.run())
    assert waiting in text(show("Reports", people.admin, run=run_id))
