"""Encode the values of many records as JSON, with the names and types of their fields only once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import orjson

from connectors.contract.fields import Value
from connectors.contract.records import TargetRecord

# Types of values that JSON keeps.
PLAIN = frozenset({str, bool, int, type(None)})

# The names of the fields of a record, and the types of their values.
Layout = tuple[tuple[str, ...], tuple[type, ...]]


class RecordCodec:
    """Separates the values of records from their layouts, and collects the layouts."""

    def __init__(self) -> None:
        self._numbers: dict[Layout, int] = {}
        self._last: tuple[Layout | None, int] = (None, 0)

    def encode(self, values: Mapping[str, Value]) -> tuple[int, Sequence[Value]]:
        """Return the number of a record's layout, and its values."""
        row = tuple(values.values())
        layout = (tuple(values), tuple(map(type, row)))
        last, number = self._last
        if layout != last:  # usually it is the layout of the record before
            number = self._numbers.setdefault(layout, len(self._numbers))
            self._last = (layout, number)
        return number, row

    def encode_record(self, record: TargetRecord) -> tuple[Any, ...]:
        """Return a target's record with the number of its layout."""
        return record.target_id, record.name, *self.encode(record.values), record.external_id

    def layouts(self) -> list[Any]:
        """Return the layouts by their number: names, and the index and type of each value that JSON does not keep."""
        return [
            (names, [(index, _type_name(kind)) for index, kind in enumerate(kinds) if kind not in PLAIN])
            for names, kinds in self._numbers
        ]


def dumps(value: object) -> bytes:
    """Return JSON. Raises TypeError for what is not the value of a field."""
    return orjson.dumps(value, default=_text)


def _type_name(kind: type) -> str:
    if issubclass(kind, Decimal):
        return "decimal"
    if issubclass(kind, date):
        return "date"
    raise TypeError(f"A {kind.__name__} is no value of a field.")


def _text(value: Any) -> str:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"A {type(value).__name__} is no value of a field.")


def decode(layouts: Sequence[Any], number: int, row: list[Any]) -> dict[str, Value]:
    """Return the values that were encoded, from what JSON made of them."""
    names, converted = layouts[number]
    for index, kind in converted:
        row[index] = date.fromisoformat(row[index]) if kind == "date" else Decimal(row[index])
    return dict(zip(names, row))  # noqa: B905 - the lengths are equal, and checking takes a tenth of the time


def decode_record(layouts: Sequence[Any], encoded: Sequence[Any]) -> TargetRecord:
    """Return the target's record that was encoded, from what JSON made of it."""
    target_id, name, number, row, external_id = encoded
    return TargetRecord(target_id, name, decode(layouts, number, row), external_id)
