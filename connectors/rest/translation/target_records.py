"""Read the employees of a described target from responses, and write them into requests."""

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
from connectors.rest.description.system import UNREADABLE, System
from connectors.values.normalise import text
from connectors.values.redaction import is_masked

Json = Mapping[str, Any]


def read_record(system: System, raw: Json) -> TargetRecord | None:
    """Return the employee of a response; None when it has no id."""
    target_id = text(paths.value_at(raw, system.description.employees.id))
    if target_id is None:
        return None
    values = {
        name: value
        for name, field in system.fields_by_name.items()
        if _is_shown(raw, field)
        and (value := system.read_value(field, paths.value_at(raw, name))) is not UNREADABLE
    }
    external = system.target.external_id
    external_id = text(paths.value_at(raw, external)) if external else None
    return TargetRecord(target_id, _display_name(system, raw), values, external_id)


def _display_name(system: System, raw: Json) -> str:
    """Return the name to show: given names, then surname."""
    by_identity = {
        field.identity: text(paths.value_at(raw, name))
        for name, field in system.fields_by_name.items()
        if field.identity
    }
    names = (by_identity.get(Identity.GIVEN_NAMES), by_identity.get(Identity.SURNAME))
    return " ".join(name for name in names if name)


def _is_shown(raw: Json, field: TargetField) -> bool:
    """Say whether a response shows a field: some systems leave out blank fields, and some hide sensitive ones."""
    *outer, last = field.name.split(".")
    group = paths.value_at(raw, ".".join(outer) or None)
    if not isinstance(group, Mapping) or last not in group:
        return field.blank_when_absent
    return not (field.sensitive and is_masked(group[last]))


def request_body(values: Mapping[str, Value], clear_with: Scalar | None = None) -> dict[str, Any]:
    """Return an employee as JSON: dates as yyyy-mm-dd, dotted names nested, None as the value that clears a field."""
    sent: dict[str, Any] = {}
    _set_values(sent, values, clear_with)
    return sent


def merge_values(system: System, raw: Json, values: Mapping[str, Value]) -> dict[str, Any]:
    """Return the target's whole employee with our values in it, so that a full replacement loses nothing."""
    update = system.description.employees.update
    left_out = update.leave_out if update else ()
    sent = {
        name: _with_iso_date(system, name, value)
        for name, value in raw.items()
        if name not in left_out and value is not None
    }
    fields = system.fields_by_name.items()
    for name in [name for name, field in fields if field.sensitive and is_masked(paths.value_at(sent, name))]:
        paths.remove_value(sent, name)
    there = {
        name: value
        for name, value in values.items()
        if value is not None or paths.value_at(raw, name) is not None  # what is not there need not be cleared
    }
    _set_values(sent, there, system.target.clear_with)
    return sent


def _set_values(sent: dict[str, Any], values: Mapping[str, Value], clear_with: Scalar | None) -> None:
    for name, value in values.items():
        paths.set_value(sent, name, clear_with if value is None else _as_json(value))


def _with_iso_date(system: System, name: str, value: Any) -> Any:
    update, field = system.description.employees.update, system.fields_by_name.get(name)
    is_date = (field is not None and field.type is FieldType.DATE) or (
        update is not None and name in update.iso_dates
    )
    parsed = system.parse_date(value) if is_date else None
    return parsed.isoformat() if parsed else value


def _as_json(value: Value) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value.isoformat() if isinstance(value, date) else value
