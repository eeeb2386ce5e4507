"""Turn what has to be written into JSON that can be sealed in a row, and back without loss."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import orjson

from connectors.contract import Prepared, TargetRecord, Value, Warn
from core.secrets import vault


@dataclass(frozen=True, slots=True)
class Payload:
    """Everything the writing of one employee needs, also after a crash."""

    prepared: Prepared
    current: TargetRecord | None
    mark: str | None
    fingerprint: bytes


def seal(payload: Payload) -> bytes:
    """Encrypt a payload for its row."""
    prepared, current = payload.prepared, payload.current
    told = (
        dict(prepared.values),
        prepared.external_id,
        [(warning.code, warning.message) for warning in prepared.warnings],
        sorted(prepared.create_only),
        prepared.ends_employment,
        None if current is None else (current.target_id, current.name, dict(current.values), current.external_id),
        payload.mark,
        payload.fingerprint.hex(),
    )
    return vault().seal_one_of_many(orjson.dumps(told, default=_packed, option=orjson.OPT_PASSTHROUGH_DATETIME))


def unseal(sealed: bytes) -> Payload:
    """Decrypt what ``seal`` made."""
    stored: Any = vault().open(sealed)
    told, external_id, warnings, create_only, ends, current, mark, fingerprint = stored
    told_warnings = tuple(Warn(code, message) for code, message in warnings)
    prepared = Prepared(to_values(told), external_id, (), told_warnings, frozenset(create_only), ends)
    if current is not None:
        current = TargetRecord(current[0], current[1], to_values(current[2]), current[3])
    return Payload(prepared, current, mark, bytes.fromhex(fingerprint))


def target_record(record: TargetRecord) -> dict[str, Any]:
    """Return a target's record as JSON values."""
    return {
        "target_id": record.target_id,
        "name": record.name,
        "values": values(record.values),
        "external_id": record.external_id,
    }


def to_target_record(stored: Mapping[str, Any]) -> TargetRecord:
    """Return the target's record that JSON values stand for."""
    return TargetRecord(**{**stored, "values": to_values(stored["values"])})


def values(plain: Mapping[str, Value]) -> dict[str, Any]:
    """Return field values as JSON, their types kept."""
    return {name: _packed(value) if isinstance(value, date | Decimal) else value for name, value in plain.items()}


def to_values(stored: Mapping[str, Any]) -> dict[str, Value]:
    """Return the field values that JSON stands for."""
    return {name: _unpacked(value) if type(value) is dict else value for name, value in stored.items()}


def _packed(value: Any) -> dict[str, str]:
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    raise TypeError(f"A {type(value).__name__} is no value of a field.")


def _unpacked(value: Mapping[str, str]) -> Value:
    return Decimal(value["decimal"]) if "decimal" in value else date.fromisoformat(value["date"])
