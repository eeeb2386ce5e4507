"""What a table of the data set has: its columns, each with a type, a meaning and a class."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
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


@dataclass(frozen=True, slots=True)
class TableRows:
    """The rows of a table that match, read while they are taken.

    ``chunks`` may be empty in between, where nothing of what was read matches. ``zone`` is the account's time zone,
    ``title`` says what they are, and ``made_at`` when they were asked for.
    """

    table: Table
    chunks: Iterator[list[Row]]
    zone: ZoneInfo
    title: str
    made_at: datetime
