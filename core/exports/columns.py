"""What a table of the data set has: its columns, each with a type, a meaning and a class."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias
from zoneinfo import ZoneInfo

# The version of the data set. A column is only ever added; renaming or removing one needs a new version.
VERSION = 1
# A value of a row, in the order of the columns. Moments are aware UTC times.
Row = Sequence[object]


class ColumnType(StrEnum):
    """The type of a column, as docs/data.md names it."""

    NUMBER = "whole number"
    TEXT = "text"
    # Text that looks like a number at times: its zeros, signs and length matter.
    ID = "id (text)"
    TIME = "time"
    DAY = "day"
    YES_NO = "yes or no"


class DataClass(StrEnum):
    """How a column has to be looked after. Pay, tax, bank, super and birth values are in no column."""

    # About the integration.
    OPERATIONAL = "operational"
    # About an employee.
    PERSONAL = "personal"


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``name`` is for programs (API, JSON Lines, Parquet), ``heading`` for people (CSV, Excel)."""

    name: str
    heading: str
    type: ColumnType
    meaning: str
    data_class: DataClass = DataClass.OPERATIONAL


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the data set: what a row is, and its columns."""

    name: str
    title: str
    row: str
    columns: tuple[Column, ...]


@dataclass(slots=True)
class Shared:
    """Cells that many rows have in common; ``text`` is what a format has made of them, once it has.

    They stand in two places: ``middle`` after a row's own cells at the beginning, ``end`` before its last one.
    """

    middle: Row
    end: Row
    text: tuple[str, str] | None = None


# A row as its own cells and those it shares with others, in the order of the columns: name, source id, target id, what
# it shares, employee number and position. A plain tuple, because there are millions of them.
SplitRow: TypeAlias = tuple[str, str, "str | None", Shared, "str | None", int]


def whole(row: SplitRow) -> Row:
    """Return a row as all tables have it."""
    name, source_id, target_id, shared, number, position = row
    return (name, source_id, target_id, *shared.middle, number, *shared.end, position)


@dataclass(frozen=True, slots=True)
class TableRows:
    """The rows of a table that match, read while they are taken.

    ``chunks`` may be empty in between, where nothing of what was read matches. ``zone`` is the account's time zone,
    ``title`` says what they are, and ``made_at`` when they were asked for. ``split``: the rows are those of `SplitRow`.
    """

    table: Table
    chunks: Iterator[list[Row]]
    zone: ZoneInfo
    title: str
    made_at: datetime
    split: bool = False
