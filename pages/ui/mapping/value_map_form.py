"""The value map of a field: which value is sent for each value of the HR system."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from connectors.values.code_words import with_code
from core.errors import InvalidError
from core.mapping_editor.value_maps import MappableValue, written
from pages.ui.layout.plain_text import aloud, plain
from pages.ui.mapping import grid
from pages.ui.mapping.way_form import Offered

HR, SENT = "Value in the HR system", "What is sent for it"
UNMAPPED = {
    None: "As usual for this field",
    "problem": "A problem: it is not sent, and it is reported",
    "keep": "It is sent as it is",
    "default": "The default is sent",
}


def render(
    offered: Offered, keys: Mapping[str, Any], waiting: Sequence[MappableValue], key: str
) -> dict[str, Any]:
    """Show the map, and the values that have no match yet; return its keys. Raises InvalidError."""
    table: Mapping[str, Any] = keys.get("map") or {}
    taken = _ask_waiting(waiting, key)
    st.caption("Capitals and spaces do not matter. Leave the table empty to send values as they are.")
    columns = {HR: list(table), SENT: [written(each) for each in table.values()]}
    rows = [*grid.edit(columns, f"{key} rows", "Value map"), *taken.items()]
    known = {written(value): value for value in table.values()}
    found: dict[str, Any] = {}
    seen: set[str] = set()
    for value, sent in rows:
        folded = " ".join(str(value or "").split()).casefold()
        if not folded:
            continue
        if sent in (None, ""):
            raise InvalidError(f"Enter what is sent for “{value}”, or remove its row.")
        if folded in seen:
            raise InvalidError(f"“{value}” stands twice in the value map. Only one row could count.")
        seen.add(folded)
        found[str(value)] = known.get(str(sent), _typed(offered, str(sent)))
    return ({"map": found} if found else {}) | _ask_unmapped(keys, key, bool(found))


def _typed(offered: Offered, sent: str) -> Any:
    if offered.field.type != "boolean":
        return sent
    meant = {"yes": True, "no": False}.get(sent.casefold())
    if meant is None:
        raise InvalidError("This field is yes or no. Enter “yes” or “no” as what is sent.")
    return meant


def _ask_unmapped(keys: Mapping[str, Any], key: str, has_rows: bool) -> dict[str, Any]:
    if not has_rows:
        return {}
    options = list(UNMAPPED)
    chosen = st.selectbox(
        "A value that is not in the map",
        options,
        options.index(keys.get("unmapped")),
        format_func=UNMAPPED.__getitem__,
        key=f"{key} unmapped",
    )
    return {} if chosen is None else {"unmapped": chosen}


def _ask_waiting(waiting: Sequence[MappableValue], key: str) -> dict[str, str]:
    """Ask what is sent for the values without a match; they are taken into the map with Apply."""
    taken = {}
    for each in waiting:
        value, number = each.found.value, len(each.found.people)
        if value is None or each.sent is not None:
            continue
        sent = pick_match(
            f"“{with_code(value)}” ({number:,} employee{'s' if number != 1 else ''}) is sent as",
            each,
            f"{key} {value}",
        )
        if sent:
            taken[value] = sent
    return taken


def pick_match(label: str, each: MappableValue, key: str) -> str | None:
    """Ask for the match of a value: one that the target is known to take, or a typed one."""
    st.markdown(plain(label))
    return st.selectbox(
        aloud(label),
        list(each.options),
        index=None,
        format_func=lambda option: each.options.get(option, option),
        accept_new_options=not each.only_options,
        placeholder="Choose, or type a value" if not each.only_options else "Choose from the target's list",
        key=key,
        label_visibility="collapsed",
    )
