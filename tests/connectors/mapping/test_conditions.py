"""Conditions: what they say of an employee, what is refused, and what they look like in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from connectors.contract.branches import Branch, BranchTree
from connectors.contract.employee import Address, Employee
from connectors.mapping.base import Kind
from connectors.mapping.conditions.faults import find_faults
from connectors.mapping.conditions.judging import compile_condition
from connectors.mapping.conditions.places import Place
from connectors.mapping.conditions.tree import AnyCondition, ConditionTree, dump
from connectors.mapping.conditions.wording import describe
from connectors.rest.employee_places import EmployeePlaces

TREE: TypeAdapter[AnyCondition] = TypeAdapter(ConditionTree)
TODAY = date(2026, 3, 10)
BRANCHES = BranchTree(
    [
        Branch("12", "Kitchens", "Food > Kitchens", "1"),
        Branch("1", "Food", "Food"),
        Branch("121", "Cold", "Food > Kitchens > Cold", "12"),
        Branch("2", "Shops", "Shops"),
    ]
)
ANN = Employee(
    "Ann",
    "O'Neil",
    status="Current",
    branch_id="121",
    branch="Cold",
    employment_type="Permanent_FullTime",
    start_date=date(2026, 3, 20),
    address=Address(state="NSW", country="New  Zealand"),
)


class SourcePlaces(EmployeePlaces):
    """The standard places, and three that only this source has."""

    CUSTOM: ClassVar[dict[str, tuple[Kind, Any]]] = {
        "custom.hours": (Kind.NUMBER, "37.50"),
        "custom.tags": (Kind.LIST, ("Payroll", "VIP")),
        "custom.driver": (Kind.YES_NO, True),
        "custom.nothing": (Kind.LIST, ()),
    }

    def find(self, path: str) -> Place | None:
        if path not in self.CUSTOM:
            return super().find(path)
        kind, value = self.CUSTOM[path]
        return Place(path, path, kind, lambda _employee, _source_id: value)


PLACES = SourcePlaces(())


def judge(written: dict[str, Any], employee: Employee = ANN, today: date = TODAY) -> bool | None:
    condition = TREE.validate_python(written)
    return compile_condition(condition, PLACES, today=today, branches=BRANCHES).judge(employee, "500001")


@pytest.mark.parametrize(
    ("written", "verdict"),
    [
        ({"at": "status", "is": ["current"]}, True),
        ({"at": "status", "is": ["Leave"]}, False),
        ({"at": "status", "is_not": ["Leave"]}, True),
        ({"at": "employment_type", "is": ["permanent full-time"]}, True),
        ({"at": "address.country", "is": ["new zealand"]}, True),
        ({"at": "surname", "starts_with": ["o'n"]}, True),
        ({"at": "surname", "ends_with": ["IL"]}, True),
        ({"at": "surname", "contains": ["x", "nei"]}, True),
        ({"at": "surname", "contains": ["x"]}, False),
        ({"at": "email", "empty": True}, True),
        ({"at": "email", "there": True}, False),
        ({"at": "email", "there": False}, True),
        ({"at": "email", "is": ["a@b.nz"]}, False),
        ({"at": "email", "is_not": ["a@b.nz"]}, True),
        ({"at": "email", "contains": ["a"]}, False),
        ({"at": "end_date", "on_or_before": "2026-01-01"}, False),
        ({"at": "start_date", "on_or_before": "2026-03-20"}, True),
        ({"at": "start_date", "on_or_after": "2026-03-21"}, False),
        ({"at": "start_date", "between": ["2026-03-01", "2026-03-31"]}, True),
        ({"at": "start_date", "within_days": {"after": 10}}, True),
        ({"at": "start_date", "within_days": {"after": 9}}, False),
        ({"at": "custom.hours", "is": [37.5]}, True),
        ({"at": "custom.hours", "at_least": 38}, False),
        ({"at": "custom.hours", "at_most": 37.5}, True),
        ({"at": "custom.hours", "between": [30, 40]}, True),
        ({"at": "custom.tags", "any_is": ["payroll"]}, True),
        ({"at": "custom.tags", "all_are": ["payroll"]}, False),
        ({"at": "custom.tags", "none_is": ["nobody"]}, True),
        ({"at": "custom.nothing", "none_is": ["nobody"]}, True),
        ({"at": "custom.nothing", "all_are": ["payroll"]}, False),
        ({"at": "custom.nothing", "empty": True}, True),
        ({"at": "custom.driver", "is": [True]}, True),
        ({"at": "custom.driver", "is": [False]}, False),
        ({"branch": "121"}, True),
        ({"branch": "cold"}, True),
        ({"branch": "1"}, False),
        ({"branch": "1", "below": True}, True),
        ({"branch": "Kitchens", "below": True}, True),
        ({"branch": "2", "below": True}, False),
        ({"branch": "gone", "below": True}, False),
        ({"not": {"branch": "gone", "below": True}}, False),
        ({"not": {"at": "custom.gone", "is": ["x"]}}, False),
        ({"at": "source_id", "is": [500001]}, True),
        ({"at": "date_of_birth", "format": "state", "there": False}, True),
        ({"not": {"any": [{"branch": "2"}, {"at": "status", "is": ["Leave"]}]}}, True),
    ],
)
def test_what_a_condition_says(written: dict[str, Any], verdict: bool) -> None:
    assert judge(written) is verdict


def test_what_the_source_did_not_show_is_undecided_and_not_blank() -> None:
    hidden = replace(ANN, email=None, unread=frozenset({"email"}))
    unknown, true, false = {"at": "email", "is": ["a@b.nz"]}, {"branch": "121"}, {"branch": "2"}
    for operator in ({"is": ["x"]}, {"is_not": ["x"]}, {"empty": True}, {"there": False}):
        assert judge({"at": "email", **operator}, hidden) is None
    assert judge({"any": [unknown, true]}, hidden) is True
    assert judge({"any": [unknown, false]}, hidden) is None
    assert judge({"all": [unknown, false]}, hidden) is False
    assert judge({"all": [unknown, true]}, hidden) is None
    assert judge({"not": unknown}, hidden) is None


def test_a_status_by_another_name_is_the_same_status() -> None:
    assert judge({"at": "status", "is": ["Current"]}, replace(ANN, status="active"))


@pytest.mark.parametrize(
    ("written", "for_scope", "words"),
    [
        ({"at": "au_tax.tfn", "is": ["1"]}, False, "only be asked whether"),
        ({"at": "au_tax.tfn", "there": True}, True, "is sensitive, so it cannot decide who is synced"),
        ({"at": "bank_accounts.0.number", "empty": True}, True, "is sensitive"),
        ({"at": "statsu", "is": ["x"]}, True, "Did you mean `status`?"),
        (
            {"at": "start_date", "is": ["2026-01-01"]},
            True,
            "`is` cannot be used with Start date, which is a date",
        ),
        ({"at": "status", "at_least": 3}, True, "which is a text"),
        ({"at": "start_date", "within_days": {"after": 3}}, False, "depends on today"),
        ({"at": "start_date", "between": ["2026-02-01", "2026-01-01"]}, True, "earlier value first"),
        ({"at": "start_date", "between": [1, 2]}, True, "two dates as yyyy-mm-dd"),
        ({"at": "custom.hours", "is": ["many"]}, True, "takes numbers"),
        ({"at": "custom.driver", "is": ["yes"]}, True, "true or false"),
        ({"at": "surname", "is": [" "]}, True, "is blank"),
        ({"at": "surname", "is": [False]}, True, "YAML reads a value as false"),
        ({"branch": "Kitchen"}, True, "Did you mean `Kitchens`?"),
    ],
)
def test_faults_are_sentences(written: dict[str, Any], for_scope: bool, words: str) -> None:
    condition = TREE.validate_python({"any": [{"at": "surname", "is": ["Lee"]}, written]})
    (fault,) = find_faults(condition, PLACES, for_scope=for_scope, branches=BRANCHES)
    assert words in fault.sentence
    assert fault.number == 2
    assert fault.location == ("any", 1)


def test_below_needs_a_source_that_shows_the_tree() -> None:
    (fault,) = find_faults(TREE.validate_python({"branch": "1", "below": True}), PLACES, for_scope=True)
    assert "Remove `below`" in fault.sentence
    assert not list(find_faults(TREE.validate_python({"branch": "1"}), PLACES, for_scope=True))


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ({"at": "status"}, "a condition has one of `is`, `is_not`"),
        ({"at": "status", "is": ["a"], "is_not": ["b"]}, "a condition has one of"),
        ({"status": ["a"]}, "a condition has one of `at`, `branch`, `all`, `any` and `not`"),
        ("status", "a condition has one of `at`"),
        ({"all": []}, "at least 1 item"),
        ({"all": [{"at": "status", "is": ["a"]}] * 41}, "at most 40"),
        ({"all": [{"any": [{"at": "status", "is": ["a"]}] * 21}] * 2}, "more than 40 conditions"),
        ({"not": {"not": {"not": {"not": {"branch": "1"}}}}}, "more than 3 levels"),
        ({"at": "start_date", "within_days": {"before": -1}}, "greater than or equal to 0"),
    ],
)
def test_a_condition_that_cannot_be_read(written: Any, words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        TREE.validate_python(written)
    assert words in str(caught.value)


def test_very_deep_nesting_is_an_error_and_no_crash() -> None:
    written: dict[str, Any] = {"branch": "1"}
    for _ in range(2000):
        written = {"not": written}
    with pytest.raises(ValidationError):
        TREE.validate_python(written)


def test_words_of_a_condition() -> None:
    written = {
        "all": [
            {"any": [{"at": "status", "is": ["Current", "Leave"]}, {"at": "status", "empty": True}]},
            {"branch": "12", "below": True},
            {"not": {"at": "start_date", "within_days": {"before": 3, "after": 14}}},
        ]
    }
    condition = TREE.validate_python(written)
    assert describe(condition, PLACES, BRANCHES) == (
        "(Status is Current or Leave or Status is blank) and Branch is Kitchens or below it and "
        "not (Start date is from 3 days before today to 14 days after it)"
    )
    assert dump(condition) == written


def test_codes_are_said_in_words() -> None:
    condition = TREE.validate_python({"at": "employment_type", "is": ["Permanent_FullTime", "LabourHire"]})
    assert describe(condition, PLACES) == "Employment type is Permanent full-time or Labour hire"


WORDS = st.sampled_from(["Current", "Leave", "121", "2", "NSW", "x"])
TESTS = st.one_of(
    st.builds(lambda word: {"at": "status", "is": [word]}, WORDS),
    st.builds(lambda word: {"at": "email", "is_not": [word]}, WORDS),
    st.builds(lambda word, below: {"branch": word, "below": below}, WORDS, st.booleans()),
    st.builds(
        lambda at, before, after: {"at": at, "within_days": {"before": before, "after": after}},
        st.sampled_from(["start_date", "end_date"]),
        st.integers(0, 40),
        st.integers(0, 40),
    ),
)
TREES = st.recursive(
    TESTS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda each: {"all": each}),
        st.lists(inner, min_size=1, max_size=3).map(lambda each: {"any": each}),
        inner.map(lambda each: {"not": each}),
    ),
    max_leaves=6,
)
DATES = st.none() | st.dates(TODAY - timedelta(60), TODAY + timedelta(60))
EMPLOYEES = st.builds(
    lambda status, email, branch_id, start, end, unread: Employee(
        "A",
        "B",
        status=status,
        email=email,
        branch_id=branch_id,
        start_date=start,
        end_date=end,
        unread=unread,
    ),
    st.none() | WORDS,
    st.none() | WORDS,
    st.none() | WORDS,
    DATES,
    DATES,
    st.frozensets(st.sampled_from(["status", "email", "branch_id", "start_date"])),
)


@given(TREES, EMPLOYEES)
def test_not_turns_every_verdict_round(written: dict[str, Any], employee: Employee) -> None:
    try:
        verdict, other = judge(written, employee), judge({"not": written}, employee)
    except ValidationError:  # nested too deep
        return
    if any(word in str(written) for word in ("Current", "Leave", "NSW", "x")) and "'below': True" in str(
        written
    ):
        return  # a vanished branch counts against the condition either way
    assert other is (None if verdict is None else not verdict)


@given(TREES, EMPLOYEES)
def test_folding_a_tree_keeps_its_meaning(written: dict[str, Any], employee: Employee) -> None:
    try:
        verdict = judge(written, employee)
        folded = [judge({name: [written, written]}, employee) for name in ("all", "any")]
    except ValidationError:
        return
    assert folded == [verdict, verdict]


@given(TREES, EMPLOYEES)
def test_no_verdict_changes_before_the_day_that_is_given(written: dict[str, Any], employee: Employee) -> None:
    try:
        condition = TREE.validate_python(written)
    except ValidationError:
        return
    compiled = compile_condition(condition, PLACES, today=TODAY, branches=BRANCHES)
    verdict = compiled.judge(employee, "1")
    day = compiled.next_change(employee, "1") if compiled.next_change is not None else None
    for ahead in range(1, 130):
        later = TODAY + timedelta(ahead)
        if day is not None and later >= day:
            break
        assert judge(written, employee, later) is verdict


@given(TREES, EMPLOYEES)
def test_the_deciding_condition_has_the_verdict_of_the_whole(
    written: dict[str, Any], employee: Employee
) -> None:
    try:
        condition = TREE.validate_python(written)
    except ValidationError:
        return
    compiled = compile_condition(condition, PLACES, today=TODAY, branches=BRANCHES)
    verdict = compiled.judge(employee, "1")
    if verdict is not True:
        assert compiled.deciding(employee, "1").judge(employee, "1") is verdict
