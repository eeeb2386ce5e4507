"""Tables with links, badges and numbers on the right, as HTML: their links stay in the same tab."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import NamedTuple

import streamlit as st


class Html(str):
    """Text that is HTML already; everything else in a table is escaped."""

    __slots__ = ()


class Column(NamedTuple):
    """A column's heading, what it means, and whether it holds numbers or long text."""

    label: str
    meaning: str = ""
    number: bool = False
    wide: bool = False


READ = Column("Records Read", "How many employees were read from the source system.", number=True)
FILTERED = Column(
    "Records Filtered",
    "How many employees were left out on purpose, for example because a field that payroll needs is missing.",
    number=True,
)
WRITTEN = Column(
    "Records Written",
    "How many employees were created, updated or terminated in the target system.",
    number=True,
)
ERRORS = Column(
    "Records Errors",
    "How many employees the target system did not take, or that could not be read.",
    number=True,
)


def render(columns: Sequence[Column], rows: Iterable[Sequence[object]]) -> None:
    """Draw a table; cells are text, numbers or ``Html``."""
    head = "".join(_heading(column) for column in columns)
    body = "".join(f"<tr>{''.join(map(_cell, columns, row))}</tr>" for row in rows)
    st.html(
        f'<div class="hub-scroll"><table class="hub-table"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def _heading(column: Column) -> str:
    help_mark = (
        f'&nbsp;<span class="hub-help" title="{escape(column.meaning)}">?</span>' if column.meaning else ""
    )
    return f'<th scope="col"{_look(column)}>{escape(column.label)}{help_mark}</th>'


def _cell(column: Column, value: object) -> str:
    return f"<td{_look(column)}>{cell_html(value)}</td>"


def _look(column: Column) -> str:
    look = "hub-number" if column.number else "hub-wide" if column.wide else ""
    return f' class="{look}"' if look else ""


def cell_html(value: object) -> str:
    """Return a cell as HTML."""
    if isinstance(value, Html):
        return value
    if isinstance(value, int):
        return f"{value:,}"
    return escape(str(value)) if value not in (None, "") else "–"
