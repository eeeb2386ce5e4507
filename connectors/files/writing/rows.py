"""Make the content of a file from rows: CSV or Excel, in which nothing is a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from xlsxwriter import Workbook

from connectors.files.reading.separated import SEPARATORS
from connectors.files.settings import EXCEL
from connectors.files.writing.ledger import Values

# Spreadsheets take a text that begins so for a formula; numbers and phone numbers are none.
_FORMULA = re.compile(r"[=+\-@\t\r\n|%]")
_NUMBER = re.compile(r"[+-]?[\d\s().]*")


def defuse(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula: with a ' before it where it could be one."""
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def cell(value: Any) -> str:
    """Return a value as a file has it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return defuse(str(value))


def render(columns: Mapping[str, str], rows: Iterable[Values], form: str, separator: str) -> bytes:
    """Return a file with the headings, by the name of the column, and a line for each row."""
    headings = [defuse(heading) for heading in columns.values()]
    lines = ([cell(row.get(column)) for column in columns] for row in rows)
    return _excel(headings, lines) if form == EXCEL else _separated(headings, lines, separator)


def _separated(columns: Sequence[str], lines: Iterable[Sequence[str]], separator: str) -> bytes:
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=SEPARATORS[separator], lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(lines)
    return written.getvalue().encode("utf-8-sig")


def _excel(columns: Sequence[str], lines: Iterable[Sequence[str]]) -> bytes:
    written = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with Workbook(written, options) as book:
        sheet = book.add_worksheet("Employees")
        for number, line in enumerate([columns, *lines]):
            for position, text in enumerate(line):
                sheet.write_string(number, position, text)
    return written.getvalue()
