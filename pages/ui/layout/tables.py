"""Tables as HTML, with links, badges and right-aligned numbers; their links open in the same tab."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import NamedTuple

import streamlit as st

from core.reports import headings
from pages.ui.layout import help_mark


class Html(str):
    """Text that already is HTML; everything else in a table is escaped."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        """Return it for ``st.html``, which looks for indented lines in any other text; in a table that takes long."""
        return str(self)


class Column(NamedTuple):
    """A column: its heading, the meaning, and whether it holds numbers or long text."""

    label: str
    meaning: str = ""
    number: bool = False
    wide: bool = False


# The four counters of a run, in the words of iHUB's original description.
READ = Column(headings.READ, "Number of employees read from the source system.", number=True)
FILTERED = Column(
    headings.FILTERED,
    "Number of employees left out, for example because a mandatory field is missing.",
    number=True,
)
WRITTEN = Column(
    headings.WRITTEN,
    "Number of employees created, updated or terminated in the destination system.",
    number=True,
)
ERRORS = Column(
    headings.ERRORS,
    "Number of employees that could not be read, or could not be written to the destination system.",
    number=True,
)
UNCHANGED = Column(
    headings.UNCHANGED,
    "Number of employees that are the same in both systems, so there was nothing to write.",
    number=True,
)
HELD = Column(
    headings.HELD,
    "Number of employees not written because someone has to decide first. In a preview: those it would write.",
    number=True,
)
NEED_ACTION = Column(
    headings.NEED_ACTION,
    "Number of employees somebody has to do something about. They are listed under To fix.",
    number=True,
)


def render(
    columns: Sequence[Column],
    rows: Iterable[Sequence[object]],
    *,
    stacked: bool = False,
    dense: bool = False,
) -> None:
    """Show a table; cells are text, numbers or ``Html``. A ``stacked`` one has a block for each row on a phone.

    A ``dense`` one has many columns, which are closer to each other.
    """
    st.html(Html(table_html(columns, rows, stacked=stacked, dense=dense)))


def table_html(
    columns: Sequence[Column],
    rows: Iterable[Sequence[object]],
    *,
    stacked: bool = False,
    dense: bool = False,
) -> str:
    """Return the HTML of a table, as ``render`` shows it."""
    head = "".join(_heading_html(column, dense=dense) for column in columns)
    begins = [_cell_begin(column) for column in columns]
    body = "".join(f"<tr>{''.join(map(_table_cell, begins, row))}</tr>" for row in rows)
    css_class = f"hub-table{' hub-stacked' if stacked else ''}{' hub-dense' if dense else ''}"
    table = f'<table class="{css_class}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    # What scrolls has to be reached by the keyboard: by a link in it, or by itself.
    reached = "" if "<a " in body else ' tabindex="0" role="region" aria-label="Table"'
    return f'<div class="hub-scroll"{reached}>{table}</div>{_legend_html(columns) if stacked else ""}'


def _legend_html(columns: Sequence[Column]) -> str:
    """Return what the columns mean, for a phone, where a stacked table shows no headings."""
    meanings = [(escape(column.label), column.meaning) for column in columns if column.meaning]
    return help_mark.legend_html("What the lines mean", meanings, "hub-phone") if meanings else ""


def _heading_html(column: Column, *, dense: bool) -> str:
    # Many columns are narrow: the mark may stand below the heading.
    gap = " " if dense else "&nbsp;"
    mark = f"{gap}{help_mark.mark_html(column.label, column.meaning)}" if column.meaning else ""
    return f'<th scope="col"{_class_attribute(column)}>{escape(column.label)}{mark}</th>'


def _cell_begin(column: Column) -> str:
    return f'<td{_class_attribute(column)} data-label="{escape(column.label)}">'


def _table_cell(begin: str, value: object) -> str:
    return f"{begin}{cell_html(value)}</td>"


def _class_attribute(column: Column) -> str:
    css_class = "hub-number" if column.number else "hub-wide" if column.wide else ""
    return f' class="{css_class}"' if css_class else ""


def cell_html(value: object) -> str:
    """Return the HTML of a cell."""
    if isinstance(value, Html):
        return value
    if isinstance(value, int):
        return f"{value:,}"
    return escape(str(value)) if value not in (None, "") else "–"


def break_after_comma(text: str) -> Html:
    """Return the HTML of a cell with a time: in a narrow table, its date and its clock time take a line each."""
    parts = text.replace(", ", ",\n").split("\n")
    return Html(" ".join(f'<span class="hub-line">{cell_html(part)}</span>' for part in parts))
