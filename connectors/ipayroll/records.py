"""iPayroll's employees: read into canonical values, written from them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from connectors.contract import Field, FieldType, TargetRecord, Value
from connectors.ipayroll.canonical import day, masked, text, value_of
from connectors.ipayroll.fields import FIELDS, SHOWN_ALWAYS

_NOT_OURS = {"links", "organisation", "paidToDate"}
_DATES = {field.name for field in FIELDS if field.type is FieldType.DATE} | {"finishDate"}
_HIDEABLE = {field.name for field in FIELDS if field.sensitive}

Json = Mapping[str, Any]


def record(raw: Json) -> TargetRecord | None:
    """Return an employee iPayroll answered; None where it has no id."""
    target_id = text(raw.get("employeeId"))
    if target_id is None:
        return None
    values = {field.name: value_of(field, _at(raw, field.name)) for field in FIELDS if _shown(raw, field)}
    name = " ".join(part for part in (text(raw.get("firstNames")), text(raw.get("surname"))) if part)
    return TargetRecord(target_id, name, values, external_id=target_id)


def body(values: Mapping[str, Value]) -> dict[str, Any]:
    """Return the JSON of an employee: dates as yyyy-MM-dd, the address nested."""
    made: dict[str, Any] = {}
    for name, value in values.items():
        group, _, inner = name.rpartition(".")
        (made.setdefault(group, {}) if group else made)[inner] = _written(value)
    return made


def merged(raw: Json, values: Mapping[str, Value]) -> dict[str, Any]:
    """Return the whole employee with ours over what iPayroll holds, so that a full replacement loses nothing."""
    kept = {name: _sendable(name, value) for name, value in raw.items() if name not in _NOT_OURS and value is not None}
    held = {name: value for name, value in kept.items() if not (name in _HIDEABLE and masked(value))}
    ours = body(values)
    for name, value in ours.items():
        group = held.get(name)
        held[name] = group | value if isinstance(group, dict) and isinstance(value, dict) else value
    return held


def _shown(raw: Json, field: Field) -> bool:
    """Say whether an answer tells about a field: iPayroll leaves out what is blank and may hide what is sensitive."""
    written = _at(raw, field.name)
    if written is None:
        return field.name in SHOWN_ALWAYS
    return not (field.sensitive and masked(written))


def _at(raw: Json, name: str) -> Any:
    group, _, inner = name.rpartition(".")
    place = raw.get(group) if group else raw
    return place.get(inner) if isinstance(place, dict) else None


def _sendable(name: str, value: Any) -> Any:
    read = day(value) if name in _DATES else None
    return read.isoformat() if read else value


def _written(value: Value) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value.isoformat() if isinstance(value, date) else value
