"""The Reports page reads runs and records of its own account, paged and filtered, on both engines."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from core.db import transaction
from core.errors import ForbiddenError, NotFoundError
from core.exports import files
from core.models import RunKind, RunStatus, Trigger, User
from core.reports import records, run_list
from core.reports.outcomes import comparison, sums, to_do_by_hand
from core.reports.records import ATTENTION, NEEDS_ATTENTION, Group, RecordFilter
from core.reports.run_filter import BY_SCHEDULE, RunFilter, RunOrder, starters
from core.security.actor import ActingRole, Actor
from harness import world
from tests.core.reports import reported_runs

pytestmark = pytest.mark.both_engines


@pytest.fixture
def connection(store: str) -> int:
    return world.active_connection(world.account())


@pytest.fixture
def analyst(connection: int) -> Actor:
    return Actor("Analyst", ActingRole.ANALYST, None, 1)


def test_the_groups_of_records_agree_with_the_runs_counters(connection: int, analyst: Actor) -> None:
    run_id = reported_runs.whole_run(connection)
    counts, counters = sums.sums(analyst, run_id), run_list.run_details(analyst, run_id).counters
    assert counts.groups == {
        Group.ERRORS: counters.errors,
        Group.HELD: counters.held,
        Group.FILTERED: counters.filtered,
        Group.CREATED: counters.created,
        Group.UPDATED: counters.updated,
        Group.TERMINATED: counters.terminated,
        Group.UNCHANGED: counters.unchanged,
    }
    assert list(counts.groups)[:3] == list(ATTENTION), "those that need attention come first"
    assert (counts.attention, counts.warned, counts.by_hand) == (
        counters.errors + counters.held + 2 + 1,
        1,
        1,
    )


def test_records_come_in_the_order_of_attention_and_then_as_they_were_read(
    connection: int, analyst: Actor
) -> None:
    run_id = reported_runs.whole_run(connection)
    page = records.records_page(analyst, run_id, RecordFilter())
    assert [record.position for record in page.rows] == [8, 7, 4, 5, 6, 2, 0, 1, 3]
    assert (page.total, page.pages) == (9, 1)


@pytest.mark.parametrize(
    ("only", "positions"),
    [
        (RecordFilter((Group.FILTERED,)), [4, 5, 6]),
        (RecordFilter((Group.UNCHANGED,)), [3]),
        (RecordFilter((Group.FILTERED,), reason="NOT_IN_SCOPE"), [6]),
        (RecordFilter((Group.UNCHANGED, Group.CREATED)), [0, 3]),
        (RecordFilter(search="müller"), [5]),
        (RecordFilter(search="MÜLLER"), [5]),
        (RecordFilter(search=" s7 "), [7]),
        (RecordFilter(search="S7"), [7]),
        (RecordFilter(search="_"), []),
        (RecordFilter(ATTENTION, "singh"), [6]),
        (RecordFilter(search="muller  MIA"), [5]),
        (RecordFilter(search="OBrien"), [3]),
        (RecordFilter(search="O’Brien jack"), [3]),
        (RecordFilter(search="%"), []),
        (RecordFilter(search="x" * 10_000), []),
        (RecordFilter(warned=True), [2]),
        (RecordFilter(by_hand=True), [2]),
        (NEEDS_ATTENTION, [8, 7, 4, 5, 2]),
        (RecordFilter((Group.UNCHANGED,), warned=True), [2, 3]),
    ],
)
def test_records_are_found_by_group_and_by_a_part_of_a_name_or_a_whole_id(
    connection: int, analyst: Actor, only: RecordFilter, positions: list[int]
) -> None:
    run_id = reported_runs.whole_run(connection)
    assert [record.position for record in records.records_page(analyst, run_id, only).rows] == positions


def test_warnings_name_the_systems(connection: int, analyst: Actor) -> None:
    run_id = reported_runs.whole_run(connection)
    page = records.records_page(analyst, run_id, RecordFilter(warned=True))
    [warning] = [warning for record in page.rows for warning in record.warnings]
    assert warning["message"] == "Finish date needs to be updated in iPayroll for this employee."


def test_reasons_are_counted_the_commonest_first(connection: int, analyst: Actor) -> None:
    found = sums.sums(analyst, reported_runs.whole_run(connection)).reasons()
    assert [(each.group, each.reason, each.number) for each in found] == [
        (Group.ERRORS, "REFUSED", 1),
        (Group.HELD, "WEAK_MATCH", 1),
        (Group.FILTERED, "MISSING_FIELD", 2),
        (Group.FILTERED, "NOT_IN_SCOPE", 1),
    ]
    assert found[0].fixer == "Payroll" and "iPayroll" in found[0].remedy


def test_runs_are_paged_and_filtered(connection: int, analyst: Actor) -> None:
    runs = [reported_runs.run(connection) for _ in range(52)]
    failed = reported_runs.run(connection, RunStatus.ERROR, trigger=Trigger.SCHEDULED)
    first, second = (run_list.runs_page(analyst, RunFilter(connection), page) for page in (1, 2))
    assert [run.id for run in (*first.rows, *second.rows)] == [failed, *runs[::-1]]
    assert (len(first.rows), first.pages) == (50, 2)
    for only in (RunFilter(status=RunStatus.ERROR), RunFilter(trigger=Trigger.SCHEDULED)):
        assert [run.id for run in run_list.runs_page(analyst, only).rows] == [failed]


def test_runs_are_filtered_by_kind_and_by_who_started_them(connection: int, analyst: Actor) -> None:
    with transaction() as session:
        people = [User(name="Alex Admin", username=f"alex{number}", active=True) for number in range(2)]
        session.add_all(people)
        session.flush()
        first, second = (person.id for person in people)
    by_first = reported_runs.run(connection, requested_by=first)
    by_second = reported_runs.run(connection, kind=RunKind.PREVIEW, requested_by=second)
    by_schedule = reported_runs.run(connection, trigger=Trigger.SCHEDULED)

    def found(only: RunFilter) -> list[int]:
        return [run.id for run in run_list.runs_page(analyst, only).rows]

    names = {first: "Alex Admin (alex0)", second: "Alex Admin (alex1)"}
    assert starters(analyst) == names, "two of one name are told apart"
    rows = run_list.runs_page(analyst, RunFilter()).rows
    assert [run.starter for run in rows] == ["the schedule", names[second], names[first]]
    assert run_list.run_details(analyst, by_first).starter == names[first]
    assert found(RunFilter(started_by=first)) == [by_first]
    assert found(RunFilter(started_by=second)) == found(RunFilter(kind=RunKind.PREVIEW)) == [by_second]
    assert found(RunFilter(started_by=BY_SCHEDULE)) == [by_schedule]
    assert found(RunFilter(started_by=99)) == []


def test_runs_are_sorted_and_a_page_beyond_the_last_is_the_last(connection: int, analyst: Actor) -> None:
    began = datetime(2026, 7, 3, 14, tzinfo=UTC)
    short, long, going = (
        reported_runs.run(
            connection, started_at=began, ended_at=ended, read=5, errors=errors, unchanged=5 - errors
        )
        for ended, errors in ((began, 3), (began + timedelta(hours=2), 1), (None, 2))
    )

    def order(by: RunOrder) -> list[int]:
        exported = reported_runs.csv_lines(files.export_runs(analyst, RunFilter(order=by)))[1:]
        rows = [run.id for run in run_list.runs_page(analyst, RunFilter(order=by), 99).rows]
        assert [int(line.split(",")[0]) for line in exported] == rows, "the export has the order of the page"
        return rows

    assert order(RunOrder.OLDEST) == [short, long, going] == order(RunOrder.NEWEST)[::-1]
    assert order(RunOrder.LONGEST) == [long, short, going]
    assert order(RunOrder.MOST_ERRORS) == [short, going, long]


def test_days_are_those_of_the_accounts_zone(connection: int, analyst: Actor) -> None:
    midnight = datetime(2026, 7, 3, 14, tzinfo=UTC)  # 4 July 00:00 in Brisbane
    before, after = (
        reported_runs.run(connection, started_at=midnight + shift, ended_at=midnight + shift)
        for shift in (-timedelta(seconds=1), timedelta())
    )
    third, fourth = date(2026, 7, 3), date(2026, 7, 4)
    assert [run.id for run in run_list.runs_page(analyst, RunFilter(since=third, until=third)).rows] == [
        before
    ]
    assert [run.id for run in run_list.runs_page(analyst, RunFilter(since=fourth)).rows] == [after]


def test_integrations_come_by_name_with_their_last_run(connection: int, analyst: Actor) -> None:
    last = [reported_runs.run(connection) for _ in range(3)][-1]
    silent = world.active_connection(1, target="keypay")
    assert [(view.id, view.last_run) for view in run_list.integrations(analyst)] == [
        (connection, last),
        (silent, None),
    ]


def test_another_accounts_runs_and_records_do_not_exist(connection: int, analyst: Actor) -> None:
    run_id = reported_runs.whole_run(connection)
    stranger = Actor("Stranger", ActingRole.ACCOUNT_ADMIN, None, world.account("Other"))
    assert (
        run_list.integrations(stranger) == []
        and run_list.runs_page(stranger, RunFilter(connection)).total == 0
    )
    for look in (run_list.run_details, sums.sums, to_do_by_hand.hand_entries, comparison.comparable_runs):
        with pytest.raises(NotFoundError):
            look(stranger, run_id)
    with pytest.raises(NotFoundError):
        records.records_page(stranger, run_id, RecordFilter())


def test_nobody_looks_without_an_account(connection: int) -> None:
    nowhere = Actor("Support", ActingRole.SUPPORT)
    with pytest.raises((NotFoundError, ForbiddenError)):
        run_list.runs_page(nowhere, RunFilter())
