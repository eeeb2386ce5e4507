"""The steps of a field: add, move, remove, and their arguments."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from core.errors import InvalidError
from pages.ui.layout.plain_text import plain
from pages.ui.mapping import grid
from pages.ui.mapping.step_words import NOT_CHOSEN, STEPS, Argument, Entry, StepWords

MOST_STEPS = 12
_FLAGS = ("whole", "case")
_PAIRS = {"find": "Find", "with": "Replace with", "whole": "Only the whole text", "case": "Same capitals"}


def entries_of(written: Sequence[Any]) -> list[dict[str, Any]]:
    """Return steps as they are edited, each with an id of its own."""
    return [
        {"id": uuid.uuid4().hex[:8], "name": name, "given": given} for name, given in map(_split, written)
    ]


def _split(step: Any) -> tuple[str, dict[str, Any]]:
    """Return the name and the arguments of a step; those that are as usual are left out."""
    if isinstance(step, str):
        return step, {}
    [(name, given)] = [(name, given) for name, given in step.items() if given is not None]
    words = STEPS[name]
    arguments = {words.arguments[0].name: given} if words.is_plain else dict(given)
    usual = {argument.name: argument.default for argument in words.arguments}
    return name, {key: value for key, value in arguments.items() if value is not None and value != usual[key]}


def render(entries: list[dict[str, Any]], initial: Sequence[Any], key: str) -> list[Any] | None:
    """Show the steps and return them as they are written; None without any. Raises InvalidError."""
    entered = []
    for position, entry in enumerate(list(entries)):
        with st.container(border=True):
            _render_head(entries, position, key)
            given = _ask_arguments(STEPS[entry["name"]], entry["given"], f"{key} {entry['id']}")
            entered.append((entry["name"], given))
    if len(entries) < MOST_STEPS:
        _render_add(entries, key)
    if entered == [_split(step) for step in initial]:
        return list(initial) or None
    return [_written(name, given) for name, given in entered] or None


def _render_head(entries: list[dict[str, Any]], position: int, key: str) -> None:
    entry = entries[position]
    label = STEPS[entry["name"]].label
    head = st.container(horizontal=True, vertical_alignment="center")
    head.markdown(f"**{plain(position + 1)}. {plain(label)}**", width="stretch")
    name = f"{key} {entry['id']}"
    head.button(
        "↑",
        key=f"{name} up",
        help=f"Do {plain(label)} earlier",
        disabled=position == 0,
        on_click=_move,
        args=(entries, position, -1),
    )
    head.button(
        "↓",
        key=f"{name} down",
        help=f"Do {plain(label)} later",
        disabled=position == len(entries) - 1,
        on_click=_move,
        args=(entries, position, 1),
    )
    head.button(
        "✕", key=f"{name} remove", help=f"Remove {plain(label)}", on_click=_remove, args=(entries, position)
    )


def _move(entries: list[dict[str, Any]], position: int, by: int) -> None:
    entries.insert(position + by, entries.pop(position))


def _remove(entries: list[dict[str, Any]], position: int) -> None:
    entries.pop(position)


def _render_add(entries: list[dict[str, Any]], key: str) -> None:
    row = st.container(horizontal=True, vertical_alignment="bottom")
    name = row.selectbox(
        "Do something to the value",
        list(STEPS),
        index=None,
        format_func=lambda each: STEPS[each].label,
        placeholder="Choose a step",
        key=f"{key} new",
    )
    row.button("Add step", key=f"{key} add", disabled=name is None, on_click=_add, args=(entries, name))


def _add(entries: list[dict[str, Any]], name: str | None) -> None:
    if name is not None:
        entries.append({"id": uuid.uuid4().hex[:8], "name": name, "given": {}})


def _written(name: str, given: Mapping[str, Any]) -> Any:
    words = STEPS[name]
    if words.is_plain:
        argument = words.arguments[0]
        return {name: given.get(argument.name, argument.default)}
    whole = {
        argument.name: argument.default
        for argument in words.arguments
        if argument.default not in (None, NOT_CHOSEN, False, [], {}, 0)
    }
    return {name: whole | dict(given)}


def _ask_arguments(words: StepWords, given: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Return the arguments that differ from what is usual."""
    found = {}
    for argument in words.arguments:
        value = _ask(argument, given.get(argument.name, argument.default), f"{key} {argument.name}")
        if value not in (None, argument.default) and value != NOT_CHOSEN:
            found[argument.name] = value
    return found


def _ask(argument: Argument, value: Any, key: str) -> Any:
    label, help_text = argument.label, argument.help or None
    match argument.entry:
        case Entry.CHOICE:
            entered: Any = _ask_choice(argument, value, key)
        case Entry.NUMBER:
            entered = st.number_input(label, value=value, step=1, key=key, help=help_text)
        case Entry.FLAG:
            entered = st.checkbox(label, bool(value), key=key) or argument.default
        case Entry.WORDS:
            words = [str(word) for word in value or ()]
            entered = st.multiselect(label, words, words, accept_new_options=True, key=key, help=help_text)
        case Entry.PAIRS:
            entered = _ask_pairs(value or [], key)
        case Entry.CONDITIONS:
            entered = _ask_conditions(argument, value or {}, key)
        case Entry.TEXT:
            entered = st.text_input(label, value or "", key=key, help=help_text)
    return entered


def _ask_choice(argument: Argument, value: Any, key: str) -> Any:
    options, label, help_text = list(argument.choices), argument.label, argument.help or None
    return st.selectbox(
        label,
        options,
        options.index(value) if value in options else 0,
        format_func=lambda each: argument.choices[each],
        key=key,
        help=help_text,
    )


def _ask_pairs(pairs: Sequence[Mapping[str, Any]], key: str) -> list[dict[str, Any]]:
    columns = {
        label: [pair.get(name, False if name in _FLAGS else "") for pair in pairs]
        for name, label in _PAIRS.items()
    }
    found = []
    flags = [_PAIRS[name] for name in _FLAGS]
    for find, replacement, *ticked in grid.edit(columns, key, "Replacements", flags):
        if find:
            said = {name: True for name, value in zip(_FLAGS, ticked, strict=True) if value}
            found.append({"find": str(find), "with": str(replacement or "")} | said)
    return found


def _ask_conditions(argument: Argument, where: Mapping[str, Any], key: str) -> dict[str, Any]:
    columns = {"Value": list(where), "Is": [str(each) for each in where.values()]}
    known = {str(each): each for each in where.values()}
    found: dict[str, Any] = {}
    for name, wanted in grid.edit(columns, key, argument.label):
        if name and wanted:
            if name in found:
                raise InvalidError(f"{name} stands twice. Write each value once.")
            found[str(name)] = known.get(str(wanted), str(wanted))
    return found
