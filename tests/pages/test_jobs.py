"""The Jobs page."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update
from streamlit.testing.v1 import AppTest

from core import settings
from core.clock import now
from core.db import reading, transaction
from core.jobs import schedule_changes, schedules
from core.jobs.recurrence import Rule
from core.jobs.schedules import ScheduleView
from core.models import ConnectionStatus, Every, Phase, Plan, Run, RunKind, RunStatus, Schedule, Side, Trigger
from core.paging import PAGE_SIZE
from core.runs import selection
from core.security.actor import ActingRole, Actor
from harness import world
from pages.ui.jobs import schedule_dialog
from pages.ui.layout import current_user, dialogs, times
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
    assert [toast.value for toast in test.toast] == [
        f"Nothing was added, because the same waits already. Run #{run.id} is queued."
    ]
    with reading() as session:
        assert session.scalars(select(Run.id)).all() == [run.id]


def progress(test: object) -> str:
    return " ".join(element.proto.text for element in test.get("progress"))  # type: ignore[attr-defined]


def test_progress_counts_while_a_run_is_going(show: Show, people: People, connection: int) -> None:
    reported_runs.run(
        connection, RunStatus.RUNNING, phase=Phase.WRITING, read=10, unchanged=2, created=3, written=3
    )
    test = show("Jobs", people.admin)
    assert "writing. 10 read, 8 planned, 3 written, 0 errors." in progress(test)
    assert test.get("progress")[0].proto.value == 50


def test_the_end_of_a_watched_run_is_told_with_a_link_to_its_report(
    show: Show, people: People, connection: int
) -> None:
    test = show("Jobs", people.admin)
    run_id = reported_runs.whole_run(connection)
    test.session_state["watched runs"] = {run_id}
    for is_redrawn in (False, True):  # the page draws itself again, for example for the menu's numbers
        test.session_state[current_user.UNATTENDED] = is_redrawn
        assert [warning.value for warning in test.run().warning if "Run #" in warning.value] == [
            f"**enablehr → ipayroll** · Run #{run_id}: ERROR, finished with errors. "
            "1 of 9 employees could not be written."
        ]
    assert f"/Reports?run={run_id}" in text(test)
    test.session_state[current_user.UNATTENDED] = False
    assert not [each for each in test.run().warning if "Run #" in each.value], "it goes with a click"


OTHERS = ["Run for one person", "Full compare now", "Limits"]
MENU = ["Change schedule", "Pause until…", "Cancel Schedule", *OTHERS]


def menu(test: AppTest) -> list[str]:
    """Return what the menu of the job offers."""
    return [str(entry).partition(": ")[2] for button in test.menu_button for entry in button.options]


def choose(test: AppTest, connection: int, entry: str) -> AppTest:
    """Choose an entry of the job's menu."""
    return test.menu_button(key=f"menu {connection}").click(entry).run()


def view(admin: Actor, connection: int) -> ScheduleView:
    schedule = schedules.active_schedule(admin, connection)
    assert schedule is not None
    return schedule


def keep_open(test: AppTest, name: str, connection: int, *about: object) -> AppTest:
    """Draw the dialog again, which a browser keeps open by itself."""
    test.session_state[dialogs.WANTED] = name, (connection, "enableHR → iPayroll", *about)
    return test


def test_cancel_schedule_is_offered_only_while_one_is_active(
    show: Show, people: People, connection: int, admin: Actor
) -> None:
    test = show("Jobs", people.admin)
    assert labels(test) == ["Run now", "Preview", "Create schedule"]
    schedules.create(admin, connection, Rule(Every.WEEKDAY, at="07:30"))
    test.run()
    assert labels(test) == ["Run now", "Preview"] and menu(test) == MENU
    assert "Every weekday at 07:30, Brisbane time" in text(test) and "Next run " in text(test)
    choose(test, connection, "Cancel Schedule")
    assert "no longer runs by itself. Now: Every weekday at 07:30, Brisbane time." in text(test)
    keep_open(test, "cancel_schedule", connection, view(admin, connection))
    test.button(key="cancel schedule").click().run()
    assert not test.exception and labels(test) == ["Run now", "Preview", "Create schedule", "Undo"]
    assert "Schedule cancelled: Every weekday at 07:30, Brisbane time." in text(test)
    assert schedules.active_schedule(admin, connection) is None
    test.button(key=f"undo {connection}").click().run()
    assert labels(test) == ["Run now", "Preview"] and menu(test) == MENU
    assert "Schedule cancelled" not in text(test)


def test_a_cancellation_can_be_left(show: Show, people: People, connection: int, admin: Actor) -> None:
    schedules.create(admin, connection, Rule(Every.DAY, at="07:30"))
    test = choose(show("Jobs", people.admin), connection, "Cancel Schedule")
    test.button(key="keep schedule").click().run()
    assert labels(test) == ["Run now", "Preview"] and menu(test) == MENU


