"""Turn what has to be written into JSON that can be sealed, a parcel of people at a time, and back without loss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import orjson

from connectors.contract import Prepared, TargetRecord, Value, Warn
from core.secrets import vault


class Payload(NamedTuple):
    """Everything the writing of one employee needs, also after a crash."""

    prepared: Prepared
    current: TargetRecord | None
    mark: str | None
    fingerprint: bytes


def seal(given: Mapping[int, Payload]) -> bytes:
    """Encrypt the payloads of some records, each under its position."""
    return vault().seal_one_of_many(dumps([(position, *_told(payload)) for position, payload in given.items()]))


def _told(payload: Payload) -> tuple[Any, ...]:
    prepared, current = payload.prepared, payload.current
    return (
        prepared.values,
        types_of(prepared.values),
        prepared.external_id,
        [(warning.code, warning.message) for warning in prepared.warnings],
        list(prepared.create_only),
        prepared.ends_employment,
        None if current is None else target_record(current),
        payload.mark,
        payload.fingerprint.hex(),
    )


def unseal(sealed: bytes) -> dict[int, Payload]:
    """Decrypt what ``seal`` made."""
    stored: Any = vault().open(sealed)
    return {position: _payload(told) for position, *told in stored}


def _payload(stored: Sequence[Any]) -> Payload:
    told, types, external_id, warnings, create_only, ends, current, mark, fingerprint = stored
    told_warnings = tuple(Warn(code, message) for code, message in warnings) if warnings else ()
    prepared = Prepared(typed(told, types), external_id, (), told_warnings, frozenset(create_only), ends)
    return Payload(prepared, None if current is None else to_target_record(current), mark, bytes.fromhex(fingerprint))


def target_record(record: TargetRecord) -> tuple[Any, ...]:
    """Return a target's record as what ``dumps`` makes JSON of."""
    return record.target_id, record.name, record.values, types_of(record.values), record.external_id


def dumps(told: object) -> bytes:
    """Return JSON; what `types_of` notes goes in as text."""
    return orjson.dumps(told, default=_plain)


def to_target_record(stored: Sequence[Any]) -> TargetRecord:
    """Return the target's record that JSON values stand for."""
    target_id, name, values, types, external_id = stored
    return TargetRecord(target_id, name, typed(values, types), external_id)


PLAIN = frozenset({str, bool, int, type(None)})
"""The types of values that are the same in JSON."""


def types_of(values: Mapping[str, Value]) -> dict[str, str]:
    """Return which values are a date or a number with decimals, as JSON has neither."""
    return {name: _type(value) for name, value in values.items() if type(value) not in PLAIN}


def _type(value: Value) -> str:
    if isinstance(value, Decimal):
        return "decimal"
    if isinstance(value, date):
        return "date"
    raise TypeError(f"A {type(value).__name__} is no value of a field.")


def _plain(value: Any) -> str:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"A {type(value).__name__} is no value of a field.")


def typed(values: dict[str, Any], types: Mapping[str, str]) -> dict[str, Value]:
    """Return the field values that JSON stands for."""
    for name, kind in types.items():
        values[name] = Decimal(values[name]) if kind == "decimal" else date.fromisoformat(values[name])
    return values
