"""A condition of a field: rows that an employee has to meet, all of them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import streamlit as st
from pydantic import ValidationError

from connectors.mapping.conditions.tree import dump
from connectors.mapping.conditions.wording import describe
from core.errors import InvalidError
from core.scope.rules import parse_condition
from core.scope_editor import rows
from core.scope_editor.rows import Row
from pages.ui.layout.plain_text import plain
from pages.ui.scope import row_form


def state_of(written: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return a condition as it is edited; one with several levels stays as it is written."""
    groups = rows.to_groups(None if written is None else parse_condition(written))
    if groups is None or any(len(group) > 1 for group in groups):
        return {"written": written, "rows": []}
    return {"written": None, "rows": [_entry(row) for group in groups for row in group]}


def _entry(row: Row) -> dict[str, Any]:
    return {"id": uuid.uuid4().hex[:8], "row": row}


def render(
    state: dict[str, Any], offered: row_form.Choices, key: str, *, needed: bool = False
) -> dict[str, Any] | None:
    """Show a condition and return it as it is written; None where everybody meets it. Raises InvalidError."""
    if state["written"] is not None:
        st.markdown(plain(describe(parse_condition(state["written"]), offered.places)))
        st.button(
            "Replace this condition", key=f"{key} replace", on_click=state.update, args=({"written": None},)
        )
        written: dict[str, Any] | None = state["written"]
        return written
    for entry in list(state["rows"]):
        entry["row"], is_removed = row_form.render(f"{key} {entry['id']}", entry["row"], offered)
        if is_removed:
            state["rows"].remove(entry)
            st.rerun(scope="fragment")
    st.button("Add condition", key=f"{key} add", on_click=_add, args=(state, offered))
    if not state["rows"]:
        if needed:
            raise InvalidError("Add a condition: it says for which employees this is.")
        return None
    try:
        condition = rows.to_condition([[entry["row"]] for entry in state["rows"]])
    except ValidationError:
        raise InvalidError(rows.INCOMPLETE) from None
    return None if condition is None else _lean(dump(condition))


def _lean(written: dict[str, Any]) -> dict[str, Any]:
    """Return a condition without the group around a single row."""
    inner = written.get("all")
    return inner[0] if isinstance(inner, list) and len(inner) == 1 and len(written) == 1 else written


def _add(state: dict[str, Any], offered: row_form.Choices) -> None:
    field = next(iter(offered.fields))
    state["rows"].append(_entry(Row(field, offered.operators(field)[0])))
