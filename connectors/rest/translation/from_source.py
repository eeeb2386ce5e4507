"""Employees of a described source, in the words that all connectors share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from connectors.contract.employee import Address, AustralianTax, Employee, KiwiSaver, NewZealandTax
from connectors.rest import paths
from connectors.rest.checks.consistency import ITEMS
from connectors.rest.description.roles import SourceItems, SourceValue
from connectors.rest.description.system import System
from connectors.values.normalise import boolean, number, text

Json = Mapping[str, Any]
# The values of an employee that have parts.
GROUPS = {"address": Address, "au_tax": AustralianTax, "nz_tax": NewZealandTax, "kiwisaver": KiwiSaver}
# The part without which there is nothing.
_NEEDED = {"kiwisaver": "status", "bank_accounts": "number", "super_funds": "name"}


class UnreadableError(Exception):
    """A value of one employee cannot be read; the message names what it is."""


def read_employee(system: System, raw: Json) -> Employee:
    """Translate an employee of an answer. Raises UnreadableError."""
    role = system.description.source
    values: dict[str, Any] = {}
    groups: dict[str, dict[str, Any]] = {}
    for name, given in (role.employee if role else {}).items():
        group, _, inner = name.partition(".")
        if isinstance(given, SourceItems):
            values[name] = _items(system, name, given, raw)
        elif inner:
            groups.setdefault(group, {})[inner] = _value(system, GROUPS[group], inner, given, raw)
        else:
            values[name] = _value(system, Employee, name, given, raw)
    for group, parts in groups.items():
        values[group] = _grouped(group, GROUPS[group], parts)
    _require(system, values, groups)
    return Employee(**({"first_name": None, "surname": None} | values))


def _items(system: System, name: str, given: SourceItems, raw: Json) -> tuple[Any, ...]:
    found = paths.value_at(raw, given.each)
    if found is None:
        return ()
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        raise UnreadableError(_called(name))
    kind = ITEMS[name]
    made = (
        {inner: _value(system, kind, inner, place, entry) for inner, place in given.values.items()}
        for entry in found
    )
    return tuple(item for parts in made if (item := _grouped(name, kind, parts)) is not None)


def _grouped(name: str, kind: Callable[..., Any], parts: Mapping[str, Any]) -> Any:
    """Return a value with parts; None where there is nothing of it."""
    needed = _NEEDED.get(name)
    told = {inner: value for inner, value in parts.items() if value is not None}
    if not told or (needed is not None and needed not in told):
        return None
    defaults = (
        {"type": "REGULATED", "abn": None, "usi": None, "member_number": None}
        if name == "super_funds"
        else {}
    )
    return kind(**{**({"name": None} if name == "bank_accounts" else {}), **defaults, **told})


def _value(system: System, kind: Any, name: str, given: str | SourceValue, raw: Json) -> Any:
    place, table = (given.at, given.map) if isinstance(given, SourceValue) else (given, None)
    written = paths.value_at(raw, place)
    if isinstance(written, dict | list):
        raise UnreadableError(_called(name))
    if table is not None and written is not None:
        folded = {known.casefold(): made for known, made in table.items()}
        written = folded.get(str(written).casefold(), written)  # an unknown value is not an error
    if text(written) is None:
        return None
    read = _read(system, paths.attribute_type(kind, name), written)
    if read is None:
        raise UnreadableError(_called(name))
    return read


def _read(system: System, kind: Any, written: Any) -> Any:
    if kind is date:
        return system.day(written)
    if kind is bool:
        return boolean(written)
    if kind is int:
        amount = number(written)
        return int(amount) if amount is not None and amount == amount.to_integral_value() else None
    return format(written, "f") if isinstance(written, Decimal) else text(written)


def _require(system: System, values: Mapping[str, Any], groups: Mapping[str, Mapping[str, Any]]) -> None:
    role = system.description.source
    for name in role.required if role else ():
        group, _, inner = name.partition(".")
        if (groups.get(group, {}).get(inner) if inner else values.get(name)) in (None, ()):
            raise UnreadableError(_called(name))


def _called(name: str) -> str:
    return f"the {name.rpartition('.')[2].replace('_', ' ')}"
