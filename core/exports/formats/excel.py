"""Excel workbooks: numbers, real dates, and ids as text that keep their zeros. Nothing in them is a formula.

A workbook is made on disk, in a folder that only this user can read, before its first byte can be sent; its memory
stays that of a row. XlsxWriter is imported when one is made.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from core.errors import HubError, InvalidError
from core.exports.columns import VERSION, Column, ColumnType, Row, TableRows

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Excel's limits: rows of a sheet, characters of a cell.
MOST_ROWS, LONGEST_TEXT = 1_048_576, 32_767
PIECE = 256 * 1024
FORMATS = {
    ColumnType.TIME: {"num_format": "yyyy-mm-dd hh:mm:ss"},
    ColumnType.DAY: {"num_format": "yyyy-mm-dd"},
    ColumnType.ID: {"num_format": "@"},
}
WIDTHS = {ColumnType.NUMBER: 12, ColumnType.TIME: 19, ColumnType.DAY: 12, ColumnType.ID: 18}
DISK_FULL = (
    "The disk for temporary files does not take the workbook; it may be full. Choose CSV, JSON Lines or Parquet, "
    "which need none, or a shorter period."
)
OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "default_date_format": "yyyy-mm-dd",
}


class DiskFullError(HubError):
    """The workbook could not be made on disk."""


def write(rows: TableRows) -> Iterator[bytes]:
    """Yield the file once it is made, and nothing in between while it is.

    Raises InvalidError for too many rows, DiskFullError.
    """
    import xlsxwriter

    with TemporaryDirectory(prefix="ihub-") as folder:
        file = Path(folder) / "export.xlsx"
        workbook = xlsxwriter.Workbook(str(file), OPTIONS | {"tmpdir": folder})
        try:
            for _ in _fill(workbook, rows):
                yield b""
            workbook.close()
        except OSError as error:
            raise DiskFullError(DISK_FULL) from error
        with file.open("rb") as made:
            while piece := made.read(PIECE):
                yield piece


def _fill(workbook: Any, rows: TableRows) -> Iterator[None]:
    sheet, columns = workbook.add_worksheet(rows.table.title), _columns(rows)
    bold = workbook.add_format({"bold": True})
    formats = {kind: workbook.add_format(form) for kind, form in FORMATS.items()}
    for at, (column, _, _) in enumerate(columns):
        sheet.set_column(at, at, WIDTHS.get(column.type, 24))
    sheet.freeze_panes(1, 0)
    for at, (_, heading, _) in enumerate(columns):
        sheet.write_string(0, at, heading, bold)
    number = 0
    for chunk in rows.chunks:
        for row in chunk:
            number += 1
            if number >= MOST_ROWS:
                raise InvalidError(
                    f"Excel takes at most {MOST_ROWS - 1:,} rows in a sheet, and there are more. "
                    "Choose a shorter period, or another format."
                )
            _write_row(sheet, number, row, columns, formats)
        yield
    sheet.autofilter(0, 0, number, len(columns) - 1)
    _describe(workbook, rows, number, bold)


def _columns(rows: TableRows) -> list[tuple[Column, str, Any]]:
    """Return each column with heading and zone; a time has two: the account's, and UTC, in which no hour is twice."""
    found: list[tuple[Column, str, Any]] = []
    for column in rows.table.columns:
        found.append((column, column.heading, rows.zone))
        if column.type is ColumnType.TIME:
            found.append((column, f"{column.heading} (UTC)", UTC))
    return found


def _write_row(
    sheet: Any, number: int, row: Row, columns: list[tuple[Column, str, Any]], formats: dict[ColumnType, Any]
) -> None:
    values = iter(row)
    value: Any = None
    last: Column | None = None
    for at, (column, _, zone) in enumerate(columns):
        value = value if column is last else next(values)
        last = column
        if value is None or value == "":
            continue
        if isinstance(value, datetime):
            sheet.write_datetime(
                number, at, value.astimezone(zone).replace(tzinfo=None), formats[column.type]
            )
        elif column.type is ColumnType.DAY:
            sheet.write_datetime(number, at, value, formats[column.type])
        elif column.type is ColumnType.NUMBER:
            sheet.write_number(number, at, value)
        elif column.type is ColumnType.YES_NO:
            sheet.write_boolean(number, at, value)
        else:
            sheet.write_string(number, at, str(value)[:LONGEST_TEXT], formats.get(column.type))


def _describe(workbook: Any, rows: TableRows, number: int, bold: Any) -> None:
    """Add a sheet that says what the rows are, and what each column means."""
    sheet = workbook.add_worksheet("About")
    sheet.set_column(0, 1, 28)
    sheet.set_column(2, 2, 90)
    made = rows.made_at.astimezone(rows.zone)
    facts = (
        ("What", rows.title),
        ("Rows", f"{number:,}, each {rows.table.row}"),
        ("Made", f"{made.isoformat(timespec='seconds')} ({rows.zone.key})"),
        ("Data set", f"{rows.table.name}, version {VERSION}"),
    )
    for line, (label, text) in enumerate(facts):
        sheet.write_string(line, 0, label, bold)
        sheet.write_string(line, 1, text)
    for line, column in enumerate(rows.table.columns, len(facts) + 1):
        sheet.write_string(line, 0, column.heading)
        sheet.write_string(line, 1, column.type.value)
        sheet.write_string(line, 2, column.meaning)
