"""The rows of a file with the names of its columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from connectors.contract.errors import ConfigError

MOST_COLUMNS = 1000
MOST_ROWS = 500_000


class Row(NamedTuple):
    """One row: the number of its line in the file, and its values; ``fault`` says why it cannot be used."""

    line: int
    values: Sequence[str]
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A file as it was read. ``form`` says how it was recognised, such as *CSV, UTF-8, separated by semicolons*."""

    header: Sequence[str]
    rows: Sequence[Row]
    form: str


def check_header(name: str, header: Sequence[str], line: int) -> None:
    """Raise ConfigError when a line cannot be that of the headings."""
    advice = "Enter the number of the line with the headings under Line of the headings."
    if len(header) > MOST_COLUMNS:
        raise ConfigError(
            f"{name} has more than {MOST_COLUMNS} columns, so nothing was read. Is it the right file?"
        )
    if not any(header):
        raise ConfigError(f"Line {line} of {name} has no headings. {advice}")
    blank = [str(number) for number, heading in enumerate(header, 1) if not heading]
    if blank:
        raise ConfigError(f"Line {line} of {name} has no heading for column {', '.join(blank[:5])}. {advice}")
    seen: set[str] = set()
    for heading in header:
        if heading.casefold() in seen:
            raise ConfigError(f"{name} has the heading {heading[:60]} twice. Rename one of the columns.")
        seen.add(heading.casefold())


def trimmed(cells: Sequence[str]) -> list[str]:
    """Return headings without blanks around them, and without the empty columns at the end."""
    names = [" ".join(cell.split()) for cell in cells]
    while names and not names[-1]:
        names.pop()
    return names


def judged(line: int, values: Sequence[str], header: Sequence[str], name: str) -> Row | None:
    """Return a row, with what is wrong in it; None for an empty one."""
    values = [value.strip() for value in values]
    if not any(values):
        return None
    extra = [value for value in values[len(header) :] if value]
    if len(values) < len(header) or extra:
        count = len(values) if len(values) < len(header) else len(header) + len(extra)
        return Row(
            line,
            values,
            f"Line {line} of {name} has {count} values and the headings are {len(header)}. Correct the line there.",
        )
    if [value.casefold() for value in values[: len(header)]] == [heading.casefold() for heading in header]:
        return Row(line, values, f"Line {line} of {name} has the headings again. Remove the line.")
    return Row(line, values[: len(header)])
