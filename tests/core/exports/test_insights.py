"""Insights agree with the runs and problems they are about."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta

import pytest

from core.clock import now
from core.db import transaction
from core.errors import NotFoundError
from core.exports.insights import InsightFilter, export_insights, insights
from core.models import OpenProblem, ProblemKind, RunKind, RunStatus, Trigger
from core.security.actor import ActingRole, Actor
from harness import world
from tests.core.people.kept import entry, keep
from tests.core.reports import reported_runs
from tests.core.sync.fakes import person

MONDAY = datetime(2026, 11, 23, 22, 30, tzinfo=UTC)  # Tuesday morning in Brisbane
ANALYST = Actor("Analyst", ActingRole.ANALYST, None, 1)
ALL = InsightFilter(since=date(2026, 1, 1))


@pytest.fixture
def connection(store: str) -> int:
    return world.active_connection()


def add(connection: int, began: datetime, seconds: int, **columns: object) -> int:
    moments = {"started_at": began, "ended_at": began + timedelta(seconds=seconds)}
    return reported_runs.run(connection, **(moments | columns))  # type: ignore[arg-type]


def written(number: int, errors: int = 0, unchanged: int = 0) -> dict[str, int]:
    read = number + errors + unchanged
    return {"read": read, "created": number, "written": number, "errors": errors, "unchanged": unchanged}


def test_figures_are_those_of_the_runs(connection: int) -> None:
    due = {"trigger": Trigger.SCHEDULED, "due_at": MONDAY}
    add(connection, MONDAY + timedelta(seconds=300), 60, **due, **written(6, 2, 2))
    late = due | {"due_at": MONDAY + timedelta(hours=1)}
    add(connection, MONDAY + timedelta(hours=1, seconds=301), 120, **late, **written(3))
    add(connection, MONDAY + timedelta(days=7), 600, **written(1))
    add(connection, MONDAY, 9, kind=RunKind.PREVIEW, **written(50))
    add(connection, MONDAY, 9, status=RunStatus.RUNNING)
    sweep = {"trigger": Trigger.SCHEDULED, "pay_date": date(2026, 11, 27)}
    add(connection, MONDAY, 60, **sweep, due_at=MONDAY + timedelta(seconds=60), read=1, unchanged=1)
    add(connection, MONDAY, 60, **sweep, due_at=MONDAY + timedelta(seconds=59), read=1, unchanged=1)
    found = insights(ANALYST, ALL)
    assert [(week.monday, week.runs, week.written) for week in found.weeks] == [
        (date(2026, 11, 23), 4, 9),
        (date(2026, 11, 30), 1, 1),
    ]
    assert found.first_pass_yield == 14 / 16 and found.median_seconds == 120
    assert (found.on_time, found.scheduled) == (0.5, 2) and (found.before_cut_off, found.sweeps) == (0.5, 2)
    assert (found.by_hour[8], found.by_hour[9], sum(found.by_hour)) == (7, 3, 10), "in the account's time"
    one_day = InsightFilter(connection, since=date(2026, 12, 1), until=date(2026, 12, 1))
    assert [week.written for week in insights(ANALYST, one_day).weeks] == [1]


def test_what_keeps_going_wrong_is_named_with_field_branch_and_person(connection: int) -> None:
    keep(connection, entry("s1", person(1, branch="Perth")), entry("s2", person(2, branch="Perth")))
    common = {"pairing_id": 1, "kind": ProblemKind.OUTCOME, "message": "", "fixer": "HR"}
    with transaction() as session:
        for source_id, code, field, times in (
            ("s1", "MISSING_FIELD", "start_date", 9),
            ("s2", "MISSING_FIELD", "start_date", 2),
            ("s2", "REFUSED", "", 1),
        ):
            session.add(
                OpenProblem(
                    **common, source_id=source_id, code=code, field=field, name=source_id.upper(), times=times
                )
            )
        session.add(
            OpenProblem(**common, source_id="s3", code="REFUSED", name="S3", times=99, ignored_at=now())
        )
    found = insights(ANALYST, ALL).problems
    assert [(each.title, each.field, each.people, each.times) for each in found.recurring] == [
        ("Missing field", "start_date", 2, 11),
        ("Refused", "", 1, 1),
    ]
    assert found.branches == (("Perth", 2),)
    assert [(each.name, each.times) for each in found.offenders] == [("S1", 9), ("S2", 3)]


def test_a_problem_with_a_code_of_a_connector_is_said_in_its_words(connection: int) -> None:
    common = {"pairing_id": 1, "code": "SAVINGS_SUSPENDED", "name": "S", "fixer": "Payroll"}
    with transaction() as session:
        for number, kind, message in (
            (1, ProblemKind.BY_HAND, "Savings are suspended. Enter it by hand."),
            (2, ProblemKind.BY_HAND, "Savings are suspended. Enter it by hand."),
            (3, ProblemKind.WARNING, "S3 has 4 accounts."),
            (4, ProblemKind.WARNING, "S4 has 5 accounts."),
        ):
            code = common["code"] if kind is ProblemKind.BY_HAND else "ACCOUNTS"
            row = common | {"code": code, "source_id": f"s{number}", "kind": kind, "message": message}
            session.add(OpenProblem(**row, times=5 - number))
    found = insights(ANALYST, ALL).problems.recurring
    assert [(each.title, each.people) for each in found] == [
        ("Enter by hand: Savings are suspended", 2),
        ("Not sent", 2),
    ]


def test_an_account_without_runs_has_no_figures(connection: int) -> None:
    found = insights(ANALYST, InsightFilter())
    assert found.weeks == () and found.first_pass_yield is found.median_seconds is found.on_time is None
    with pytest.raises(NotFoundError):
        insights(Actor("Other", ActingRole.ANALYST, None, world.account("Other")), InsightFilter(connection))


def test_the_export_has_the_weeks_of_the_page(connection: int) -> None:
    add(connection, MONDAY, 60, **written(3, 1))
    text = "".join(export_insights(ANALYST, ALL).chunks).removeprefix("\ufeff")
    [week] = csv.DictReader(io.StringIO(text))
    assert week["Week of"] == "2026-11-23" and week["First-Pass Yield"] == "0.7500"
