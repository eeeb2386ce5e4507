"""Turn what has to be written into JSON that can be sealed in a row, and back without loss."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

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
    return vault().seal(
        {
            "values": values(prepared.values),
            "external_id": prepared.external_id,
            "warnings": [[warning.code, warning.message] for warning in prepared.warnings],
            "create_only": sorted(prepared.create_only),
            "ends": prepared.ends_employment,
            "current": None if current is None else target_record(current),
            "mark": payload.mark,
            "fingerprint": payload.fingerprint.hex(),
        }
    )


def unseal(sealed: bytes) -> Payload:
    """Decrypt what ``seal`` made."""
    stored: Any = vault().open(sealed)
    prepared = Prepared(
        values=to_values(stored["values"]),
        external_id=stored["external_id"],
        warnings=tuple(Warn(code, message) for code, message in stored["warnings"]),
        create_only=frozenset(stored["create_only"]),
        ends_employment=stored["ends"],
    )
    current = None if stored["current"] is None else to_target_record(stored["current"])
    return Payload(prepared, current, stored["mark"], bytes.fromhex(stored["fingerprint"]))


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
    return {name: _packed(value) for name, value in plain.items()}


def to_values(stored: Mapping[str, Any]) -> dict[str, Value]:
    """Return the field values that JSON stands for."""
    return {name: _unpacked(value) for name, value in stored.items()}


def _packed(value: Value) -> Any:
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    return {"date": value.isoformat()} if isinstance(value, date) else value


def _unpacked(value: Any) -> Value:
    if not isinstance(value, dict):
        return value  # type: ignore[no-any-return]
    return Decimal(value["decimal"]) if "decimal" in value else date.fromisoformat(value["date"])
