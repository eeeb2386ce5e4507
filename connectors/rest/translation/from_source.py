"""Translate the employees of a described source into those that all connectors share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields as attributes
from datetime import date
from typing import Any

from connectors.contract.employee import (
    ALL_READ,
    FUND_ACCOUNT,
    PAYROLL,
    Address,
    AustralianTax,
    Employee,
    KiwiSaver,
    NewZealandTax,
)
from connectors.rest import paths
from connectors.rest.description.roles import IDENTIFYING, ITEM_TYPES, SourceItems, SourceValue
from connectors.rest.description.system import System
from connectors.rest.translation.custom_fields import compile_custom
from connectors.rest.translation.values import (
    UnreadableError,
    compile_value,
    converter_of,
    multiplied,
    read_text,
)
from connectors.values.normalise import postcode, text

__all__ = ["EmployeeReader", "UnreadableError"]

Json = Mapping[str, Any]
# Reads one value, group or list from an employee of a response.
ValueReader = Callable[[Json], Any]
_ATTRIBUTES = frozenset(field.name for field in attributes(Employee) if field.compare)
# The parts of an employee that have fields of their own.
GROUPS = {"address": Address, "au_tax": AustralianTax, "nz_tax": NewZealandTax, "kiwisaver": KiwiSaver}
# Fields that the dataclass requires and a response may leave out.
_DEFAULTS: dict[str, dict[str, Any]] = {
    "bank_accounts": {"name": None},
    "super_funds": {"type": "REGULATED", "name": None, "abn": None, "usi": None, "member_number": None},
}


class EmployeeReader:
    """Reads the employees of one described source; what its file says is prepared once."""

    def __init__(self, system: System) -> None:
        """Take a system that is a source."""
        role = system.description.source
        entries = role.employee if role else {}
        groups: dict[str, dict[str, ValueReader]] = {}
        # Items of which the file names each value, by their list and position.
        items: dict[str, dict[int, dict[str, ValueReader]]] = {}
        self._readers: list[tuple[str, ValueReader]] = []
        for name, entry in entries.items():
            group, _, inner = name.partition(".")
            if isinstance(entry, SourceItems):
                self._readers.append((name, _compile_items(system, name, entry)))
            elif group in ITEM_TYPES:
                index, _, attribute = inner.partition(".")
                values = items.setdefault(group, {}).setdefault(int(index), {})
                values[attribute] = _compile_value(system, ITEM_TYPES[group], attribute, entry)
            elif inner:
                groups.setdefault(group, {})[inner] = _compile_value(system, GROUPS[group], inner, entry)
            else:
                self._readers.append((name, _compile_value(system, Employee, name, entry)))
        self._readers += [(name, _compile_group(name, readers)) for name, readers in groups.items()]
        self._readers += [(name, _compile_single_items(name, found)) for name, found in items.items()]
        if role is not None and role.custom:
            self._readers.append(("custom", compile_custom(system, role.custom)))
        self._required = [(name, *_compile_required(name)) for name in (role.required if role else ())]
        self._today = system.locality.today
        mapped = {name for name, _ in self._readers}
        self._payroll, self._unmapped = PAYROLL & mapped, _ATTRIBUTES - mapped
        if not _has_fund_accounts(entries):
            self._unmapped |= {FUND_ACCOUNT}
        # By the payroll details without a value: everything that was not read.
        self._unread: dict[frozenset[str], frozenset[str]] = {}

    def read(self, raw: Json) -> Employee:
        """Translate an employee of a response. Raises UnreadableError."""
        values: dict[str, Any] = {"first_name": None, "surname": None}
        for name, read in self._readers:
            value = read(raw)
            if value is not None:
                values[name] = value
        for name, attribute, get in self._required:
            if get(values.get(attribute)) in (None, ()):
                raise UnreadableError(_field_name(name))
        # Of payroll details without a value, it is not known whether there is one.
        missing = self._payroll.difference(values)
        unread = self._unread.get(missing)
        if unread is None:
            unread = self._unread[missing] = missing | self._unmapped or ALL_READ
        employee = Employee(**values, unread=unread, not_offered=self._unmapped)
        employee.apply_end_date(self._today)
        return employee


def _has_fund_accounts(entries: Mapping[str, object]) -> bool:
    """Say whether a file reads the bank accounts of self-managed funds."""
    funds = entries.get("super_funds")
    if isinstance(funds, SourceItems):
        return "account_number" in funds.values
    return any(name.startswith("super_funds.") and name.endswith(".account_number") for name in entries)


def _compile_required(name: str) -> tuple[str, Callable[[Any], Any]]:
    """Return the attribute of an employee that a required value belongs to, and what takes the value from it."""
    attribute, _, inner = name.partition(".")
    if attribute in ITEM_TYPES and inner:
        inner = inner.partition(".")[2]
        return attribute, lambda items: next((getattr(item, inner) for item in items or ()), None)
    return attribute, lambda value: getattr(value, inner, None) if inner else value


def _compile_single_items(name: str, items: Mapping[int, Mapping[str, ValueReader]]) -> ValueReader:
    """Return what reads a list whose items are no list in the response; None when there is none of them."""
    readers = [_compile_group(name, readers, ITEM_TYPES[name]) for _, readers in sorted(items.items())]
    return lambda raw: tuple(item for read in readers if (item := read(raw)) is not None) or None


def _compile_items(system: System, name: str, entry: SourceItems) -> ValueReader:
    """Return what reads the items of a list; None when the system shows no list, or hides what identifies its items."""
    kind, get = ITEM_TYPES[name], paths.compile_path(entry.each)
    readers = {inner: _compile_value(system, kind, inner, value) for inner, value in entry.values.items()}
    read_item = _compile_group(name, readers, kind)

    def read(raw: Json) -> tuple[Any, ...] | None:
        shown = get(raw)
        if shown is None:
            return None
        if isinstance(shown, dict):  # a list of one, without the list
            shown = [shown]
        if not isinstance(shown, list) or not all(isinstance(item, dict) for item in shown):
            raise UnreadableError(_field_name(name))
        found = tuple(built for item in shown if (built := read_item(item)) is not None)
        return None if shown and not found else found

    return read


def _compile_group(
    name: str, readers: Mapping[str, ValueReader], kind: Callable[..., Any] | None = None
) -> ValueReader:
    """Return what reads a group or an item with these fields; None when it is absent."""
    build, defaults = kind or GROUPS[name], _DEFAULTS.get(name, {})
    identifying = IDENTIFYING.get(name, frozenset(readers))
    fields = list(readers.items())

    def read(raw: Json) -> Any:
        present = {inner: value for inner, reader in fields if (value := reader(raw)) is not None}
        if identifying.isdisjoint(present):
            return None
        return build(**{**defaults, **present}) if defaults else build(**present)

    return read


def _compile_value(system: System, kind: Any, name: str, entry: str | SourceValue) -> ValueReader:
    described = entry if isinstance(entry, SourceValue) else SourceValue(at=entry)
    get, table, label = paths.compile_path(described.at), described.map, _field_name(name)
    value_type = paths.attribute_type(kind, name)
    convert = postcode if name == "postcode" else converter_of(system, value_type)
    convert = multiplied(convert, described.times)
    blank = system.blank_dates if value_type is date else ()
    read_shown = compile_value(convert, table, label, blank)

    def read(raw: Json) -> Any:
        shown = get(raw)
        return None if shown is None else read_shown(shown)

    def read_plain(raw: Json) -> Any:
        shown = get(raw)
        return text(shown) if type(shown) is str else read(raw)

    return read_plain if convert is read_text and table is None else read


def _field_name(path: str) -> str:
    return f"the {path.rpartition('.')[2].replace('_', ' ')}"
