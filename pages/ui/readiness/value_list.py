"""The source's values that the target has no value for, with the people behind each."""

from __future__ import annotations

import streamlit as st

from core.people import values
from core.people.values import UnmappedValue
from pages.ui.layout import tables
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.tables import Column

NAMES = 5
COLUMNS = (
    Column("Field"),
    Column("Value in the source", "A value about pay, or one that may identify a person, is not shown."),
    Column("Employees", number=True),
    Column("Who they are", wide=True),
    Column("What happens", wide=True),
)


def render(user: CurrentUser, connection_id: int) -> None:
    """Show the values; nothing where all of them have a counterpart."""
    found = values.unmapped(user.actor, connection_id)
    if not found:
        return
    st.subheader("Values without a counterpart", anchor=False)
    tables.render(COLUMNS, [_cells(each) for each in found])


def _cells(each: UnmappedValue) -> tuple[object, ...]:
    names = ", ".join(person.name for person in each.people[:NAMES])
    more = len(each.people) - NAMES
    happens = "The employee is not written." if each.stops else "The employee is written without this field."
    shown = "Not shown" if each.value is None else f"“{each.value}”"
    return each.label, shown, len(each.people), names + (f" and {more:,} more" if more > 0 else ""), happens
