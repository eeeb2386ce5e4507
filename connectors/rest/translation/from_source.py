"""Translate the employees of a described source into those that all connectors share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields as attributes
from datetime import date
from decimal import Decimal
from typing import Any

from connectors.contract.employee import (
    ALL_READ,
    PAYROLL,
    Address,
    AustralianTax,
    Employee,
    KiwiSaver,
    NewZealandTax,
)
from connectors.rest import paths
from connectors.rest.description.roles import ITEM_TYPES, SourceItems, SourceValue
from connectors.rest.description.system import System
from connectors.values.normalise import boolean, number, postcode, text

Json = Mapping[str, Any]
_ATTRIBUTES = frozenset(field.name for field in attributes(Employee) if field.compare)
# The parts of an employee that have fields of their own.
GROUPS = {"address": Address, "au_tax": AustralianTax, "nz_tax": NewZealandTax, "kiwisaver": KiwiSaver}
# A group or item without this field counts as absent.
_REQUIRED = {"kiwisaver": "status", "bank_accounts": "number", "super_funds": "name"}
# Fields that the dataclass requires and a response may leave out.
_DEFAULTS: dict[str, dict[str, Any]] = {
    "bank_accounts": {"name": None},
    "super_funds": {"type": "REGULATED", "abn": None, "usi": None, "member_number": None},
}


class UnreadableError(Exception):
    """A value of one employee cannot be read; the message names the field."""


def read_employee(system: System, raw: Json) -> Employee:
    """Translate an employee of a response. Raises UnreadableError."""
    role = system.description.source
    values: dict[str, Any] = {}
    groups: dict[str, dict[str, Any]] = {}
    for name, entry in (role.employee if role else {}).items():
        group, _, inner = name.partition(".")
        if isinstance(entry, SourceItems):
            values[name] = _items(system, name, entry, raw)
        elif inner:
            groups.setdefault(group, {})[inner] = _value(system, GROUPS[group], inner, entry, raw)
        else:
            values[name] = _value(system, Employee, name, entry, raw)
    for group, fields in groups.items():
        values[group] = _build(group, GROUPS[group], fields)
    _check_required(system, values, groups)
    # Of payroll details without a value, it is not known whether there is one.
    unread = {name for name in PAYROLL if values.get(name) is None} | (_ATTRIBUTES - values.keys())
    present = {name: value for name, value in values.items() if value is not None}
    employee = Employee(
        **({"first_name": None, "surname": None} | present), unread=frozenset(unread) or ALL_READ
    )
    employee.apply_end_date(system.locality.today)
    return employee


def _items(system: System, name: str, entry: SourceItems, raw: Json) -> tuple[Any, ...] | None:
    """Return the items of a list; None when the system shows no list, or hides what identifies its items."""
    shown = paths.value_at(raw, entry.each)
    if shown is None:
        return None
    if not isinstance(shown, list) or not all(isinstance(item, dict) for item in shown):
        raise UnreadableError(_field_name(name))
    kind = ITEM_TYPES[name]
    items = (
        {inner: _value(system, kind, inner, value, item) for inner, value in entry.values.items()}
        for item in shown
    )
    found = tuple(item for fields in items if (item := _build(name, kind, fields)) is not None)
    return None if shown and not found else found


def _build(name: str, kind: Callable[..., Any], fields: Mapping[str, Any]) -> Any:
    """Return a group or an item with these fields; None when it is absent."""
    required = _REQUIRED.get(name)
    present = {inner: value for inner, value in fields.items() if value is not None}
    if not present or (required is not None and required not in present):
        return None
    return kind(**{**_DEFAULTS.get(name, {}), **present})


def _value(system: System, kind: Any, name: str, entry: str | SourceValue, raw: Json) -> Any:
    path, table = (entry.at, entry.map) if isinstance(entry, SourceValue) else (entry, None)
    shown = paths.value_at(raw, path)
    if isinstance(shown, dict | list):
        raise UnreadableError(_field_name(name))
    if table is not None and shown is not None:
        folded = {known.casefold(): mapped for known, mapped in table.items()}
        shown = folded.get(str(shown).casefold(), shown)  # an unknown value is not an error
    if text(shown) is None:
        return None
    value = (
        postcode(shown) if name == "postcode" else _normalise(system, paths.attribute_type(kind, name), shown)
    )
    if value is None:
        raise UnreadableError(_field_name(name))
    return value


def _normalise(system: System, kind: Any, shown: Any) -> Any:
    if kind is date:
        return system.parse_date(shown)
    if kind is bool:
        return boolean(shown)
    if kind is int:
        amount = number(shown)
        return int(amount) if amount is not None and amount == amount.to_integral_value() else None
    return format(shown, "f") if isinstance(shown, Decimal) else text(shown)


def _check_required(
    system: System, values: Mapping[str, Any], groups: Mapping[str, Mapping[str, Any]]
) -> None:
    role = system.description.source
    for name in role.required if role else ():
        group, _, inner = name.partition(".")
        if (groups.get(group, {}).get(inner) if inner else values.get(name)) in (None, ()):
            raise UnreadableError(_field_name(name))


def _field_name(path: str) -> str:
    return f"the {path.rpartition('.')[2].replace('_', ' ')}"
