"""One run on the Reports page: its headline, its employees, and what can be done with them."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from connectors.values.redaction import MASK
from core.clock import now
from core.db import reading, transaction
from core.exports import files
from core.exports.record_table import RecordsFilter
from core.models import (
    Action,
    Decision,
    Phase,
    Record,
    Run,
    RunKind,
    RunStatus,
)
from core.queue import health
from core.reports import records
from core.reports.records import Group
from core.retention import removal
from core.runs import selection
from core.security.actor import ActingRole, Actor
from pages.ui.reports import record_table
from tests.core.reports import reported_runs
from tests.pages.conftest import Show, labels, text
from tests.pages.test_decisions import press
from tests.pages.test_reports import cells
from tests.web.conftest import People

OUTCOMES = ("Error", "Held", "Filtered")


def employees_listed(page: str) -> list[list[str]]:
    """Return the rows of the list of employees, which is the last table of a run's page."""
    return [row for row in cells(page.rpartition("<table")[2]) if row]


def test_a_run_in_detail_says_what_it_was_and_why_employees_were_filtered(
    show: Show, people: People, connection: int
) -> None:
    run_id = reported_runs.whole_run(connection)
    page = text(show("Reports", people.admin, run=run_id))
    assert f"Run #{run_id}" in page and "1 min 12 s" in page
    assert "finished with errors" in page and "could not run" not in page
    assert "1 of 9 employees" not in page and "Written: 1" not in page, "the headline says it"
    reasons = [
        (row[0], row[1], row[4], row[5]) for row in cells(page) if len(row) == 6 and row[0] in OUTCOMES
    ]
    assert reasons == [
        ("Error", "Refused", "Payroll", "1"),
        ("Held", "Weak match", "Payroll", "1"),
        ("Filtered", "Missing field", "HR", "2"),
        ("Filtered", "Not in scope", "–", "1"),
    ]
    headline = re.search(r'<p class="hub-headline">(.*?)</p>', page, re.DOTALL)
    assert headline is not None
    links = re.findall(
        r'href="/Reports\?run=\d+&amp;show=(\w+)(?:&amp;needs=(\w+))?(?:&amp;reason=(\w+))?"[^>]*>([^<]*)',
        headline[1],
    )
    assert ("errors", "", "", "1 could not be written and needs you") in links
    assert ("filtered", "you", "MISSING_FIELD", "2 missing field") in links
    assert ("warnings", "nobody", "", "1 more has something to correct or to enter by hand.") in links
    for address, needs, number in (
        ("filtered", "you", 2),
        ("filtered", "nobody", 1),
        ("warnings", "nobody", 1),
    ):
        shown = show("Reports", people.admin, run=run_id, show=address, needs=needs)
        assert f"{number} employee" in text(shown)
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
    group = next(each for each in test.button_group if "show" in str(each.key))
    group.set_value(Group.FILTERED).run()
    reason = next(each for each in test.selectbox if each.label == "Reason")
    assert reason.options == ["All reasons", "Missing field (2)", "Not in scope (1)"]
    reason.set_value("NOT_IN_SCOPE").run()
    assert [row[0] for row in employees_listed(text(test))] == ["Leo Singh"]
    assert test.query_params["show"] == "filtered" and test.query_params["reason"] == "NOT_IN_SCOPE"
    assert "decision=filtered&amp;reason=NOT_IN_SCOPE" in text(test), "the export has the same employees"
    test.button_group[0].set_value(Group.ERRORS).run()
    assert "reason" not in test.query_params, "the reason was one of the other group"


def test_records_that_need_attention_come_first(show: Show, people: People, connection: int) -> None:
    test = show("Reports", people.admin, run=reported_runs.whole_run(connection))
    assert not test.exception
    rows = employees_listed(text(test))
    assert [row[0] for row in rows] == [
        "=HYPERLINK(1)",
        "Ava Patel",
        "Isla Wang",
        "Mia Müller",
        "Amelia Ngata",
    ]
    assert rows[0][3:5] == ["Create", "Failed: Refused"]
    assert "What to do: Correct what the message from iPayroll names" in rows[0][5]
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
    export = files.export_records(analyst, RecordsFilter(run_id=run_id))
    assert "1990" not in f"{shown}{list(export.chunks)}"


