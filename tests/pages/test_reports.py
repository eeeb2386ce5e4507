"""The Reports page: the runs of all integrations or of one."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import pytest

from core.db import transaction
from core.models import (
    Account,
    Connection,
    ConnectionStatus,
    RunStatus,
    Trigger,
)
from harness import world
from tests.core.reports import reported_runs
from tests.pages.conftest import Show, set_status, text
from tests.web.conftest import People


def cells(page: str) -> list[list[str]]:
    """Return the rows of the tables on a page, as text."""
    rows = re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)
    return [
        [re.sub(r"<[^>]*>", "", cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)]
        for row in rows
    ]


def runs_listed(page: str) -> list[list[str]]:
    """Return the rows of the list of runs, with or without the integration's name."""
    return [row for row in cells(page) if len(row) in (15, 16)]


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
    newest, oldest = runs_listed(page)
    assert newest[:4] == [f"#{second}", "ERRORfinished with errors", "Manual", "Sync"]
    assert newest[6:] == ["1 min 12 s", "9", "3", "3", "1", "1", "1", "0", "iHUB"]
    assert oldest == [
        f"#{first}",
        "COMPLETEfinished",
        "Scheduled",
        "Sync",
        "4 Jul 2026, 07:30 AEST",
        "4 Jul 2026, 07:30 AEST",
        "0 s",
        "1,250",
        "0",
        "0",
        "0",
        "1,250",
        "0",
        "0",
        "the schedule",
    ]
    assert re.findall(r'<th scope="col"[^>]*>([^<&]*?) ?(?=[<&])', page.rpartition("<table")[2]) == [
        *("Job run ID#", "Status", "Type", "Kind", "Start Time", "End Time", "Duration"),
        *("Records Read", "Record Filtered", "Record Written", "Record Errors"),
        *("Unchanged", "Held", "Need you", "Started by"),
    ]
    assert f'<a href="/Reports?run={second}" target="_self">' in page
    assert 'href="/export/runs.csv?account=1"' in page
    chosen = text(show("Reports", people.admin, connection=connection))
    assert f"/export/runs.csv?connection={connection}" in chosen and runs_listed(chosen) == [newest, oldest]


def test_the_chooser_offers_each_integration_and_deleted_ones_with_runs(
    show: Show, people: People, connection: int
) -> None:
    deleted = world.active_connection(people.account, target="keypay")
    forgotten = world.active_connection(people.account, target="xero")
    reported_runs.run(deleted)
    set_status(deleted, ConnectionStatus.DELETED)
    set_status(forgotten, ConnectionStatus.DELETED)
    chooser = next(box for box in show("Reports", people.admin).selectbox if box.label == "Integration")
    assert chooser.options == ["All", "enablehr → ipayroll", "enablehr → keypay (deleted)"]
    assert chooser.value == "", "all of them, as the address says"


def test_two_integrations_of_one_name_are_told_apart(show: Show, people: People, connection: int) -> None:
    twin = world.active_connection(people.other_account)
    with transaction() as session:
        session.get_one(Connection, twin).account_id = people.account
    first, second = reported_runs.run(connection), reported_runs.run(twin)
    test = show("Reports", people.admin)
    chooser = next(box for box in test.selectbox if box.label == "Integration")
    names = [f"enablehr → ipayroll (#{number})" for number in (connection, twin)]
    assert [row[-1] for row in runs_listed(text(test))] == names[::-1]
    assert chooser.options == ["All", *names]
    for number, run_id, name in ((connection, first, names[0]), (twin, second, names[1])):
        next(box for box in test.selectbox if box.label == "Integration").set_value(str(number)).run()
        assert test.query_params["connection"] == str(number)
        assert [row[0] for row in runs_listed(text(test))] == [f"#{run_id}"]
        assert test.title[0].value.replace("\\", "") == f"Reports: {name}"
        on_a_phone = next(box for box in test.selectbox if box.label == "Change the integration")
        assert (on_a_phone.options, on_a_phone.value) == (["All", *names], str(number))
    on_a_phone.set_value("").run()
    assert "connection" not in test.query_params
    assert test.title[0].value == "Reports: all integrations"
    (refused,) = show("Reports", people.admin, connection=99).warning
    assert refused.value.startswith("Integration: there is no such choice")


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"connection": "²"}, "Integration: there is no such choice"),
        ({"connection": "2"}, "Integration: there is no such choice"),
        ({"connection": "9" * 30}, "Integration: there is no such choice"),
        ({"status": "DONE"}, "Status: there is no such choice"),
        ({"kind": "PERSON"}, "Kind: there is no such choice"),
        ({"by": "99"}, "Started by: there is no such choice"),
        ({"sort": "1; drop"}, "Sort: there is no such choice"),
        ({"since": "2026-02-30"}, "From: this is no day of the calendar"),
        ({"until": "0001-01-01"}, "To: this is no day of the calendar"),
    ],
)
def test_what_the_address_asks_for_and_is_not_there_is_said(
    show: Show, people: People, connection: int, query: dict[str, str], sentence: str
) -> None:
    other = world.active_connection(people.other_account)
    assert other == 2
    reported_runs.run(other)
    run_id = reported_runs.run(connection)
    test = show("Reports", people.admin, **query)
    assert sentence in text(test) and not test.exception
    assert [row[0] for row in runs_listed(text(test))] == [f"#{run_id}"], "nothing of another account"
    assert all(box.value in ("", None) for box in test.selectbox), "the boxes say that all are shown"


