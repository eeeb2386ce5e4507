"""Turn what has to be written into JSON that can be sealed, a parcel of people at a time, and back without loss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from connectors.contract import Prepared, TargetRecord, Warn
from core.secrets import vault
from core.sync.layouts import Layouts, dumps, record_of, values_of

NOTHING: frozenset[str] = frozenset()


class Payload(NamedTuple):
    """Everything the writing of one employee needs, also after a crash."""

    prepared: Prepared
    current: TargetRecord | None
    mark: str | None
    fingerprint: bytes


def seal(given: Mapping[int, Payload]) -> bytes:
    """Encrypt the payloads of some records, each under its position."""
    layouts = Layouts()
    people = [
        (
            position,
            *layouts.take(prepared.values),
            prepared.external_id,
            [(warning.code, warning.message) for warning in prepared.warnings] if prepared.warnings else (),
            list(prepared.create_only) if prepared.create_only else (),
            prepared.ends_employment,
            mark,
            fingerprint.hex(),
            None if current is None else layouts.take_record(current),
        )
        for position, (prepared, current, mark, fingerprint) in given.items()
    ]
    return vault().seal_one_of_many(dumps({"layouts": layouts.told(), "people": people}))


def unseal(sealed: bytes) -> dict[int, Payload]:
    """Decrypt what ``seal`` made."""
    stored: Any = vault().open(sealed)
    if isinstance(stored, list):
        stored = _as_now(stored)
    layouts, payloads = stored["layouts"], {}
    for position, number, row, external_id, warnings, create_only, ends, mark, fingerprint, current in stored["people"]:
        told = tuple([Warn(code, message) for code, message in warnings]) if warnings else ()
        values, only = values_of(layouts, number, row), frozenset(create_only) if create_only else NOTHING
        prepared = Prepared(values, external_id, (), told, only, ends)
        record = None if current is None else record_of(layouts, current)
        payloads[position] = Payload(prepared, record, mark, bytes.fromhex(fingerprint))
    return payloads


def _as_now(people: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """Return a parcel as it is told now: kept plans may hold some in which each person had the names of their fields."""
    layouts: list[Any] = []

    def take(values: Mapping[str, Any], types: Mapping[str, str]) -> tuple[int, list[Any]]:
        odd = [(place, types[name]) for place, name in enumerate(values) if name in types]
        layouts.append((list(values), odd))
        return len(layouts) - 1, list(values.values())

    def take_record(target_id: str, name: str, values: Mapping[str, Any], types: Mapping[str, str], number: str | None) -> Any:
        return target_id, name, *take(values, types), number

    return {
        "layouts": layouts,
        "people": [
            (position, *take(values, types), *rest, mark, fingerprint, None if current is None else take_record(*current))
            for position, values, types, *rest, current, mark, fingerprint in people
        ],
    }
