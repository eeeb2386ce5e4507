"""Parquet for analysis: typed columns, written a row group at a time so that memory stays small.

pyarrow is imported when a file is written: it takes 30 MB and most of a second.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from core.exports.columns import VERSION, Column, ColumnType, Row, Table, TableRows

MEDIA_TYPE = "application/vnd.apache.parquet"
ROW_GROUP = 20_000


class _Pipe(io.RawIOBase):
    """What has been written and not taken yet; Parquet is written from front to end."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._position = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        part = bytes(data)
        self._parts.append(part)
        self._position += len(part)
        return len(part)

    def tell(self) -> int:
        return self._position

    def take(self) -> bytes:
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken


def write(rows: TableRows) -> Iterator[bytes]:
    """Yield the file, piece by piece."""
    import pyarrow as pa
    from pyarrow import parquet

    pipe, schema = _Pipe(), _schema(pa, rows)
    writer = parquet.ParquetWriter(pipe, schema, compression="zstd")
    group: list[Row] = []
    for chunk in rows.chunks:
        group += chunk
        if len(group) >= ROW_GROUP:
            writer.write_table(_arrow_table(pa, schema, group))
            group = []
        yield pipe.take()
    if group:
        writer.write_table(_arrow_table(pa, schema, group))
    writer.close()
    yield pipe.take()


def _schema(pa: Any, rows: TableRows) -> Any:
    types = {
        ColumnType.NUMBER: pa.int64(),
        ColumnType.TEXT: pa.string(),
        ColumnType.ID: pa.string(),
        ColumnType.TIME: pa.timestamp("us", tz="UTC"),
        ColumnType.DAY: pa.date32(),
        ColumnType.YES_NO: pa.bool_(),
    }
    fields = [
        pa.field(column.name, types[column.type], metadata=_column_metadata(column))
        for column in rows.table.columns
    ]
    return pa.schema(fields, metadata=_table_metadata(rows.table, rows.title))


def _column_metadata(column: Column) -> dict[str, str]:
    return {"heading": column.heading, "meaning": column.meaning, "class": column.data_class.value}


def _table_metadata(table: Table, title: str) -> dict[str, str]:
    return {"ihub.table": table.name, "ihub.version": str(VERSION), "ihub.title": title}


def _arrow_table(pa: Any, schema: Any, group: list[Row]) -> Any:
    arrays = [
        pa.array(values, field.type) for values, field in zip(zip(*group, strict=True), schema, strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=schema)
