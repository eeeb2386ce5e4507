"""Paths into the JSON of a system and into an employee: names with dots between them, such as `address.city`.

The fields that only one source has are reached by `custom.` and their name. What is there, only that source's file
says (``places.py``); here any of them may exist.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from operator import attrgetter
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from connectors.contract.employee import SENSITIVE, Employee

SOURCE_ID = "source_id"
_CUSTOM_PREFIX = "custom."
_CUSTOM_PATH = re.compile(r"custom\.[a-z][a-z0-9_]{0,39}(\.\d{1,9}(\.[a-z][a-z0-9_]{0,39})?)?", re.ASCII)
# No list has a position with this many digits.
_MOST_DIGITS = 10


def value_at(data: Any, path: str | None, missing: Any = None) -> Any:
    """Return the value at a path; ``missing`` when there is none, and the whole data when no path is given.

    A name may itself contain dots, as in `@odata.nextLink`: a key that equals the rest of the path comes first.
    """
    while path:
        if isinstance(data, Mapping) and path in data:
            return data[path]
        name, _, path = path.partition(".")
        if isinstance(data, Mapping) and name in data:
            data = data[name]
        elif isinstance(data, list) and (index := _index(name)) < len(data):
            data = data[index]
        else:
            return missing
    return data


def compile_path(path: str | None, missing: Any = None) -> Callable[[Any], Any]:
    """Return a function that does for one path what ``value_at`` does, prepared once for many records."""
    if not path:
        return lambda data: data
    name, _, rest = path.partition(".")
    inner = compile_path(rest, missing) if rest else None

    def get(data: Any) -> Any:
        if type(data) is not dict:
            return value_at(data, path, missing)
        if inner is None or path in data:
            return data.get(path, missing)
        return inner(data.get(name))

    return get


def is_shown(data: Any, path: str) -> bool:
    """Say whether data has a path, with or without a value; an object that is blank shows everything in it as blank."""
    while path:
        if data is None or data == {} or (isinstance(data, Mapping) and path in data):
            return True
        name, _, path = path.partition(".")
        if isinstance(data, Mapping) and name in data:
            data = data[name]
        elif isinstance(data, list) and (index := _index(name)) < len(data):
            data = data[index]
        else:
            return False
    return True


def _index(name: str) -> int:
    """Return the position in a list that a name in a path stands for; one past every list where it is none."""
    return int(name) if is_index(name) else sys.maxsize


def is_index(name: str) -> bool:
    """Say whether a name in a path is a position in a list; such as ² is a digit too, but no number."""
    return name.isascii() and name.isdigit() and len(name) < _MOST_DIGITS


def set_value(data: dict[str, Any], path: str, value: Any) -> None:
    """Set the value at a path, and create the objects around it. Objects and lists on the way are copied, not changed.

    A number in the path leads to an entry of a list where there is one.
    """
    inside: Any = data
    while path not in inside and "." in path:
        name, _, path = path.partition(".")
        inside = _step_into(inside, name)
    inside[_key(inside, path)] = value


def _step_into(inside: Any, name: str) -> Any:
    """Return a copy of what is at a name, put in its place; a new object where there is nothing to step into."""
    key = _key(inside, name)
    there = inside[key] if isinstance(inside, list) else inside.get(key)
    inside[key] = (
        list(there) if isinstance(there, list) else dict(there) if isinstance(there, Mapping) else {}
    )
    return inside[key]


def _key(inside: Any, name: str) -> Any:
    """Return a name as the key of an object, or as a position of a list, which grows by an entry where it ends."""
    if not isinstance(inside, list):
        return name
    if _index(name) == len(inside):
        inside.append(None)
    return _index(name)


def remove_value(data: dict[str, Any], path: str) -> None:
    """Remove the value at a path, which must be there. Objects and lists on the way are copied, never changed."""
    inside: Any = data
    while path not in inside and "." in path:
        name, _, path = path.partition(".")
        inside = _step_into(inside, name)
    inside.pop(_key(inside, path))


def compile_employee_path(path: str) -> Callable[[Employee, str], Any]:
    """Return a function that takes an employee and their source id and returns the value at a path, None without one.

    The path is one that ``is_employee_path`` has accepted.
    """
    if path == SOURCE_ID:
        return lambda _employee, source_id: source_id
    first, *others = path.split(".")
    if not others:
        return lambda employee, _source_id: getattr(employee, first)
    if first == "custom":
        return _compile_custom_path(*others)
    steps = [_item(int(name)) if is_index(name) else attrgetter(name) for name in others]

    def get(employee: Employee, _source_id: str) -> Any:
        value = getattr(employee, first)
        for step in steps:
            if value is None:
                return None
            value = step(value)
        return value

    return get


def _compile_custom_path(name: str, *others: str) -> Callable[[Employee, str], Any]:
    if not others:
        return lambda employee, _source_id: employee.custom.get(name)
    index, inner = int(others[0]), others[1] if len(others) > 1 else None

    def get(employee: Employee, _source_id: str) -> Any:
        items = employee.custom.get(name)
        if not isinstance(items, tuple) or index >= len(items):
            return None
        item = items[index]
        if inner is None:
            return item
        return item.get(inner) if isinstance(item, Mapping) else None

    return get


def _item(index: int) -> Callable[[Any], Any]:
    return lambda items: items[index] if index < len(items) else None


def is_custom(path: str) -> bool:
    """Say whether a path leads to a field that only some source has."""
    return path.startswith(_CUSTOM_PREFIX)


@cache
def is_employee_path(path: str) -> bool:
    """Say whether an employee can have a value at a path."""
    if is_custom(path):
        return _CUSTOM_PATH.fullmatch(path) is not None
    return path == SOURCE_ID or _leads_to_value(Employee, path.split("."))


@cache
def is_sensitive(path: str) -> bool:
    """Say whether an employee's value at a path is sensitive."""
    return ".".join(name for name in path.split(".") if not is_index(name)) in SENSITIVE


