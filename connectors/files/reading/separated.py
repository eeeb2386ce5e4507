"""Read a file of separated values: recognise its encoding and its separator."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from connectors.contract.errors import ConfigError, TemporaryError
from connectors.files.reading.table import MOST_COLUMNS, MOST_ROWS, Row, Table, check_header, judged, trimmed

SEPARATORS = {"Comma": ",", "Semicolon": ";", "Tab": "\t", "Bar": "|"}
ENCODINGS = {"UTF-8": "utf-8-sig", "Windows-1252": "cp1252", "UTF-16": "utf-16"}
RECOGNISE = "Recognise"
# A line is no longer, so that a file without line breaks is no burden.
MOST_CHARACTERS = 1_000_000
MARKS = {b"\xef\xbb\xbf": "UTF-8", b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


def read_separated(
    name: str, content: bytes, *, encoding: str = RECOGNISE, separator: str = RECOGNISE, header_line: int = 1
) -> Table:
    """Return the rows of a file. Raises ConfigError for one that is none, TemporaryError for one that is cut."""
    encoding, text = _decode(name, content, encoding)
    lines = io.StringIO(text, newline="")
    start = _skip(lines, header_line - 1)
    head = lines.readline(MOST_CHARACTERS)
    if len(head) >= MOST_CHARACTERS:
        raise ConfigError(
            f"{name} has more than {MOST_COLUMNS} columns or no line breaks, so nothing was read. Is it the "
            "right file?"
        )
    if not text.strip():
        raise ConfigError(f"{name} is empty, so nothing was read. Send the file again.")
    separator = _separator(head) if separator == RECOGNISE else separator
    lines.seek(start)
    read = _rows(lines, separator, header_line)
    _, first = next(read, (header_line, []))
    header = trimmed(first)
    check_header(name, header, header_line)
    rows = _judge(name, read, header)
    if rows and not text.endswith(("\n", "\r")) and len(rows[-1].values) < len(header):
        raise TemporaryError(
            f"{name} ends in the middle of line {rows[-1].line}, so nothing was read. Send the file again."
        )
    return Table(header, rows, f"CSV, {encoding}, separated by {separator.lower()}")


def _judge(name: str, read: Iterator[tuple[int, Sequence[str]]], header: Sequence[str]) -> list[Row]:
    rows: list[Row] = []
    try:
        for line, values in read:
            row = judged(line, values, header, name)
            if row is not None:
                rows.append(row)
            if len(rows) > MOST_ROWS:
                raise ConfigError(f"{name} has more than {MOST_ROWS:,} rows, so nothing was read.")
    except csv.Error as error:
        raise ConfigError(f"{name} cannot be read as separated values: {error}.") from None
    return rows


def _decode(name: str, content: bytes, encoding: str) -> tuple[str, str]:
    """Return the encoding and the text of a file."""
    if encoding == RECOGNISE:
        marked = next((found for mark, found in MARKS.items() if content.startswith(mark)), None)
        tried = [marked] if marked else ["UTF-8", "Windows-1252"]
    else:
        tried = [encoding]
    for each in tried:
        try:
            text = content.decode(ENCODINGS[each])
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return each, text
    raise ConfigError(
        f"{name} is no text in {' or '.join(tried)}, so nothing was read. Save it as CSV in UTF-8, or choose its "
        "encoding."
    )


def _skip(lines: io.StringIO, number: int) -> int:
    for _ in range(number):
        lines.readline(MOST_CHARACTERS)
    return lines.tell()


def _separator(head: str) -> str:
    counts = {word: len(next(csv.reader([head], delimiter=sign), [])) for word, sign in SEPARATORS.items()}
    return max(counts, key=lambda word: counts[word])


def _rows(lines: io.StringIO, separator: str, first: int) -> Iterator[tuple[int, Sequence[str]]]:
    """Yield each row with the number of the line it begins in."""
    reader = csv.reader(lines, delimiter=SEPARATORS[separator])
    begins = first
    for values in reader:
        yield begins, values
        begins = first + reader.line_num