def test_a_schedule_cancelled_elsewhere_meanwhile_is_a_sentence(
    show: Show, people: People, connection: int, admin: Actor
) -> None:
    schedules.create(admin, connection, Rule(Every.DAY, at="07:30"))
    seen = view(admin, connection)
    test = choose(show("Jobs", people.admin), connection, "Cancel Schedule")
    schedules.cancel(admin, connection)
    keep_open(test, "cancel_schedule", connection, seen)
    test.button(key="cancel schedule").click().run()
    assert "This connection has no active schedule." in text(test) and not test.exception


def test_a_change_in_another_tab_is_said_and_nothing_is_overwritten(
    show: Show, people: People, connection: int, admin: Actor
) -> None:
    schedules.create(admin, connection, Rule(Every.DAY, at="07:30"))
    seen = view(admin, connection)
    test = keep_open(show("Jobs", people.admin), "change_schedule", connection, seen).run()
    fridays = Rule(Every.WEEK, at="18:00", days="fri", time_zone="Australia/Sydney")
    schedule_changes.change(admin, connection, fridays, seen.version)
    key = f"schedule {seen.id} {seen.revision}"
    keep_open(test, "change_schedule", connection, seen).multiselect(key=f"{key} times").set_value(
        ["05:00"]
    ).run()
    keep_open(test, "change_schedule", connection, seen).button(key="save schedule").click().run()
    assert "Somebody else has changed this schedule meanwhile. It is now: Every Friday at 18:00" in text(test)
    assert view(admin, connection).rule == fridays


def test_a_schedule_is_changed_with_what_it_was_filled_in(
    show: Show, people: People, connection: int, admin: Actor
) -> None:
    before = Rule(Every.MONTH, at="07:30,18:00", days="last fri", time_zone="Pacific/Auckland")
    schedules.create(admin, connection, before)
    seen = view(admin, connection)
    key = f"schedule {seen.id} {seen.revision}"

    def again() -> AppTest:
        return keep_open(test, "change_schedule", connection, seen)

    test = show("Jobs", people.admin)
    again().run()
    assert "On the last Friday of every month at 07:30 and 18:00, Auckland time" in text(test)
    assert text(test).count("Auckland time)") == 5, "five times, in the zone of the schedule too"
    again().selectbox(key=f"{key} every").select(Every.WEEK).run()
    again().run()
    pills = test.get("button_group")[0]
    assert not test.exception and pills is not None
    again().button(key="save schedule").click().run()
    after = view(admin, connection)
    assert after.sentence == "Every Monday at 07:30 and 18:00, Auckland time" and after.id == seen.id


def test_a_pause_is_shown_and_ended(show: Show, people: People, connection: int, admin: Actor) -> None:
    schedules.create(admin, connection, Rule(Every.DAY, at="07:30"))
    test = choose(show("Jobs", people.admin), connection, "Pause until…")
    keep_open(test, "pause_schedule", connection, view(admin, connection))
    test.button(key="pause schedule").click().run()
    assert view(admin, connection).is_paused and "Paused until " in text(test)
    assert menu(test) == ["Change schedule", "Resume schedule", "Cancel Schedule", *OTHERS]
    choose(test, connection, "Resume schedule")
    assert not view(admin, connection).is_paused and menu(test) == MENU


def test_a_zone_that_no_longer_exists_is_said_and_can_be_changed(
    show: Show, people: People, connection: int, admin: Actor
) -> None:
    schedules.create(admin, connection, Rule(Every.DAY, at="07:30"))
    with transaction() as session:
        session.execute(update(Schedule).values(time_zone="Mars/Olympus"))
    test = show("Jobs", people.admin)
    assert "No run: the time zone Mars/Olympus of this schedule no longer exists." in text(test)
    seen = view(admin, connection)
    keep_open(test, "change_schedule", connection, seen).run()
    keep_open(test, "change_schedule", connection, seen).button(key="save schedule").click().run()
    assert view(admin, connection).problem == ""


def test_closed_hours_and_frequent_runs_are_said_before_saving(
    show: Show, people: People, connection: int
) -> None:
    with transaction() as session:
        session.execute(update(Side).values(settings={"closed_hours": "00:01-23:59"}))
    test = keep_open(show("Jobs", people.admin), "schedule", connection).run()
    keep_open(test, "schedule", connection).selectbox(key="schedule every").select(Every.MINUTES).run()
    keep_open(test, "schedule", connection).number_input(key=f"schedule interval {Every.MINUTES}").set_value(
        1
    ).run()
    shown = text(test)
    assert "No scheduled run starts in closed hours: " in shown and "one run at their end" in shown
    assert "This is very often" in shown


def test_support_may_control_jobs(show: Show, people: People, connection: int) -> None:
    assert labels(show("Jobs", people.support, people.account)) == ["Run now", "Preview", "Create schedule"]


def test_the_last_run_is_linked(show: Show, people: People, connection: int) -> None:
    run_id = reported_runs.whole_run(connection)
    page = text(show("Jobs", people.admin))
    assert f'<a href="/Reports?run={run_id}" target="_self">#{run_id}</a>' in page and "ERROR" in page


