"""CSV for spreadsheets: UTF-8 with its mark, times with their offset, no cell that is a formula.

Cells that many rows share are put into text once, because text takes most of the time of an export.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, cast
from zoneinfo import ZoneInfo

from core.exports.columns import Column, ColumnType, Row, SplitRow, TableRows
from core.reports.exports import BOM, csv_text, escape_formula
from core.reports.local_time import iso_time

MEDIA_TYPE = "text/csv; charset=utf-8"
# How many cells of its own a row begins with.
OWN_CELLS = 3
# Stands before each cell while many are looked through at once. Where one of the others is in that text, or what cannot
# be printed, some cell may need quotes, or be a formula.
MARK = "¦"
SUSPECT = (*'",=+@＝＋－＠', f"{MARK}-", f"{MARK} ")
SPECIAL = ('"', ",", "\r", "\n")


def write(rows: TableRows) -> Iterator[bytes]:
    """Yield the file, piece by piece."""
    columns = rows.table.columns
    if rows.split:
        # Part of the first piece, so that what goes wrong before it can still be said.
        heading = BOM + _line([column.heading for column in columns]) + "\r\n"
        lines = _SplitLines(columns, rows.zone)
        for chunk in rows.chunks:
            yield (heading + lines.text(cast("list[SplitRow]", chunk))).encode()
            heading = ""
        yield heading.encode()
        return
    cells = _Cells(columns, rows.zone)
    lists = (cells.as_text(row) for chunk in rows.chunks for row in chunk)
    for text in csv_text([column.heading for column in columns], lists):
        yield text.encode()


class _Cells:
    """Puts values of some columns into words."""

    def __init__(self, columns: Sequence[Column], zone: ZoneInfo) -> None:
        self._times = [at for at, column in enumerate(columns) if column.type is ColumnType.TIME]
        self._yes_no = [at for at, column in enumerate(columns) if column.type is ColumnType.YES_NO]

        @lru_cache(maxsize=64)  # all employees of a run have the same time
        def written(moment: Any) -> str:
            return iso_time(moment, zone)

        self._written = written

    def as_text(self, row: Row) -> list[object]:
        """Return a row's values with moments as text, and yes or no."""
        line = list(row)
        for at in self._times:
            line[at] = self._written(line[at])
        for at in self._yes_no:
            line[at] = {True: "yes", False: "no"}.get(line[at])  # type: ignore[call-overload]
        return line


class _SplitLines:
    """Makes lines of rows that share most of their cells."""

    def __init__(self, columns: Sequence[Column], zone: ZoneInfo) -> None:
        self._cells = _Cells(columns, zone)

    def text(self, chunk: Sequence[SplitRow]) -> str:
        """Return the lines of some rows."""
        if _is_suspect(chunk):
            return "".join(
                f"{_cell(name)},{_cell(source_id)},{_cell(target_id)},{middle},{_cell(number)},{end},{position}\r\n"
                for name, source_id, target_id, shared, number, position in chunk
                for middle, end in (shared.text or self._shared(shared),)
            )
        return "".join(
            [
                f"{name},{source_id},{target_id or ''},{middle},{number or ''},{end},{position}\r\n"
                for name, source_id, target_id, shared, number, position in chunk
                for middle, end in (shared.text or self._shared(shared),)
            ]
        )

    def _shared(self, shared: Any) -> tuple[str, str]:
        cells = self._cells.as_text((None,) * OWN_CELLS + (*shared.middle, None, *shared.end, None))
        number = OWN_CELLS + len(shared.middle)
        shared.text = _line(cells[OWN_CELLS:number]), _line(cells[number + 1 : -1])
        return cast("tuple[str, str]", shared.text)


def _is_suspect(chunk: Sequence[SplitRow]) -> bool:
    """Say whether a cell of its own of some row needs quotes, or may be a formula; all are looked through at once."""
    own = [f"{MARK}{row[0]}{MARK}{row[1]}{MARK}{row[2]}{MARK}{row[4]}" for row in chunk]
    text = "".join(own)
    return not text.isprintable() or any(each in text for each in SUSPECT)


def _cell(value: object) -> str:
    """Return a cell as CSV has it."""
    text = str(escape_formula(value))
    return f'"{text.replace(chr(34), chr(34) * 2)}"' if any(each in text for each in SPECIAL) else text


def _line(cells: Sequence[object]) -> str:
    """Return some cells as CSV, without the end of the line."""
    buffer = io.StringIO()
    csv.writer(buffer).writerow([escape_formula(cell) for cell in cells])
    return buffer.getvalue().removesuffix("\r\n")
