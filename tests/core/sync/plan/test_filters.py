"""A job is about exactly the employees that its scope names."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from connectors.contract.employee import Employee
from connectors.contract.records import Problem, Reason
from core.models import Decision
from core.runs.options import Scope
from core.runs.outcome_catalogue import Fixer, explain, processor
from core.sync.plan.filters import ALREADY_LEFT, FUTURE_START, NOT_IN_SCOPE, Filters

TODAY = date(2026, 7, 1)


def reason(scope: Scope, known: bool = False, **fields: Any) -> Problem | None:
    return Filters(scope, TODAY).find_exclusion(Employee("Anna", "Lee", **fields), is_at_target=known)


@pytest.mark.parametrize(
    ("fields", "known", "expected"),
    [
        ({"status": "Terminated"}, False, ALREADY_LEFT),
        ({"status": "Completed"}, True, None),
        ({"status": None}, False, None),
        ({"status": "Leave without pay"}, False, None),
        ({"status": "Transferred"}, False, NOT_IN_SCOPE),
        ({"status": "Transferred"}, True, NOT_IN_SCOPE),
    ],
)
def test_the_status_decides_and_for_leavers_whether_the_target_has_them(
    fields: Any, known: bool, expected: object
) -> None:
    assert reason(Scope(), known, **fields) is expected


@pytest.mark.parametrize(
    "word", ["Current", "CURRENT", "active", "Active", "leave WITHOUT pay", "TERMINATING"]
)
def test_the_case_of_a_status_does_not_matter(word: str) -> None:
    assert reason(Scope(), status=word) is None


@pytest.mark.parametrize("word", ["terminated", "COMPLETED"])
def test_a_leaver_is_one_in_every_case(word: str) -> None:
    assert reason(Scope(), status=word) is ALREADY_LEFT
    assert reason(Scope(), True, status=word) is None


@pytest.mark.parametrize("known", [True, False])
def test_a_status_nobody_knows_is_filtered_with_its_word(known: bool) -> None:
    problem = reason(Scope(), known, status="Gardening leave")
    assert problem is not None and problem.reason is Reason.UNKNOWN_STATUS
    assert "“Gardening leave”" in problem.message
    assert explain(problem.reason).fixer is Fixer.SUPPORT
    assert processor(Decision.FILTERED, problem.reason) == "Filtered: No matching value"
    assert reason(Scope(statuses=("gardening LEAVE",)), known, status="Gardening leave") is None


def test_a_branch_can_be_named_by_its_id_or_its_name_in_any_spelling() -> None:
    scope = Scope(branches=("Brisbane City", "7"))
    assert reason(scope, branch_id="7") is reason(scope, branch="BRISBANE-CITY") is None
    assert reason(scope) is reason(scope, branch_id="8", branch="Perth") is NOT_IN_SCOPE


def test_an_employment_type_has_to_be_among_those_named() -> None:
    scope = Scope(employment_types=("Full-time",))
    assert reason(scope, employment_type="full time") is None
    assert reason(scope, employment_type="Casual") is reason(scope) is NOT_IN_SCOPE


def test_an_employee_who_starts_too_late_waits_unless_the_target_has_them() -> None:
    scope, day = Scope(future_start_days=14), timedelta(days=1)
    assert reason(scope, start_date=TODAY + 14 * day) is None
    assert reason(scope, start_date=TODAY + 15 * day) is FUTURE_START
    assert reason(scope, known=True, start_date=TODAY + 15 * day) is reason(scope) is None
    assert reason(Scope(), start_date=TODAY + 999 * day) is None
