"""The form in which the rules of a scope are edited: rows of conditions, windows, and people named one by one."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import streamlit as st
from pydantic import ValidationError

from connectors.mapping.conditions.tree import AnyCondition, dump
from core.errors import InvalidError
from core.scope.rules import ScopeRules
from core.scope_editor import current, rows, saving
from core.scope_editor.current import ScopeView
from core.scope_editor.rows import BRANCH, Row
from pages.ui.layout import errors, unsaved
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.plain_text import plain
from pages.ui.scope import row_form
from pages.ui.scope.yaml_text import to_yaml

# What pydantic calls a value that is missing or empty.
_NO_VALUE = frozenset({"too_short", "string_too_short", "missing"})
# The fields beside the rows, whose keys end with the draft's id.
FIELDS = ("scope text", "starters", "leavers", "include", "exclude", "scope note")
ADD = {"status": "Status", BRANCH: "Branch", "employment_type": "Employment type", "address.state": "State"}


def draft_of(view: ScopeView) -> dict[str, Any]:
    """Return what is being edited, kept for this browser tab; the first time, the rules in force."""
    key = f"scope draft {view.connection_id}"
    if key not in st.session_state:
        groups = rows.to_groups(view.rules.condition)
        st.session_state[key] = {
            "version": view.version,
            "id": uuid.uuid4().hex[:8],
            "groups": None if groups is None else [[_entry(row) for row in group] for group in groups],
            "text": "" if view.rules.condition is None else to_yaml(dump(view.rules.condition)),
            "rules": view.rules,
            "entered": {},
        }
    draft: dict[str, Any] = st.session_state[key]
    unsaved.restore(draft["entered"])
    return draft


def keep(draft: dict[str, Any]) -> None:
    """Keep what is entered beside the rows, which another tab of the page would lose."""
    draft["entered"] |= unsaved.collect(f"{name} {draft['id']}" for name in FIELDS)


def forget(view: ScopeView) -> None:
    """Forget what is being edited."""
    st.session_state.pop(f"scope draft {view.connection_id}", None)


def _entry(row: Row) -> dict[str, Any]:
    return {"uid": uuid.uuid4().hex[:8], "row": row}


def render(user: CurrentUser, view: ScopeView, draft: dict[str, Any]) -> ScopeRules | None:
    """Show the form and return the rules that are entered; None while they cannot be used."""
    try:
        condition = _render_groups(user, view, draft) if draft["groups"] is not None else _render_text(draft)
        rules = saving.parse_rules(
            {"condition": condition} | _render_windows(draft) | _render_people(user, view, draft)
        )
    except ValidationError as error:
        st.warning(_reason(error))
        return None
    except InvalidError as error:
        errors.render(error)
        return None
    faults = current.find_rule_faults(view, rules)
    for fault in faults:
        st.warning(plain(fault))
    return None if faults else rules


def _reason(error: ValidationError) -> str:
    """Return what is wrong: mostly that a row has no value yet."""
    first = error.errors()[0]
    message = str(first["msg"]).removeprefix("Value error, ").rstrip(".")
    if first["type"] in _NO_VALUE or message.startswith("a condition has one of"):
        return rows.INCOMPLETE
    return plain(f"{message[:1].upper()}{message[1:]}.")


def _render_groups(user: CurrentUser, view: ScopeView, draft: dict[str, Any]) -> AnyCondition | None:
    groups: list[list[dict[str, Any]]] = draft["groups"]
    if not groups:
        st.info("Without a condition, all employees are synced.")
    choices = row_form.choices(user, view)
    for number, group in enumerate(groups):
        if number:
            st.markdown("**and**")
        with st.container(border=True):
            for position, entry in enumerate(list(group)):
                if position:
                    st.caption("or")
                entry["row"], is_removed = row_form.render(entry["uid"], entry["row"], choices)
                if is_removed:
                    group.remove(entry)
                    draft["groups"] = [each for each in groups if each]
                    st.rerun()
            if st.button("Or …", key=f"or {group[0]['uid']}", help="Add another way to meet this condition."):
                field = group[-1]["row"].field
                group.append(_entry(Row(field, choices.operators(field)[0])))
                st.rerun()
    _render_add(draft)
    if view.branches is None and any(entry["row"].field == BRANCH for group in groups for entry in group):
        _offer_branches(user, view, draft)
    return rows.to_condition([[entry["row"] for entry in group] for group in groups])


def _render_add(draft: dict[str, Any]) -> None:
    bar = st.container(horizontal=True)
    for field, label in ADD.items():
        if bar.button(f"+ {plain(label)}", key=f"add {field} {draft['id']}"):
            draft["groups"].append([_entry(Row(field, "is", [], below=False, or_blank=field == "status"))])
            st.rerun()
    if bar.button("+ Another field", key=f"add other {draft['id']}"):
        draft["groups"].append([_entry(Row("start_date", "there"))])
        st.rerun()


def _offer_branches(user: CurrentUser, view: ScopeView, draft: dict[str, Any]) -> None:
    st.caption("To include the branches below another, iHUB has to read once which branches the source has.")
    if st.button("Read the branches", key=f"read branches {draft['id']}"):
        with errors.shown():
            number = current.read_branches(user.actor, view.connection_id)
            st.toast(f"{plain(number)} branches read.")
            st.rerun()


def _render_text(draft: dict[str, Any]) -> AnyCondition | None:
    """Show a condition that has more levels than rows can show, as text."""
    st.caption(
        "This condition has more levels than rows can show. Edit it as text: `all`, `any` and `not` join conditions, "
        "and each has `at` with a field, and what is asked of it, such as `is: [Current, Leave]`."
    )
    written = st.text_area("Condition", draft["text"], height=240, key=f"scope text {draft['id']}")
    return saving.parse_condition_text(written)


def _render_windows(draft: dict[str, Any]) -> dict[str, Any]:
    rules: ScopeRules = draft["rules"]
    left, right = st.columns(2)
    before = left.number_input(
        "Starters: from … days before their start",
        0,
        3660,
        rules.days_before,
        step=1,
        placeholder="as soon as they are in HR",
        key=f"starters {draft['id']}",
    )
    after = right.number_input(
        "Leavers: until … days after their end",
        0,
        3660,
        rules.days_after,
        step=1,
        placeholder="without an end",
        key=f"leavers {draft['id']}",
    )
    return {"days_before": before, "days_after": after}


def _render_people(user: CurrentUser, view: ScopeView, draft: dict[str, Any]) -> dict[str, Any]:
    rules: ScopeRules = draft["rules"]
    names = current.people_names(user.actor, view.connection_id)
    picked = {
        field: row_form.pick_people(label, names, getattr(rules, field), f"{field} {draft['id']}")
        for field, label in (
            ("include", "Always sync these people"),
            ("exclude", "Never sync these people"),
        )
    }
    return {field: tuple(_find_ids(user, view, names, typed)) for field, typed in picked.items()}


def _find_ids(
    user: CurrentUser, view: ScopeView, names: Mapping[str, str], picked: Sequence[str]
) -> Iterator[str]:
    """Yield the source ids of the people who were picked from the list or typed."""
    for each in picked:
        yield each if each in names else current.find_source_id(user.actor, view.connection_id, each)
