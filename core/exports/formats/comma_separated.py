"""CSV for spreadsheets: UTF-8 with its mark, times with their offset, no cell that is a formula."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from core.exports.columns import ColumnType, TableRows
from core.reports.exports import csv_text
from core.reports.local_time import iso_time

MEDIA_TYPE = "text/csv; charset=utf-8"


def write(rows: TableRows) -> Iterator[bytes]:
    """Yield the file, piece by piece."""
    columns = rows.table.columns
    times = [at for at, column in enumerate(columns) if column.type is ColumnType.TIME]
    yes_no = [at for at, column in enumerate(columns) if column.type is ColumnType.YES_NO]

    @lru_cache(maxsize=64)  # all employees of a run have the same time
    def written(moment: Any) -> str:
        return iso_time(moment, rows.zone)

    def cells() -> Iterator[list[object]]:
        for chunk in rows.chunks:
            for row in chunk:
                line = list(row)
                for at in times:
                    line[at] = written(line[at])
                for at in yes_no:
                    line[at] = {True: "yes", False: "no"}.get(line[at])  # type: ignore[call-overload]
                yield line

    for text in csv_text([column.heading for column in columns], cells()):
        yield text.encode()