@cache
def list_items(path: str) -> Any:
    """Return the type of the entries when an employee has a list at a path; None when there is none."""
    kind = attribute_type(Employee, path)
    return get_args(kind)[0] if get_origin(kind) is tuple else None


def _leads_to_value(kind: Any, names: list[str]) -> bool:
    if not names:
        return not is_dataclass(kind) and get_origin(kind) is not tuple
    if get_origin(kind) is tuple:
        return is_index(names[0]) and _leads_to_value(get_args(kind)[0], names[1:])
    inner = attribute_type(kind, names[0])
    return inner is not None and _leads_to_value(inner, names[1:])


@cache
def attribute_type(kind: Any, name: str) -> Any:
    """Return the type of a dataclass's attribute without ``| None``; None when it has no such value of the employee."""
    if not is_dataclass(kind) or name not in {field.name for field in fields(kind) if field.compare}:
        return None
    if name == "custom":
        return None
    hint = _type_hints(kind)[name]  # type: ignore[arg-type]
    if isinstance(hint, UnionType):
        return next(member for member in get_args(hint) if member is not type(None))
    return hint


@cache
def _type_hints(kind: Any) -> Mapping[str, Any]:
    return get_type_hints(kind)


def employee_value_type(path: str) -> Any:
    """Return the type of an employee's value at a path; None when there is no such path."""
    kind: Any = Employee
    for name in path.split("."):
        kind = get_args(kind)[0] if get_origin(kind) is tuple else attribute_type(kind, name)
    return kind


def employee_paths() -> list[str]:
    """Return every path of an employee; a list appears with its first entry."""
    return [SOURCE_ID, *_paths_within(Employee, "")]


def _paths_within(kind: Any, prefix: str) -> list[str]:
    paths: list[str] = []
    for name in (field.name for field in fields(kind)):
        inner = attribute_type(kind, name)
        if inner is None:
            continue
        if get_origin(inner) is tuple:
            paths += _paths_within(get_args(inner)[0], f"{prefix}{name}.0.")
        else:
            paths += _paths_within(inner, f"{prefix}{name}.") if is_dataclass(inner) else [prefix + name]
    return paths
