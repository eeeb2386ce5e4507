"""One row of a condition: a field, what is asked of it, and the value."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

import streamlit as st

from connectors.mapping.base import Kind
from connectors.rest.employee_places import EmployeePlaces
from connectors.values.code_words import value_words
from core.people import listing
from core.scope_editor import rows
from core.scope_editor.current import ScopeView
from core.scope_editor.rows import BRANCH, Row
from pages.ui.layout.current_user import CurrentUser

# A picker with more names than this is too slow to search.
MOST_NAMES = 5000


@dataclass(frozen=True, slots=True)
class Choices:
    """What can be picked in a row: the label of each field, and the values of fields with their labels."""

    fields: Mapping[str, str]
    values: Mapping[str, Mapping[str, str]]
    has_tree: bool
    places: EmployeePlaces
    # Only a scope can ask about today, and for the branches below another.
    for_scope: bool = True

    @property
    def offers_below(self) -> bool:
        """Return whether the branches below one can be asked for."""
        return self.has_tree and self.for_scope

    def operators(self, field: str) -> list[str]:
        """Return what can be asked of a field."""
        return rows.operators(field, self.places, for_scope=self.for_scope)


def choices(user: CurrentUser, view: ScopeView, *, for_scope: bool = True) -> Choices:
    """Return what can be picked for a connection: the values that its employees have."""
    counts = listing.count_people(user.actor, view.connection_id)
    listed = {
        "status": counts.by_status,
        "employment_type": counts.by_employment_type,
        BRANCH: counts.by_branch,
    }
    values = {
        field: {
            word: f"{value_words(field, word)} ({number})"
            for word, number in by_word.items()
            if word != listing.NO_VALUE
        }
        for field, by_word in listed.items()
    }
    if view.branches is not None:
        values[BRANCH] = {branch.id: branch.path for branch in view.branches.branches}
    return Choices(rows.fields(view.places), values, view.branches is not None, view.places, for_scope)


def render(uid: str, row: Row, offered: Choices) -> tuple[Row, bool]:
    """Show a row; return what is entered in it, and whether it is to be removed."""
    field_column, operator_column, remove = st.columns([4, 4, 2], vertical_alignment="bottom")
    names = list(offered.fields) + ([row.field] if row.field not in offered.fields else [])
    field = field_column.selectbox(
        "Field",
        names,
        names.index(row.field),
        format_func=lambda name: offered.fields.get(name, name),
        key=f"field {uid}",
    )
    if field != row.field:
        row = Row(field, offered.operators(field)[0], or_blank=field == "status")
    operators = offered.operators(field)
    if row.operator not in operators:
        operators.append(row.operator)
    operator = operator_column.selectbox(
        "Is",
        operators,
        operators.index(row.operator),
        format_func=rows.WORDS.__getitem__,
        key=f"operator {uid} {field}",
        label_visibility="hidden",
    )
    if operator != row.operator:
        row = replace(row, operator=operator, value=None)
    is_removed = remove.button("Remove", key=f"remove {uid}")
    return _ask_value(f"{uid} {field} {operator}", row, offered), is_removed


def _ask_value(key: str, row: Row, offered: Choices) -> Row:
    if row.operator in {"there", "empty"}:
        return row
    ask = _asking(row.operator, offered.places.kind(row.field))
    if ask is not None:
        return replace(row, value=ask(key, row.value))
    values = offered.values.get(row.field, {})
    chosen = [str(word) for word in row.value or ()]
    picked = st.multiselect(
        "Values",
        list(dict.fromkeys((*values, *chosen))),
        chosen,
        format_func=lambda word: values.get(word) or value_words(row.field, word),
        accept_new_options=True,
        key=f"value {key}",
        label_visibility="collapsed",
    )
    row = replace(row, value=list(picked))
    if row.field == BRANCH and offered.offers_below:
        return replace(row, below=st.checkbox("with the branches below", row.below, key=f"below {key}"))
    if row.operator == "is" and row.field == "status":
        return replace(row, or_blank=st.checkbox("or without a status", row.or_blank, key=f"blank {key}"))
    return row


def _asking(operator: str, kind: Kind | None) -> Callable[[str, Any], Any] | None:
    """Return what asks for a value of its own kind; None where one or several words are chosen."""
    if operator == "between":
        return partial(_ask_between, kind=kind)
    return _ask_yes_no if kind is Kind.YES_NO else _ASKING.get(operator)


def _ask_yes_no(key: str, value: Any) -> list[bool]:
    is_no = isinstance(value, list) and value[:1] == [False]
    chosen = st.selectbox(
        "Value", ("Yes", "No"), int(is_no), key=f"value {key}", label_visibility="collapsed"
    )
    return [chosen == "Yes"]


def _ask_date(key: str, value: Any, label: str = "Date") -> str | None:
    entered = st.date_input(label, _day(value), key=f"value {key}", label_visibility="collapsed")
    return entered.isoformat() if isinstance(entered, date) else None


def _ask_days_around(key: str, value: Any) -> dict[str, int]:
    left, right = st.columns(2)
    known = value if isinstance(value, Mapping) else {}
    before = left.number_input(
        "Days before", 0, 3660, int(known.get("before", 0)), step=1, key=f"before {key}"
    )
    after = right.number_input("Days after", 0, 3660, int(known.get("after", 0)), step=1, key=f"after {key}")
    return {"before": int(before), "after": int(after)}


def _ask_between(key: str, value: Any, kind: Kind | None) -> list[Any]:
    """Ask for two dates or two numbers; where it is not known which the field holds, for what is there already."""
    known = list(value) if isinstance(value, Sequence) and not isinstance(value, str) else [None, None]
    is_date = kind is Kind.DATE or (kind is not Kind.NUMBER and _day(known[0]) is not None)
    ask: Callable[..., Any] = _ask_date if is_date else _ask_number
    left, right = st.columns(2)
    with left:
        first = ask(f"{key} first", known[0], "From")
    with right:
        return [first, ask(f"{key} last", known[1], "To")]


def _ask_number(key: str, value: Any, label: str = "Number") -> float | int | None:
    known = None if value is None else float(value)
    entered = st.number_input(label, value=known, key=f"value {key}", label_visibility="collapsed")
    return int(entered) if entered is not None and entered.is_integer() else entered


def _day(value: Any) -> date | None:
    try:
        return None if value is None else date.fromisoformat(str(value))
    except ValueError:
        return None


_ASKING: dict[str, Callable[[str, Any], Any]] = {
    "on_or_before": _ask_date,
    "on_or_after": _ask_date,
    "within_days": _ask_days_around,
    "at_least": _ask_number,
    "at_most": _ask_number,
}


def pick_people(label: str, names: Mapping[str, str], chosen: Sequence[str], key: str) -> list[str]:
    """Ask for people by name; a source ID can be typed for somebody who is not listed."""
    options = list(dict.fromkeys((*chosen, *list(names)[:MOST_NAMES])))
    return st.multiselect(
        label,
        options,
        list(chosen),
        format_func=lambda source_id: (
            f"{names[source_id]} · {source_id}" if source_id in names else source_id
        ),
        accept_new_options=True,
        placeholder="Search a name, or type a source ID",
        key=key,
    )
