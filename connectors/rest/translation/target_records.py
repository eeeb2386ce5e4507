"""The employees of a described target: read into canonical values, written from them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from connectors.contract.fields import FieldType, Identity, Value
from connectors.contract.records import TargetRecord
from connectors.rest import paths
from connectors.rest.description.base import Scalar
from connectors.rest.description.roles import TargetField
from connectors.rest.description.system import System
from connectors.values.normalise import text
from connectors.values.redaction import is_masked

Json = Mapping[str, Any]


def record(system: System, raw: Json) -> TargetRecord | None:
    """Return an employee that an answer holds; None where it has no id."""
    target_id = text(paths.at(raw, system.described.employees.id))
    if target_id is None:
        return None
    values = {
        name: system.value(field, paths.at(raw, name))
        for name, field in system.by_name.items()
        if _shown(raw, field)
    }
    external = system.target.external_id
    return TargetRecord(
        target_id, _name(system, raw), values, text(paths.at(raw, external)) if external else None
    )


def _name(system: System, raw: Json) -> str:
    """Return the name to show: given names, then surname."""
    told = {
        field.identity: text(paths.at(raw, name)) for name, field in system.by_name.items() if field.identity
    }
    return " ".join(part for part in (told.get(Identity.GIVEN_NAMES), told.get(Identity.SURNAME)) if part)


def _shown(raw: Json, field: TargetField) -> bool:
    """Say whether an answer tells about a field: some leave out what is blank and some hide what is sensitive."""
    *around, last = field.name.split(".")
    group = paths.at(raw, ".".join(around) or None)
    if not isinstance(group, Mapping) or last not in group:
        return field.blank_when_absent
    return not (field.sensitive and is_masked(group[last]))


def body(values: Mapping[str, Value], clear_with: Scalar | None = None) -> dict[str, Any]:
    """Return the JSON of an employee: dates as yyyy-mm-dd, dotted names nested, blanks as the target wants them."""
    made: dict[str, Any] = {}
    for name, value in values.items():
        paths.put(made, name, clear_with if value is None else _written(value))
    return made


def merged(system: System, raw: Json, values: Mapping[str, Value]) -> dict[str, Any]:
    """Return the whole employee with ours over what the target holds, so that a full replacement loses nothing."""
    update = system.described.employees.update
    left_out = update.leave_out if update else ()
    made = {
        name: _sendable(system, name, value)
        for name, value in raw.items()
        if name not in left_out and value is not None
    }
    for name in (
        name for name, field in system.by_name.items() if field.sensitive and is_masked(paths.at(made, name))
    ):
        paths.take(made, name)
    for name, value in values.items():
        paths.put(made, name, system.target.clear_with if value is None else _written(value))
    return made


def _sendable(system: System, name: str, value: Any) -> Any:
    update, field = system.described.employees.update, system.by_name.get(name)
    dated = (field is not None and field.type is FieldType.DATE) or (
        update is not None and name in update.iso_dates
    )
    read = system.day(value) if dated else None
    return read.isoformat() if read else value


def _written(value: Value) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value.isoformat() if isinstance(value, date) else value
