"""JSON Lines for programs: one object for each row, with times that have their offset."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

import orjson

from core.exports.columns import Row, Table, TableRows
from core.reports.local_time import iso_time

MEDIA_TYPE = "application/x-ndjson"


def write(rows: TableRows) -> Iterator[bytes]:
    """Yield the file, piece by piece."""
    for chunk in rows.chunks:
        yield b"".join(
            orjson.dumps(json_object(rows.table, row, rows.zone), option=orjson.OPT_APPEND_NEWLINE)
            for row in chunk
        )


def json_object(table: Table, row: Row, zone: ZoneInfo) -> dict[str, object]:
    """Return a row by the names of its columns, with JSON's values; times are those of the account."""
    names = (column.name for column in table.columns)
    return {name: _json_value(value, zone) for name, value in zip(names, row, strict=True)}


def _json_value(value: object, zone: ZoneInfo) -> object:
    if isinstance(value, datetime):
        return iso_time(value, zone)
    return value.isoformat() if isinstance(value, date) else value
