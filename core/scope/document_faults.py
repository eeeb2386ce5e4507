"""Find what is wrong with the scope in the document of a version."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from connectors.mapping.conditions.faults import find_faults
from connectors.mapping.conditions.tree import BranchTest, Location, tests_of
from connectors.rest.employee_places import ANY, EmployeePlaces
from core.scope.rules import ScopeRules, parse_condition


def scope_faults(document: Mapping[str, Any], places: EmployeePlaces = ANY) -> Iterator[tuple[Location, str]]:
    """Yield where each fault is, and a sentence; ``places`` are those of the source.

    Branches are not checked: that needs those of the source, which have to be read.
    """
    people = document.get("people") or {}
    try:
        ScopeRules(**people)
    except ValidationError as error:
        yield ("people",), f"`people` cannot be used: {_reason(error)}."
    if (written := document.get("scope")) is None:
        return
    try:
        condition = parse_condition(written)
    except ValidationError as error:
        yield ("scope",), f"`scope` cannot be used: {_reason(error)}."
        return
    branch_tests = {location for location, test in tests_of(condition) if isinstance(test, BranchTest)}
    for fault in find_faults(condition, places, for_scope=True):
        if fault.location not in branch_tests:
            yield ("scope", *fault.location), f"Condition {fault.number}: {fault.sentence}"


def _reason(error: ValidationError) -> str:
    message = str(error.errors()[0]["msg"]).removeprefix("Value error, ").rstrip(".")
    return message[:1].lower() + message[1:]
