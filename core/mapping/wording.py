"""Say in words in what two mappings differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from connectors.contract.branches import BranchTree
from connectors.mapping.conditions.wording import describe
from connectors.rest.description.target_field import TargetField
from connectors.rest.employee_places import EmployeePlaces
from core.mapping import editing
from core.mapping.merging import Overlap
from core.scope.rules import EVERYBODY, parse_condition

# What people call the parts of a mapping besides its fields, and what it means that one is not there.
PART_LABELS = {
    "scope": "Employees that are synced",
    "starters": "Starters",
    "leavers": "Leavers",
    "people": "People by name",
}
_NOT_SAID = {
    "scope": "as the job's settings say",
    "starters": "as soon as they are in HR",
    "leavers": "without an end",
    "people": "nobody",
}
_OWNERS = {
    None: "whose value counts: as usual",
    "source": "HR's value counts",
    "target": "payroll's value counts",
    "once": "HR's value counts once",
    "ask": "a value changed in payroll waits for a person",
}
_UNMAPPED = {
    None: "other values: as usual",
    "problem": "other values are a problem",
    "keep": "other values are sent as they are",
    "default": "for other values the default is sent",
}
_FLAGS = {
    "required": ("needed for a new employee", "not needed for a new employee"),
    "sensitive": ("sensitive", "not sensitive"),
    "also_when_blank": ("also when payroll has lost its value", "not when payroll has lost its value"),
}
MOST_ROWS = 10


def describe_field(field: TargetField, other: TargetField, filling: str, other_filling: str) -> str:
    """Return how a field is filled, with what is not so in another mapping of the same field.

    ``filling`` and ``other_filling`` are the words for both.
    """
    keys, others = editing.field_keys(field), editing.field_keys(other)
    changed = {key for key in keys.keys() | others.keys() if keys.get(key) != others.get(key)}
    details = _details(keys, others, changed, is_same=filling == other_filling)
    return "; ".join([filling, *details])


def _details(
    keys: Mapping[str, Any], others: Mapping[str, Any], changed: set[str], *, is_same: bool
) -> Iterator[str]:
    if "map" in changed and (rows := _rows(keys.get("map") or {}, others.get("map") or {})):
        yield rows
    if "owner" in changed:
        yield _OWNERS[keys.get("owner")]
    if "unmapped" in changed:
        yield _UNMAPPED[keys.get("unmapped")]
    for key, (is_so, is_not_so) in _FLAGS.items():
        if key in changed:
            yield is_so if keys.get(key) else is_not_so
    if is_same:  # what its words leave out
        for key in sorted(changed & (editing.WAY_KEYS | {"steps", "when"})):
            yield f"{key}: {_compact(keys.get(key))}"


def _rows(table: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    """Return the rows of a value map that another one does not have."""
    own = [f"“{value}” is “{_word(sent)}”" for value, sent in table.items() if other.get(value) != sent]
    more = f" and {len(own) - MOST_ROWS:,} more" if len(own) > MOST_ROWS else ""
    return ", ".join(own[:MOST_ROWS]) + more


def _compact(value: Any) -> str:
    """Return a part of a mapping in one line."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_compact(inner)}" for key, inner in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "; ".join(map(_compact, value))
    return _word(value)


def _word(value: Any) -> str:
    return (
        {True: "yes", False: "no", None: "nothing"}[value]
        if value is None or isinstance(value, bool)
        else str(value)
    )


def describe_part(name: str, said: Any, places: EmployeePlaces, branches: BranchTree | None) -> str:
    """Return what a mapping says of one of its parts besides the fields; ``said`` is None where it says nothing."""
    if said is None:
        return _NOT_SAID[name]
    if name == "scope":
        return _condition(said, places, branches)
    if name == "starters":
        return f"from {said['days_before']} days before their start"
    if name == "leavers":
        return f"until {said['days_after']} days after their end"
    lists = {"always": said.get("include", ()), "never": said.get("exclude", ())}
    return "; ".join(f"{word} {_listed(ids)}" for word, ids in lists.items() if ids)


def describe_overlap(overlap: Overlap, places: EmployeePlaces) -> str:
    """Return what two people have made of one part, each as a short text."""
    ours, theirs = (
        describe_part(overlap.part, said, places, None)
        if overlap.part in PART_LABELS
        else _compact({key: value for key, value in (said or {}).items() if key != "name"})
        or "as in the file"
        for said in (overlap.ours, overlap.theirs)
    )
    return f"yours is “{ours}”, theirs is “{theirs}”."


def _condition(said: Any, places: EmployeePlaces, branches: BranchTree | None) -> str:
    if said == EVERYBODY:
        return "all employees"
    try:
        return describe(parse_condition(said), places, branches)
    except ValidationError:
        return _compact(said)


def _listed(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - MOST_ROWS:,} more" if len(ids) > MOST_ROWS else ""
    return ", ".join(ids[:MOST_ROWS]) + more
