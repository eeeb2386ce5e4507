"""Find what stands at a place: in the JSON of an answer, and in an employee."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from connectors.contract.employee import Employee

SOURCE_ID = "source_id"


def value_at(data: Any, place: str | None) -> Any:
    """Return what an answer holds at a place; None where there is nothing, and the whole where no place is named.

    A name may itself have dots in it, as in `@odata.nextLink`, where nothing follows it.
    """
    while place:
        if isinstance(data, Mapping) and place in data:
            return data[place]
        step, _, place = place.partition(".")
        if isinstance(data, Mapping):
            data = data.get(step)
        elif isinstance(data, list) and step.isdigit() and int(step) < len(data):
            data = data[int(step)]
        else:
            return None
    return data


def set_value(made: dict[str, Any], place: str, value: Any) -> None:
    """Set what stands at a place, with the objects around it."""
    while place not in made and "." in place:
        step, _, place = place.partition(".")
        inner = made.get(step)
        made[step] = made = dict(inner) if isinstance(inner, Mapping) else {}
    made[place] = value


def remove_value(made: dict[str, Any], place: str) -> None:
    """Take away what stands at a place, in the same way."""
    while place not in made:
        step, _, place = place.partition(".")
        made[step] = made = dict(made[step])
    made.pop(place)


def employee_value(employee: Employee, source_id: str, place: str) -> Any:
    """Return what an employee has at a place that ``known`` has accepted; None where there is nothing."""
    if place == SOURCE_ID:
        return source_id
    here: Any = employee
    for step in place.split("."):
        if isinstance(here, tuple):
            here = here[int(step)] if int(step) < len(here) else None
        elif here is not None:
            here = getattr(here, step)
    return here


@cache
def is_employee_path(place: str) -> bool:
    """Say whether an employee can have a value at a place."""
    return place == SOURCE_ID or _leads(Employee, place.split("."))


def _leads(kind: Any, steps: list[str]) -> bool:
    if not steps:
        return not is_dataclass(kind) and get_origin(kind) is not tuple
    if get_origin(kind) is tuple:
        return steps[0].isdigit() and _leads(get_args(kind)[0], steps[1:])
    inner = attribute_type(kind, steps[0])
    return inner is not None and _leads(inner, steps[1:])


def attribute_type(kind: Any, name: str) -> Any:
    """Return the type of an attribute of a value class, None left aside; None where there is no such attribute."""
    if not is_dataclass(kind) or name not in {field.name for field in fields(kind)}:
        return None
    hint = get_type_hints(kind)[name]
    kinds = (
        [one for one in get_args(hint) if one is not type(None)] if isinstance(hint, UnionType) else [hint]
    )
    return kinds[0]


def employee_value_type(place: str) -> Any:
    """Return the type of what an employee has at a place; None where there is no such place."""
    found: Any = Employee
    for step in place.split("."):
        found = get_args(found)[0] if get_origin(found) is tuple else attribute_type(found, step)
    return found


def employee_paths() -> list[str]:
    """Return every place of an employee, a list's as its first entry."""
    return [SOURCE_ID, *_places(Employee, "")]


def _places(kind: Any, before: str) -> list[str]:
    found: list[str] = []
    for name in (field.name for field in fields(kind)):
        inner = attribute_type(kind, name)
        if get_origin(inner) is tuple:
            found += _places(get_args(inner)[0], f"{before}{name}.0.")
        else:
            found += _places(inner, f"{before}{name}.") if is_dataclass(inner) else [before + name]
    return found
