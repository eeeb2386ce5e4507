"""The Reports page: runs of an integration, and one run in detail."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, update

from connectors.values.redaction import MASK
from core.db import reading, transaction
from core.models import Account, ConnectionStatus, Phase, Record, Run, RunKind, RunStatus, Trigger
from core.queue import health
from core.reports import exports, records
from core.reports.records import Group
from core.runs import selection
from core.security.actor import ActingRole, Actor
from harness import world
from pages.ui.reports import record_table
from tests.core.reports import reported_runs
from tests.pages.conftest import Show, labels, set_status, text
from tests.pages.test_decisions import press
from tests.web.conftest import People


def cells(page: str) -> list[list[str]]:
    """Return the rows of the tables on a page, as text."""
    rows = re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)
    return [
        [re.sub(r"<[^>]*>", "", cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)]
        for row in rows
    ]


def test_without_any_connection_the_page_says_when_reports_appear(show: Show, people: People) -> None:
    assert "There are no reports yet." in text(show("Reports", people.admin))


def test_an_integration_that_has_not_run_says_where_to_start_it(
    show: Show, people: People, connection: int
) -> None:
    assert "has not run yet" in text(show("Reports", people.admin))


def test_runs_are_listed_newest_first_with_their_counters(
    show: Show, people: People, connection: int
) -> None:
    began = datetime(2026, 7, 3, 21, 30, tzinfo=UTC)
    first = reported_runs.run(
        connection, trigger=Trigger.SCHEDULED, started_at=began, ended_at=began, read=1250, unchanged=1250
    )
    second = reported_runs.whole_run(connection)
    page = text(show("Reports", people.admin))
    newest, oldest = (row for row in cells(page) if row)
    assert newest[:4] == [f"#{second}", "ERROR", "Manual", "Sync"] and newest[6:] == ["9", "3", "3", "1", "0"]
    assert oldest == [
        f"#{first}",
        "COMPLETE",
        "Scheduled",
        "Sync",
        "4 Jul 2026, 07:30 AEST",
        "4 Jul 2026, 07:30 AEST",
        "1,250",
        "0",
        "0",
        "0",
        "0",
    ]
    assert re.findall(r'<th scope="col"[^>]*>([^<&]*)', page) == [
        *("Job run ID#", "Status", "Type", "Kind", "Start Time", "End Time"),
        *("Records Read", "Record Filtered", "Record Written", "Record Errors", "Need you"),
    ]
    assert f'<a href="/Reports?run={second}" target="_self">' in page
    assert f"/export/runs.csv?connection={connection}" in page


def test_the_chooser_offers_each_integration_and_deleted_ones_with_runs(
    show: Show, people: People, connection: int
) -> None:
    deleted = world.active_connection(people.account, target="keypay")
    forgotten = world.active_connection(people.account, target="xero")
    reported_runs.run(deleted)
    set_status(deleted, ConnectionStatus.DELETED)
    set_status(forgotten, ConnectionStatus.DELETED)
    chooser = next(box for box in show("Reports", people.admin).selectbox if box.label == "Integration")
    assert chooser.options == ["enablehr → ipayroll", "enablehr → keypay (deleted)"]
    assert chooser.value == deleted, "the one that ran last comes first to mind"


def test_a_choice_narrows_the_list_and_stands_in_the_address(
    show: Show, people: People, connection: int
) -> None:
    reported_runs.run(connection)
    failed = reported_runs.run(connection, RunStatus.ERROR)
    test = show("Reports", people.admin, page=2)
    next(box for box in test.selectbox if box.label == "Status").select("ERROR").run()
    assert test.query_params["status"] == "ERROR" and "page" not in test.query_params
    assert [row[0] for row in cells(text(test)) if row] == [f"#{failed}"]
    next(box for box in test.selectbox if box.label == "Type").select("Scheduled").run()
    assert "No run matches." in text(test)


def test_fifty_runs_fill_a_page(show: Show, people: People, connection: int) -> None:
    runs = [reported_runs.run(connection) for _ in range(120)]
    page = text(show("Reports", people.admin, page=3))
    assert "120 runs" in page
    assert [row[0] for row in cells(page) if row] == [f"#{number}" for number in runs[19::-1]]


@pytest.mark.parametrize("page", ["0", "-1", "x", "999999999999", "¹"])
def test_a_page_number_that_is_none_shows_something_sensible(
    show: Show, people: People, connection: int, page: str
) -> None:
    reported_runs.run(connection)
    assert not show("Reports", people.admin, page=page, connection="x", status="x", since="x").exception


def test_a_run_in_detail_says_what_it_was_and_why_employees_were_filtered(
    show: Show, people: People, connection: int
) -> None:
    run_id = reported_runs.whole_run(connection)
    page = text(show("Reports", people.admin, run=run_id))
    assert (
        f"Run #{run_id}" in page and "1 of 9 employees could not be written." in page and "1 min 12 s" in page
    )
    assert "Written: 1 created, 1 updated, 1 terminated." in page
    reasons = [(row[0], row[-1]) for row in cells(page) if len(row) == 4]
    assert reasons == [("Missing field", "2"), ("Not in scope", "1")]
    assert f"/Reports?connection={connection}" in page


def test_a_run_says_which_version_of_the_mapping_it_used(show: Show, people: People, connection: int) -> None:
    run_id = reported_runs.whole_run(connection)
    assert "Mapping" not in text(show("Reports", people.admin, run=run_id))
    with transaction() as session:
        session.get_one(Run, run_id).mapping_version = 3
    page = text(show("Reports", people.admin, run=run_id))
    assert re.search(r'href="/Connections\?[^"]*tab=mapping&amp;version=3[^"]*"[^>]*>Version 3<', page)
    page = text(show("Reports", people.analyst, run=run_id))
    assert "Version 3" in page and "tab=mapping" not in page


def test_filtered_employees_are_narrowed_to_one_reason(show: Show, people: People, connection: int) -> None:
    test = show("Reports", people.admin, run=reported_runs.whole_run(connection))
    group = next(each for each in test.button_group if "group" in str(each.key))
    group.set_value(Group.FILTERED).run()
    reason = next(each for each in test.selectbox if each.label == "Reason")
    assert reason.options == ["All reasons", "Missing field (2)", "Not in scope (1)"]
    reason.set_value("NOT_IN_SCOPE").run()
    assert [row[0] for row in cells(text(test)) if len(row) == 6] == ["Leo Singh"]


def test_records_that_need_attention_come_first(show: Show, people: People, connection: int) -> None:
    test = show("Reports", people.admin, run=reported_runs.whole_run(connection))
    assert not test.exception
    rows = [row for row in cells(text(test)) if len(row) == 6]
    assert [row[0] for row in rows] == [
        "=HYPERLINK(1)",
        "Ava Patel",
        "Isla Wang",
        "Mia Müller",
        "Leo Singh",
        "Amelia Ngata",
    ]
    assert rows[0][3:5] == ["Create", "Failed: Refused"]
    assert rows[2] == [
        "Isla Wang",
        "S4",
        "–",
        "Filtered: Missing field",
        "Skipped",
        "Start Date is empty in enableHR. · HR must act",
    ]


@pytest.mark.parametrize(
    ("field", "label"),
    [("birthDate", "Date of birth"), ("dateOfBirth", "Born"), ("born", "Day"), ("dob", "DOB")],
)
def test_a_birthday_that_an_old_run_stored_is_masked(
    show: Show, people: People, connection: int, field: str, label: str
) -> None:
    run_id = reported_runs.whole_run(connection)
    change = {"field": field, "label": label, "before": None, "after": "1990-05-11"}
    with transaction() as session:
        session.execute(update(Record).where(Record.run_id == run_id).values(changes=[change]))
    page = text(show("Reports", people.admin, run=run_id))
    assert f"{label}: <i>empty</i> → {MASK}" in page and "1990" not in page
    analyst = Actor("Ana", ActingRole.ANALYST, people.analyst, people.account)
    shown = records.records_page(analyst, run_id, records.RecordFilter()).rows
    export = exports.export_records(analyst, run_id, records.RecordFilter())
    assert "1990" not in f"{shown}{''.join(export.chunks)}"


def test_everyone_can_be_shown_and_found_by_name_or_id(show: Show, people: People, connection: int) -> None:
    run_id = reported_runs.whole_run(connection)
    test = show("Reports", people.admin, run=run_id)
    group = test.button_group[0]
    group.set_value(record_table.EVERYONE).run()
    page = text(test)
    assert len([row for row in cells(page) if len(row) == 6]) == 9
    assert "1 field changed" in page and "1 High &lt;b&gt;St&lt;/b&gt;" in page, (
        "values are text, never markup"
    )
    assert "⚠ Finish date needs to be updated" in page
    for wanted, found in (("ngata", "Amelia Ngata"), ("S0", "Olivia Smith"), ("T1", "Noah Jones")):
        test.text_input[0].input(wanted).run()
        assert [row[0] for row in cells(text(test)) if len(row) == 6] == [found]
    test.text_input[0].input("%").run()
    assert "No employee matches." in text(test)


def test_one_person_of_a_run_can_be_synced_again(show: Show, people: People, connection: int) -> None:
    run_id = reported_runs.whole_run(connection)
    test = show("Reports", people.admin, run=run_id)
    chooser = next(box for box in test.multiselect if box.label == "Employees")
    assert "Isla Wang (S4)" in chooser.options
    chooser.select("S4").run()
    press(test, "Sync this person")
    run = newest_run()
    assert (run.kind, chosen_for(run), run.status) == (RunKind.SELECTED, ("S4",), RunStatus.QUEUED)
    assert run.requested_by == people.admin and test.query_params["run"] == str(run.id)
    assert f"Run of chosen employees #{run.id} is queued." in text(test) and "Chosen employees: 1" in text(
        test
    )


def newest_run() -> Run:
    with reading() as session:
        return session.scalars(select(Run).order_by(Run.id.desc())).first() or Run()


def chosen_for(run: Run) -> tuple[str, ...]:
    with reading() as session:
        return selection.load(session, run.id)


def test_all_employees_listed_are_synced_again(show: Show, people: People, connection: int) -> None:
    run_id = reported_runs.whole_run(connection)
    test = show("Reports", people.admin, run=run_id)
    (button,) = (each for each in test.button if each.label.startswith("Retry all "))
    listed = records.records_page(
        Actor("Admin", ActingRole.ACCOUNT_ADMIN, people.admin, people.account),
        run_id,
        records.NEEDS_ATTENTION,
    )
    assert button.label == f"Retry all {listed.total} listed" and listed.total > 1
    button.click().run()
    assert chosen_for(newest_run()) == tuple(sorted(row.source_id for row in listed.rows))


def test_an_analyst_is_not_offered_to_sync_anybody(show: Show, people: People, connection: int) -> None:
    assert "Retry these" not in labels(
        show("Reports", people.analyst, run=reported_runs.whole_run(connection))
    )


def test_a_run_that_is_going_says_how_far_it_is(show: Show, people: People, connection: int) -> None:
    run_id = reported_runs.run(
        connection, RunStatus.RUNNING, phase=Phase.WRITING, read=9, unchanged=2, created=3, written=3
    )
    page = text(show("Reports", people.admin, run=run_id))
    assert "Running: writing." in page and "This page refreshes itself." in page


def test_a_preview_says_what_would_be_written(show: Show, people: People, connection: int) -> None:
    run_id = reported_runs.run(connection, kind=RunKind.PREVIEW, read=2, held=2)
    page = text(show("Reports", people.admin, run=run_id))
    assert "Would be written" in page and "Preview" in page


@pytest.mark.parametrize("number", ["x", "", "-1", "9" * 30, "1.5", "¹"])
def test_a_run_number_that_is_none_is_a_sentence(show: Show, people: People, number: str) -> None:
    test = show("Reports", people.admin, run=number)
    assert not test.exception and "There is no such run in this account." in text(test)


def test_times_follow_the_accounts_zone_and_its_summer_time(
    show: Show, people: People, connection: int
) -> None:
    with transaction() as session:
        session.get_one(Account, people.account).time_zone = "Pacific/Auckland"
    for month in (1, 7):
        moment = datetime(2026, month, 3, 0, 30, tzinfo=UTC)
        reported_runs.run(connection, started_at=moment, ended_at=moment)
    starts = [row[4] for row in cells(text(show("Reports", people.admin))) if row]
    assert starts == ["3 Jul 2026, 12:30 NZST", "3 Jan 2026, 13:30 NZDT"]
    details = text(show("Reports", people.admin, run=1)) + text(show("Reports", people.admin, run=2))
    assert "3 Jan 2026, 13:30 NZDT" in details and "3 Jul 2026, 12:30 NZST" in details


@pytest.mark.parametrize("status", [RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.COMPLETE])
def test_a_run_in_progress_says_what_keeps_runs_from_starting(
    show: Show, people: People, connection: int, monkeypatch: pytest.MonkeyPatch, status: RunStatus
) -> None:
    monkeypatch.setattr(health, "health", lambda: health.Health(reachable=True, scheduler=True))
    test = show("Reports", people.admin, run=reported_runs.run(connection, status))
    said = [warning.value for warning in test.warning if "No worker is running" in warning.value]
    assert bool(said) is (not status.ended)
