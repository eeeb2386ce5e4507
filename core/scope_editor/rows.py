"""A condition as rows to edit: groups of rows; all groups have to be met, and of a group at least one row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from connectors.mapping.base import Kind
from connectors.mapping.conditions.operators import FITTING
from connectors.mapping.conditions.tree import (
    AllOf,
    AnyCondition,
    AnyOf,
    BranchTest,
    Not,
    ValueTest,
    dump,
    inner_conditions,
)
from connectors.rest.employee_places import EmployeePlaces
from core.scope.rules import parse_condition

BRANCH, STATUS = "branch", "status"
# The fields that are offered first, in this order.
READY_MADE = (STATUS, BRANCH, "employment_type", "address.state", "start_date", "end_date", "employee_number")
WORDS = {
    "is": "is one of",
    "is_not": "is none of",
    "starts_with": "starts with",
    "ends_with": "ends with",
    "contains": "contains",
    "there": "has a value",
    "empty": "is blank",
    "at_least": "is at least",
    "at_most": "is at most",
    "between": "is between",
    "on_or_before": "is on or before",
    "on_or_after": "is on or after",
    "within_days": "is within days of today",
    "any_is": "has one of",
    "none_is": "has none of",
    "all_are": "has only",
}
SCOPE_ONLY = frozenset({"within_days"})
INCOMPLETE = "A condition is not complete: choose or enter its value, or remove the row."


@dataclass(frozen=True, slots=True)
class Row:
    """One row: a field, what is asked of it, and the value in its written form.

    ``below`` is for branches, ``or_blank`` says that a blank value meets the row too.
    """

    field: str
    operator: str
    value: Any = None
    below: bool = False
    or_blank: bool = False


Groups = list[list[Row]]


def to_groups(condition: AnyCondition | None) -> Groups | None:
    """Return a condition as groups of rows; None when it has another form, which only its text can show."""
    if condition is None:
        return []
    members = (
        [each for _, each in inner_conditions(condition)] if isinstance(condition, AllOf) else [condition]
    )
    groups = [_to_group(member) for member in members]
    return (
        None if any(group is None for group in groups) else [group for group in groups if group is not None]
    )


def _to_group(member: AnyCondition) -> list[Row] | None:
    if (row := _to_row(member)) is not None:
        return [row]
    if not isinstance(member, AnyOf):
        return None
    rows = [_to_row(each) for each in member.conditions]
    return None if None in rows else [row for row in rows if row is not None]


def _to_row(condition: AnyCondition) -> Row | None:
    if isinstance(condition, AllOf | Not):
        return None
    tests = list(condition.conditions) if isinstance(condition, AnyOf) else [condition]
    if all(isinstance(test, BranchTest) for test in tests):
        branches = [test for test in tests if isinstance(test, BranchTest)]
        below = {test.below for test in branches}
        words = [test.branch for test in branches]
        return Row(BRANCH, "is", words, below=below.pop()) if len(below) == 1 else None
    values = [test for test in tests if isinstance(test, ValueTest)]
    if len(values) != len(tests) or len({test.at for test in values}) > 1:
        return None
    return _of_values(values)


def _of_values(tests: Sequence[ValueTest]) -> Row | None:
    first = tests[0]
    if first.format is not None or first.operator not in WORDS:
        return None
    value = dump(first)[first.operator]
    if len(tests) == 1:
        return Row(first.at, first.operator, value)
    is_or_blank = len(tests) == 2 and first.operator == "is" and tests[1].empty is True
    return Row(first.at, "is", value, or_blank=True) if is_or_blank else None


def to_condition(groups: Groups) -> AnyCondition | None:
    """Return the condition of groups of rows; None, which everybody meets, when there is no row.

    Raises pydantic's ValidationError.
    """
    written = [_written_group(group) for group in groups if group]
    return parse_condition({"all": written}) if written else None


def _written_group(group: Sequence[Row]) -> dict[str, Any]:
    rows = [_written(row) for row in group]
    return rows[0] if len(rows) == 1 else {"any": rows}


def _written(row: Row) -> dict[str, Any]:
    if row.field == BRANCH:
        extra = {"below": True} if row.below else {}
        tests: list[dict[str, Any]] = [{"branch": str(word)} | extra for word in row.value or [""]]
        return tests[0] if len(tests) == 1 else {"any": tests}
    if row.operator in {"there", "empty"}:
        return {"at": row.field, row.operator: True}
    is_entered = not (isinstance(row.value, list) and None in row.value)
    test = {"at": row.field, row.operator: row.value if is_entered else None}
    return {"any": [test, {"at": row.field, "empty": True}]} if row.or_blank else test


def fields(places: EmployeePlaces) -> dict[str, str]:
    """Return the label of each field of a source that a row can ask for; those that most people use come first."""
    labels = {BRANCH: "Branch"}
    for path in places.paths():
        place = places.find(path)
        is_listed = any(part.isdecimal() for part in path.split("."))
        if place is not None and not place.is_sensitive and not is_listed and path not in {"branch_id"}:
            labels[path] = place.label
    first = {path: labels[path] for path in READY_MADE}
    first["address.state"] = "State or region"
    return first | {
        path: label for path, label in sorted(labels.items(), key=lambda each: each[1]) if path not in first
    }


def kind_of(field: str, places: EmployeePlaces) -> Kind:
    """Return what a field holds; text where that is not known."""
    return places.kind(field) or Kind.TEXT


def operators(field: str, places: EmployeePlaces, *, for_scope: bool = True) -> list[str]:
    """Return what a row can ask of a field; only a scope can ask about today."""
    if field == BRANCH:
        return ["is"]
    names = FITTING[kind_of(field, places)]
    if places.entries(field):  # its entries are no plain values
        return [name for name in names if name in {"empty", "there"}]
    return [name for name in names if name in WORDS and (for_scope or name not in SCOPE_ONLY)]
