"""Read an Excel workbook, row by row, without trusting what it says about its size."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from typing import Any

from openpyxl import load_workbook

from connectors.contract.errors import ConfigError
from connectors.files.reading.table import MOST_COLUMNS, MOST_ROWS, Row, Table, check_header, judged, trimmed

MAGIC = b"PK\x03\x04"
OLD_EXCEL = b"\xd0\xcf\x11\xe0"
# What a workbook holds when it is unpacked; a small file can claim a thousand times that.
MOST_UNPACKED = 100_000_000
MOST_PARTS = 1000
_PIECE = 1 << 16
# Rows without a value, after which nothing more is expected.
MOST_BLANK = 10_000


def read_workbook(name: str, content: bytes, *, sheet: str = "", header_line: int = 1) -> Table:
    """Return the rows of a sheet, by default the first. Raises ConfigError for what is no workbook or is too large."""
    _check_unpacked(name, content)
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        names = book.sheetnames
        if not names or (sheet and sheet not in names):
            raise ConfigError(f"{name} has no sheet {sheet}. It has: {', '.join(names[:10])}.")
        return _table(name, book[sheet or names[0]], sheet or names[0], header_line)
    except ConfigError:
        raise
    except Exception as error:  # a damaged workbook can raise anything
        raise ConfigError(
            f"{name} is damaged and cannot be read as an Excel workbook. Save it again as .xlsx or as CSV."
        ) from error


def _check_unpacked(name: str, content: bytes) -> None:
    """Unpack each part without keeping it. Raises ConfigError for too much of it."""
    total = 0
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            parts = packed.infolist()
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
                raise _too_large(name)
            for part in parts:
                with packed.open(part) as file:
                    while piece := file.read(_PIECE):
                        total += len(piece)
                        if total > MOST_UNPACKED:
                            raise _too_large(name)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise ConfigError(f"{name} is damaged or protected by a password. Save it again as .xlsx.") from error


def _too_large(name: str) -> ConfigError:
    return ConfigError(
        f"{name} unpacks to more than {MOST_UNPACKED // 1_000_000} MB, so nothing was read. Is it the right file?"
    )


def _table(name: str, sheet: Any, title: str, header_line: int) -> Table:
    read = _rows(name, sheet, header_line)
    line, first = next(read, (header_line, []))
    if not first:
        raise ConfigError(f"{name} is empty, so nothing was read. Send the file again.")
    header = trimmed(first)
    check_header(name, header, line)
    rows: list[Row] = []
    for number, values in read:
        whole = [*values, *[""] * (len(header) - len(values))]
        if (row := judged(number, whole, header, name)) is not None:
            rows.append(row)
        if len(rows) > MOST_ROWS:
            raise ConfigError(f"{name} has more than {MOST_ROWS:,} rows, so nothing was read.")
    return Table(header, rows, f"Excel, sheet {title}")


def _rows(name: str, sheet: Any, first: int) -> Iterator[tuple[int, Sequence[str]]]:
    blank = 0
    sheet.reset_dimensions()
    for line, cells in enumerate(sheet.iter_rows(min_row=first, values_only=True), first):
        values = [_text(cell) for cell in cells]
        while values and not values[-1]:
            values.pop()
        if len(values) > MOST_COLUMNS:
            raise ConfigError(
                f"{name} has more than {MOST_COLUMNS} columns, so nothing was read. Is it the right file?"
            )
        blank = 0 if values else blank + 1
        if blank > MOST_BLANK:
            return
        if values or line == first:
            yield line, values


def _text(value: Any) -> str:
    """Return a cell as a text: dates as 2024-07-01, whole numbers without a point."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time.min else value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