def test_a_schedule_is_first_due_when_the_dialog_said(
    show: Show, people: People, connection: int, admin: Actor
) -> None:
    test = keep_open(show("Jobs", people.admin), "schedule", connection).run()
    keep_open(test, "schedule", connection).selectbox(key="schedule every").select(Every.HOURS).run()
    keep_open(test, "schedule", connection).number_input(key=f"schedule interval {Every.HOURS}").set_value(
        24
    ).run()
    (_, moment) = test.session_state[schedule_dialog.ANNOUNCED]
    shown = times.format_time(moment, ZoneInfo("Australia/Brisbane"))
    assert "Every 24 hours.** The next runs start:" in text(test) and shown in text(test)
    keep_open(test, "schedule", connection).button(key="save schedule").click().run()
    schedule = schedules.active_schedule(admin, connection)
    assert schedule is not None and schedule.next_due_at == moment


def test_an_announced_time_that_has_passed_is_said_before_anything_is_created(
    show: Show, people: People, connection: int, admin: Actor
) -> None:
    test = keep_open(show("Jobs", people.admin), "schedule", connection).run()
    about, moment = test.session_state[schedule_dialog.ANNOUNCED]
    test.session_state[schedule_dialog.ANNOUNCED] = about, moment - timedelta(days=9)
    keep_open(test, "schedule", connection).button(key="save schedule").click().run()
    assert "has passed. Look at the new time, then press the button again." in text(test)
    assert schedules.active_schedule(admin, connection) is None
    keep_open(test, "schedule", connection).button(key="save schedule").click().run()
    assert schedules.active_schedule(admin, connection) is not None


def test_a_run_whose_worker_is_silent_says_what_it_waits_for(
    show: Show, people: People, connection: int
) -> None:
    until = now() + timedelta(seconds=settings.settings().lease_seconds)
    run_id = reported_runs.run(connection, RunStatus.RUNNING, cancel_requested=True, lease_until=until)
    cancelled = f"Stopping run #{run_id}"
    test = show("Jobs", people.admin)
    assert f"{cancelled}: what is being written now is finished first." in text(test)
    assert [button.disabled for button in test.button if button.label == "Stopping …"] == [True]
    with transaction() as session:
        session.get_one(Run, run_id).lease_until = until - timedelta(seconds=12)
    waiting = f"{cancelled}, but its worker has not responded for 1"
    assert waiting in text(test.run())
    assert waiting in text(show("Reports", people.admin, run=run_id))


def test_one_person_is_found_by_name_or_entered_and_run_for(
    show: Show, people: People, connection: int
) -> None:
    test = keep_open(
        choose(show("Jobs", people.admin), connection, "Run for one person"), "one_person", connection
    )
    test.run()
    keep_open(test, "one_person", connection).text_input(key="person").input("S77").run()
    assert "The last run has read nobody like this." in text(test)
    keep_open(test, "one_person", connection).button(key="run for person").click().run()
    with reading() as session:
        run = session.scalars(select(Run)).one()
        assert run.kind is RunKind.SELECTED and selection.load(session, run.id) == ("S77",)


def test_a_full_compare_is_started_once_and_taken_back_from_the_menu(
    show: Show, people: People, connection: int
) -> None:
    test = choose(show("Jobs", people.admin), connection, "Full compare now")
    choose(test, connection, "Full compare now")
    with reading() as session:
        assert session.scalars(select(Run)).one().compares_all
    assert "Nothing was added, because the same waits already." in test.toast[0].value
    choose(test, connection, "Take back the waiting run")
    with reading() as session:
        assert session.scalars(select(Run.status)).one() is RunStatus.CANCELLED


def test_a_run_that_reads_is_moving_and_is_stopped_from_the_menu(
    show: Show, people: People, connection: int
) -> None:
    held = reported_runs.run(connection, RunStatus.HELD, read=300, held=300)
    applied = reported_runs.run(connection, read=3, updated=3, written=3)  # the approved ones of 300
    with transaction() as session:
        session.add(Plan(run_id=held, kept_until=now(), applied_by_run_id=applied))
    run_id = reported_runs.run(connection, RunStatus.RUNNING, read=120)
    test = show("Jobs", people.admin)
    assert f'role="progressbar" aria-label="Run #{run_id} is reading"' in text(test)
    assert f"Run #{run_id}: reading and comparing. 120 of about 300 read, 0 filtered." in text(test)
    choose(test, connection, "Stop this run")
    with reading() as session:
        assert session.get_one(Run, run_id).cancel_requested


def test_two_hundred_jobs_are_on_pages(show: Show, people: People, connection: int) -> None:
    for number in range(PAGE_SIZE):
        other = world.active_connection(people.account, target=f"pay{number}")
        set_status(other, ConnectionStatus.ACTIVE)
    assert len(show("Jobs", people.admin).menu_button) == PAGE_SIZE
    assert len(show("Jobs", people.admin, page=2).menu_button) == 1
