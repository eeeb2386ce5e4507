"""A job is about exactly the employees that its scope names."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from connectors.contract.employee import Employee
from connectors.contract.records import Problem
from core.runs.options import Scope
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
        ({"status": "Prospective"}, False, NOT_IN_SCOPE),
        ({"status": "Prospective"}, True, NOT_IN_SCOPE),
    ],
)
def test_the_status_decides_and_for_leavers_whether_the_target_has_them(
    fields: Any, known: bool, expected: object
) -> None:
    assert reason(Scope(), known, **fields) is expected


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
