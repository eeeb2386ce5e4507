"""Put the values of many records into JSON: the names and types of their fields once for all records that have the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import orjson

from connectors.contract.fields import Value
from connectors.contract.records import TargetRecord

# The types of values that are the same in JSON.
PLAIN = frozenset({str, bool, int, type(None)})


Layout = tuple[tuple[str, ...], tuple[type, ...]]


class RecordCodec:
    """Collects the layouts of records: which fields they have, and which of those are a date or a number with decimals."""

    def __init__(self) -> None:
        """Begin with none."""
        self._numbers: dict[Layout, int] = {}
        self._last: tuple[Layout | None, int] = (None, 0)

    def take(self, values: Mapping[str, Value]) -> tuple[int, Sequence[Value]]:
        """Return the number of a record's layout, and its values alone."""
        row = tuple(values.values())
        layout = (tuple(values), tuple(map(type, row)))
        last, number = self._last
        if layout != last:  # most often it is that of the record before
            number = self._numbers.setdefault(layout, len(self._numbers))
            self._last = (layout, number)
        return number, row

    def take_record(self, record: TargetRecord) -> tuple[Any, ...]:
        """Return a target's record with the number of its layout."""
        return record.target_id, record.name, *self.take(record.values), record.external_id

    def told(self) -> list[Any]:
        """Return the layouts, by their number."""
        return [
            (names, [(place, _word(kind)) for place, kind in enumerate(kinds) if kind not in PLAIN])
            for names, kinds in self._numbers
        ]


def dumps(told: object) -> bytes:
    """Return JSON; what layouts note goes in as text. Raises TypeError for what is no value of a field."""
    return orjson.dumps(told, default=_plain)


def _word(kind: type) -> str:
    if issubclass(kind, Decimal):
        return "decimal"
    if issubclass(kind, date):
        return "date"
    raise TypeError(f"A {kind.__name__} is no value of a field.")


def _plain(value: Any) -> str:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"A {type(value).__name__} is no value of a field.")


def values_of(layouts: Sequence[Any], number: int, row: list[Any]) -> dict[str, Value]:
    """Return the values that were taken, from what JSON made of them."""
    names, odd = layouts[number]
    for place, word in odd:
        row[place] = date.fromisoformat(row[place]) if word == "date" else Decimal(row[place])
    return dict(zip(names, row))  # noqa: B905 - they are as many, and looking takes a tenth of the time


def record_of(layouts: Sequence[Any], told: Sequence[Any]) -> TargetRecord:
    """Return a target's record that was taken, from what JSON made of it."""
    target_id, name, number, row, external_id = told
    return TargetRecord(target_id, name, values_of(layouts, number, row), external_id)