def test_everyone_can_be_shown_and_found_by_name_or_id(show: Show, people: People, connection: int) -> None:
    run_id = reported_runs.whole_run(connection)
    test = show("Reports", people.admin, run=run_id)
    group = test.button_group[0]
    group.set_value(record_table.EVERYONE).run()
    page = text(test)
    assert len(employees_listed(page)) == 9
    assert "1 field changed" in page and "1 High &lt;b&gt;St&lt;/b&gt;" in page, (
        "values are text, never markup"
    )
    assert "⚠ Finish date needs to be updated" in page
    for wanted, found in (
        ("ngata  amelia", "Amelia Ngata"),
        ("s0", "Olivia Smith"),
        ("muller", "Mia Müller"),
    ):
        test.text_input[0].input(wanted).run()
        assert [row[0] for row in employees_listed(text(test))] == [found]
        assert test.query_params["search"] == wanted
    test.text_input[0].input("%").run()
    assert "No employee matches." in text(test)


def test_a_link_to_employees_of_a_run_shows_the_same_elsewhere(
    show: Show, people: People, connection: int
) -> None:
    run_id = reported_runs.whole_run(connection)
    test = show("Reports", people.analyst, run=run_id, show="filtered", search="isla", page="7")
    assert [row[0] for row in employees_listed(text(test))] == ["Isla Wang"]
    assert test.text_input[0].value == "isla"
    long = show("Reports", people.analyst, run=run_id, search="x" * 10_000)
    assert "A search has at most 400 characters" in text(long) and not long.exception
    old = show("Reports", people.analyst, run=run_id, show="nonsense", reason="GONE")
    assert "Show: there is no such choice" in text(old) and len(employees_listed(text(old))) == 5
    elsewhere = show("Reports", people.admin, run=run_id, search="olivia")
    assert "show=everyone&amp;search=olivia" in text(elsewhere), "she is not among those that need attention"


def test_what_is_to_be_done_by_hand_is_a_list_of_its_own(show: Show, people: People, connection: int) -> None:
    run_id = reported_runs.whole_run(connection)
    page = text(show("Reports", people.analyst, run=run_id, show="by-hand"))
    assert employees_listed(page) == [
        ["Amelia Ngata", "S2", "Finish date needs to be updated in iPayroll for this employee.", "iPayroll", "T2",
         "Payroll"]
    ]  # fmt: skip
    assert f"/export/by-hand.csv?run={run_id}" in page


def test_a_run_is_compared_with_another_of_its_integration(
    show: Show, people: People, connection: int
) -> None:
    first = reported_runs.whole_run(connection)
    asked = "Compare with another run: there is no such choice"
    assert asked in text(show("Reports", people.analyst, run=first, compare="77"))
    second = reported_runs.whole_run(connection)
    with transaction() as session:
        recovered = session.get_one(Record, (second, 8))
        recovered.decision, recovered.action, recovered.reason = Decision.NO_CHANGE, Action.SKIPPED, None
    test = show("Reports", people.analyst, run=second)
    box = next(box for box in test.selectbox if box.label == "Compare with another run")
    box.set_value(str(first)).run()
    assert test.query_params["compare"] == str(first)
    page = text(test)
    assert "0 newly failed, 1 recovered, 3 still failing." in page
    assert ["=HYPERLINK(1)", "S8", "Recovered", "Create, Failed: Refused", "No change"] in cells(page)


def test_a_run_that_could_not_run_says_so_instead_of_counting(
    show: Show, people: People, connection: int
) -> None:
    reason = "iPayroll cannot be reached."
    run_id = reported_runs.run(connection, RunStatus.ERROR, aborted=True, message=reason)
    test = show("Reports", people.analyst, run=run_id)
    assert "could not run" in text(test) and [error.value for error in test.error] == [reason]


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
    assert "Retry the chosen" not in labels(
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
    assert test.title[0].value == "Reports"


@pytest.mark.parametrize("status", [RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.COMPLETE])
def test_a_run_in_progress_says_what_keeps_runs_from_starting(
    show: Show, people: People, connection: int, monkeypatch: pytest.MonkeyPatch, status: RunStatus
) -> None:
    monkeypatch.setattr(health, "health", lambda: health.Health(reachable=True, scheduler=True))
    test = show("Reports", people.admin, run=reported_runs.run(connection, status))
    said = [warning.value for warning in test.warning if "No worker is running" in warning.value]
    assert bool(said) is (not status.ended)


def test_a_run_whose_employees_were_removed_says_so_and_keeps_its_counters(
    show: Show, people: People, connection: int
) -> None:
    run_id = reported_runs.whole_run(connection)
    with transaction() as session:
        session.get_one(Run, run_id).ended_at = now() - timedelta(days=400)
    assert removal.remove_old(10)
    page = text(show("Reports", people.admin, run=run_id))
    assert "The employees of this run were removed on" in page and "does not keep them longer" in page
    assert "Written: 1 created, 1 updated, 1 terminated." in page