def test_days_in_the_address_stand_in_the_boxes_and_in_the_export(
    show: Show, people: People, connection: int
) -> None:
    reported_runs.run(connection)
    later = show("Reports", people.admin, since="2099-01-01")
    assert "No run matches." in text(later)
    first, last = later.date_input
    assert (first.value, last.value) == (date(2099, 1, 1), None), "one day is enough"
    both = show("Reports", people.admin, since="2020-01-01", until="2199-12-31")
    assert "/export/runs.csv?since=2020-01-01&amp;until=2199-12-31" in text(both)
    first = both.date_input[0]
    first.set_value(date(2099, 1, 1)).run()
    assert both.query_params["since"] == "2099-01-01" and "No run matches." in text(both)
    assert "The first day is after the last day" in text(
        show("Reports", people.admin, since="2026-07-02", until="2026-07-01")
    )


def test_the_boxes_follow_the_address_after_back(show: Show, people: People, connection: int) -> None:
    reported_runs.run(connection)
    failed = reported_runs.run(connection, RunStatus.ERROR)
    test = show("Reports", people.admin)
    next(box for box in test.selectbox if box.label == "Status").select("ERROR").run()
    assert [row[0] for row in runs_listed(text(test))] == [f"#{failed}"]
    del test.query_params["status"]  # what Back does
    test.run()
    assert next(box for box in test.selectbox if box.label == "Status").value == ""
    assert len(runs_listed(text(test))) == 2


def test_a_choice_narrows_the_list_and_stands_in_the_address(
    show: Show, people: People, connection: int
) -> None:
    reported_runs.run(connection)
    failed = reported_runs.run(connection, RunStatus.ERROR)
    test = show("Reports", people.admin, page=2)
    next(box for box in test.selectbox if box.label == "Status").select("ERROR").run()
    assert test.query_params["status"] == "ERROR" and "page" not in test.query_params
    assert [row[0] for row in runs_listed(text(test))] == [f"#{failed}"]
    next(box for box in test.selectbox if box.label == "Type").select("Scheduled").run()
    assert "No run matches." in text(test)


def test_fifty_runs_fill_a_page(show: Show, people: People, connection: int) -> None:
    runs = [reported_runs.run(connection) for _ in range(120)]
    page = text(show("Reports", people.admin, page=3))
    assert "120 runs" in page
    assert [row[0] for row in runs_listed(page)] == [f"#{number}" for number in runs[19::-1]]
    assert runs_listed(text(show("Reports", people.admin, page=99))) == runs_listed(page), "the last page"


@pytest.mark.parametrize("page", ["0", "-1", "x", "999999999999", "¹"])
def test_a_page_number_that_is_none_shows_something_sensible(
    show: Show, people: People, connection: int, page: str
) -> None:
    reported_runs.run(connection)
    assert not show("Reports", people.admin, page=page, connection="x", status="x", since="x").exception


def test_above_the_runs_stands_how_the_integration_has_gone(
    show: Show, people: People, connection: int
) -> None:
    good = reported_runs.run(connection, read=4, unchanged=4)
    reported_runs.whole_run(connection)
    test = show("Reports", people.analyst)
    page = text(test)
    assert "1 run with errors" in page and "80 %" in page and f'<dd><a href="/Reports?run={good}"' in page
    assert not test.get("vega_lite_chart"), "what is folded away is not drawn"
    test.session_state[f"trend of {connection}"] = True
    page = text(test.run())
    assert len(test.get("vega_lite_chart")) == 4
    assert [f"#{good}", "4", "0", "0", "0"] in [[row[0], *row[2:]] for row in cells(page) if len(row) == 6]


def test_times_follow_the_accounts_zone_and_its_summer_time(
    show: Show, people: People, connection: int
) -> None:
    with transaction() as session:
        session.get_one(Account, people.account).time_zone = "Pacific/Auckland"
    for month in (1, 7):
        moment = datetime(2026, month, 3, 0, 30, tzinfo=UTC)
        reported_runs.run(connection, started_at=moment, ended_at=moment)
    starts = [row[4] for row in runs_listed(text(show("Reports", people.admin)))]
    assert starts == ["3 Jul 2026, 12:30 NZST", "3 Jan 2026, 13:30 NZDT"]
    details = text(show("Reports", people.admin, run=1)) + text(show("Reports", people.admin, run=2))
    assert "3 Jan 2026, 13:30 NZDT" in details and "3 Jul 2026, 12:30 NZST" in details


def test_insights_show_charts_with_their_tables_and_an_export(
    show: Show, people: People, connection: int
) -> None:
    reported_runs.whole_run(connection)
    test = show("Reports", people.analyst, insights="yes")
    page = text(test)
    assert test.subheader[0].value == "First-pass yield by week"
    assert page.count("The numbers as a table") == 2 and "66.6 %" in page
    assert "/export/insights.csv" in page and "insights=yes" in text(show("Reports", people.analyst))
