"""The people in a scope, the reasons of the others, and the day on which that can change."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.contract.employee import Employee, employment_status, fold_word
from connectors.contract.records import Problem, Reason
from core.models import Decision
from core.runs.options import Scope
from core.runs.outcome_catalogue import Fixer, explain, processor
from core.scope.judging import ALREADY_LEFT, EXCLUDED, FUTURE_START, LEFT_EARLIER, CompiledScope
from core.scope.rules import ScopeRules, from_settings, parse_condition

TODAY = date(2026, 7, 1)


def reason(scope: Scope, known: bool = False, **fields: Any) -> Problem | None:
    employee = Employee("Anna", "Lee", **fields)
    return CompiledScope(from_settings(scope), TODAY).find_exclusion(employee, "1", is_at_target=known)


def code(problem: Problem | None) -> Reason | None:
    return None if problem is None else problem.reason


@pytest.mark.parametrize(
    ("fields", "known", "expected"),
    [
        ({"status": "Terminated"}, False, ALREADY_LEFT),
        ({"status": "Completed"}, True, None),
        ({"status": None}, False, None),
        ({"status": "Leave without pay"}, False, None),
        ({"status": "Transferred"}, False, Reason.NOT_IN_SCOPE),
        ({"status": "Transferred"}, True, Reason.NOT_IN_SCOPE),
    ],
)
def test_the_status_decides_and_for_leavers_whether_the_target_has_them(
    fields: Any, known: bool, expected: object
) -> None:
    problem = reason(Scope(), known, **fields)
    assert expected in (problem, code(problem))


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
    assert explain(problem.reason).fixer is Fixer.ADMIN
    assert processor(Decision.FILTERED, problem.reason) == "Filtered: No matching value"
    assert reason(Scope(statuses=("gardening LEAVE",)), known, status="Gardening leave") is None


def test_a_branch_can_be_named_by_its_id_or_its_name_in_any_spelling() -> None:
    scope = Scope(branches=("Brisbane City", "7"))
    assert reason(scope, branch_id="7") is reason(scope, branch="BRISBANE-CITY") is None
    assert code(reason(scope)) is code(reason(scope, branch_id="8", branch="Perth")) is Reason.NOT_IN_SCOPE


def test_an_employment_type_has_to_be_among_those_named() -> None:
    scope = Scope(employment_types=("Full-time",))
    assert reason(scope, employment_type="full time") is None
    assert code(reason(scope, employment_type="Casual")) is code(reason(scope)) is Reason.NOT_IN_SCOPE


def test_an_employee_who_starts_too_late_waits_unless_the_target_has_them() -> None:
    scope, day = Scope(future_start_days=14), timedelta(days=1)
    assert reason(scope, start_date=TODAY + 14 * day) is None
    assert reason(scope, start_date=TODAY + 15 * day) is FUTURE_START
    assert reason(scope, known=True, start_date=TODAY + 15 * day) is reason(scope) is None
    assert reason(Scope(), start_date=TODAY + 999 * day) is None


def scope_of(written: Any = None, today: date = TODAY, **rules: Any) -> CompiledScope:
    holds = rules.pop("holds", None)
    condition = None if written is None else parse_condition(written)
    return CompiledScope(ScopeRules(condition=condition, **rules), today, holds=holds)


KITCHENS = {"all": [{"at": "status", "is": ["Current"]}, {"any": [{"branch": "12"}, {"branch": "14"}]}]}


def test_the_first_rule_that_decides_gives_the_reason() -> None:
    late = Employee("A", "B", status="Leave", start_date=TODAY + timedelta(30))
    for rules, expected in (
        ({"holds": {"1": "Long leave"}, "exclude": ["1"]}, Reason.ON_HOLD),
        ({"exclude": ["1"]}, Reason.EXCLUDED),
        ({"include": ["1"]}, None),
        ({"days_before": 14}, Reason.FUTURE_START),
        ({"days_before": 30}, Reason.NOT_IN_SCOPE),
    ):
        found = scope_of(KITCHENS, **rules).find_exclusion(late, "1", is_at_target=False)
        assert code(found) is expected, rules


def test_the_reason_names_the_condition_with_its_number() -> None:
    employee = Employee("A", "B", status="Current", branch_id="3")
    problem = scope_of(KITCHENS).find_exclusion(employee, "1", is_at_target=True)
    assert problem is not None
    assert "Condition 2 is “Branch is 12 or Branch is 14”." in problem.message
    held = scope_of(holds={"1": "Long leave"}).find_exclusion(employee, "1", is_at_target=True)
    assert held is not None and "“Long leave”" in held.message


def test_a_value_that_the_source_did_not_show_leaves_the_employee_as_they_are() -> None:
    scope = scope_of({"all": [{"at": "email", "ends_with": ["@ours.nz"]}]})
    hidden = Employee("A", "B", status="Current", unread=frozenset({"email"}))
    problem = scope.find_exclusion(hidden, "1", is_at_target=True)
    assert code(problem) is Reason.SCOPE_UNDECIDED
    assert problem is not None and "E-mail ends with @ours.nz" in problem.message


def test_a_leaver_is_judged_as_somebody_who_works_and_until_the_window_closes() -> None:
    left = Employee("A", "B", status="Terminated", branch_id="12", end_date=TODAY - timedelta(30))
    other = Employee("A", "B", status="Terminated", branch_id="3", end_date=TODAY)
    assert scope_of(KITCHENS, days_after=30).find_exclusion(left, "1", is_at_target=True) is None
    assert scope_of(KITCHENS, days_after=29).find_exclusion(left, "1", is_at_target=True) is LEFT_EARLIER
    assert (
        scope_of(KITCHENS, days_after=29, include=["1"]).find_exclusion(left, "1", is_at_target=True) is None
    )
    assert scope_of(KITCHENS, include=["1"]).find_exclusion(left, "1", is_at_target=False) is ALREADY_LEFT
    assert code(scope_of(KITCHENS).find_exclusion(other, "1", is_at_target=True)) is Reason.NOT_IN_SCOPE
    written = {"not": {"at": "status", "is": ["Terminated"]}}
    assert code(scope_of(written).find_exclusion(left, "1", is_at_target=True)) is Reason.NOT_IN_SCOPE


def test_nobody_may_be_included_and_excluded() -> None:
    with pytest.raises(ValueError, match="the same person is included and excluded"):
        ScopeRules(include=("1",), exclude=("1",))
    assert scope_of(exclude=["2"]).find_exclusion(Employee("A", "B"), "2", is_at_target=True) is EXCLUDED


class EarlierFilters:
    """How the settings of a job were applied before conditions existed: the oracle."""

    def __init__(self, scope: Scope, today: date) -> None:
        self._statuses, self._branches = _fold_all(scope.statuses), _fold_all(scope.branches)
        self._employment_types = _fold_all(scope.employment_types)
        self._future_start_days, self._today = scope.future_start_days, today

    def is_in(self, employee: Employee, *, is_at_target: bool) -> bool:
        if employee.terminated:
            if not is_at_target:
                return False
        elif employee.status is not None and not self._has_status(employee.status):
            return False
        if self._branches and not (
            _is_among(employee.branch_id, self._branches) or _is_among(employee.branch, self._branches)
        ):
            return False
        if self._employment_types and not _is_among(employee.employment_type, self._employment_types):
            return False
        if is_at_target or self._future_start_days is None or employee.start_date is None:
            return True
        return (employee.start_date - self._today).days <= self._future_start_days

    def _has_status(self, word: str) -> bool:
        known = employment_status(word)
        return _is_among(word, self._statuses) or (known is not None and _is_among(known, self._statuses))


def _is_among(word: str | None, folded_words: Collection[str]) -> bool:
    return word is not None and fold_word(word) in folded_words


def _fold_all(words: Iterable[str]) -> frozenset[str]:
    return frozenset(fold_word(word) for word in words)


STATUSES = st.sampled_from(
    [
        "Current",
        "active",
        "Active",
        "LEAVE",
        "Leave without pay",
        "Terminated",
        "completed",
        "Suspended",
        "Odd one",
    ]
)
BRANCHES = st.sampled_from(["12", "Kitchens", "KITCHENS", "3", "Sydney CBD", "sydney-cbd"])
TYPES = st.sampled_from(["Full-time", "full time", "Casual", "CASUAL", "Contract"])
DAYS = st.none() | st.dates(TODAY - timedelta(90), TODAY + timedelta(90))
EMPLOYEES = st.builds(
    lambda status, branch_id, branch, kind, start, end, unread: Employee(
        "A",
        "B",
        status=status,
        branch_id=branch_id,
        branch=branch,
        employment_type=kind,
        start_date=start,
        end_date=end,
        unread=unread,
    ),
    st.none() | STATUSES,
    st.none() | BRANCHES,
    st.none() | BRANCHES,
    st.none() | TYPES,
    DAYS,
    DAYS,
    st.frozensets(st.sampled_from(["status", "branch", "branch_id", "employment_type", "au_tax"])),
)
SETTINGS = st.builds(
    lambda statuses, branches, types, days: Scope(
        statuses=tuple(statuses),
        branches=tuple(branches),
        employment_types=tuple(types),
        future_start_days=days,
    ),
    st.lists(STATUSES, max_size=5),
    st.lists(BRANCHES | st.just(" "), max_size=3) | st.lists(BRANCHES, min_size=40, max_size=60),
    st.lists(TYPES | st.just(""), max_size=3),
    st.none() | st.integers(0, 60),
)


@settings(max_examples=500, deadline=None)
@given(SETTINGS, st.lists(EMPLOYEES, min_size=1, max_size=8), st.booleans())
def test_rules_from_a_jobs_settings_include_the_same_people(
    scope: Scope, employees: list[Employee], is_at_target: bool
) -> None:
    earlier, compiled = EarlierFilters(scope, TODAY), CompiledScope(from_settings(scope), TODAY)
    for employee in employees:
        found = compiled.find_exclusion(employee, "1", is_at_target=is_at_target)
        assert (found is None) is earlier.is_in(employee, is_at_target=is_at_target)


CONDITIONS = st.sampled_from(
    [
        None,
        KITCHENS,
        {"at": "start_date", "within_days": {"before": 20, "after": 10}},
        {"not": {"at": "end_date", "within_days": {"before": 5}}},
        {"any": [{"branch": "3"}, {"at": "start_date", "within_days": {"after": 40}}]},
    ]
)
WINDOWS = st.none() | st.integers(0, 60)


@settings(max_examples=60, deadline=None)
@given(CONDITIONS, WINDOWS, WINDOWS, EMPLOYEES, st.booleans())
def test_what_is_remembered_says_the_same_as_a_fresh_judgement_for_400_days(
    written: Any, before: int | None, after: int | None, employee: Employee, is_at_target: bool
) -> None:
    remembered: Reason | None = None
    due: date | None = TODAY - timedelta(100)
    for ahead in range(-100, 300):
        day = TODAY + timedelta(ahead)
        scope = scope_of(written, day, days_before=before, days_after=after)
        fresh = code(scope.find_exclusion(employee, "1", is_at_target=is_at_target))
        if due is not None and day >= due:
            remembered, due = fresh, scope.next_change(employee, "1", is_at_target=is_at_target)
            assert due is None or due > day
        assert remembered is fresh, day
