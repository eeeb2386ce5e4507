"""The drawer in which one field is edited; Apply keeps it in the draft."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, NoReturn

import streamlit as st

from core.errors import HubError, InvalidError
from core.mapping import choices
from core.mapping_editor import editor, value_maps
from core.mapping_editor.editor import EditorView, FieldEditor
from core.scope_editor import current
from core.security.actor import Permission
from pages.ui.layout import dialogs, errors
from pages.ui.layout.current_user import CurrentUser, require_user
from pages.ui.layout.plain_text import plain
from pages.ui.mapping import condition_form, samples_panel, step_form, value_map_form, way_form
from pages.ui.mapping.way_form import Offered
from pages.ui.scope import row_form

NAME, STATE = "mapping field", "mapping field state"
OWNERS = {
    None: "As usual for this field",
    "source": "HR: a change in payroll is overwritten and reported",
    "target": "Payroll: it is never sent",
    "once": "HR fills it once, then payroll's value counts",
    "ask": "HR, but a change in payroll waits for a person",
}
BLANK = {"keep": "The target keeps what it has", "clear": "It is cleared in the target"}
OTHERWISE = {"keep": "The target keeps what it has", "clear": "It is cleared in the target"}


def ask(connection_id: int, name: str) -> NoReturn:
    """Open the drawer of a field."""
    st.session_state.pop(STATE, None)
    dialogs.ask(NAME, connection_id, name)


@st.dialog("Change a field", width="medium", position="right", on_dismiss="rerun")
def edit_field(connection_id: int, name: str) -> None:
    """Ask how one field is filled, and keep it in the draft."""
    user = require_user(Permission.CHANGE_CONNECTIONS)
    with errors.shown():
        view = editor.open_editor(user.actor, connection_id)
        if STATE not in st.session_state:
            st.session_state[STATE] = _state(
                editor.open_field(user.actor, connection_id, view.document, name)
            )
        state: dict[str, Any] = st.session_state[STATE]
        _render(user, view, state)


def _state(field: FieldEditor) -> dict[str, Any]:
    return {
        "id": uuid.uuid4().hex[:8],
        "field": field,
        "way": way_form.state_of(field.keys),
        "steps": step_form.entries_of(field.keys.get("steps") or []),
        "when": condition_form.state_of(field.keys.get("when")),
    }


def _render(user: CurrentUser, view: EditorView, state: dict[str, Any]) -> None:
    field: FieldEditor = state["field"]
    key = f"field {state['id']}"
    st.header(plain(field.label), anchor=False)
    samples_panel.render_field(view, field.name)
    keys: dict[str, Any] | None = None
    try:
        keys = _ask(user, view, state, key)
    except InvalidError as error:
        st.warning(plain(error))
    row = st.container(horizontal=True)
    if row.button("Apply", type="primary", disabled=keys is None, key=f"{key} apply"):
        _apply(user, view.connection_id, field.name, keys)
    changed = field.keys != field.by_file
    if changed and row.button("Back to the connector file", key=f"{key} back"):
        _apply(user, view.connection_id, field.name, None)


def _apply(user: CurrentUser, connection_id: int, name: str, keys: Mapping[str, Any] | None) -> None:
    try:
        editor.apply(user.actor, connection_id, name, keys)
    except HubError as error:
        errors.render(error)
        return
    st.session_state.pop(STATE, None)
    samples_panel.ask_again(connection_id)
    st.rerun()


def _ask(user: CurrentUser, view: EditorView, state: dict[str, Any], key: str) -> dict[str, Any]:
    """Show the form; return the keys of the field. Raises InvalidError while a part is not complete."""
    field: FieldEditor = state["field"]
    offered = _offered(user, view, state)
    keys = way_form.render(offered, state["way"], key)
    if keys.get("send") is False:
        return keys
    with st.expander(f"Steps ({len(state['steps'])})", expanded=bool(state["steps"])):
        if steps := step_form.render(state["steps"], field.keys.get("steps") or [], f"{key} steps"):
            keys["steps"] = steps
    with st.expander("Value map", expanded=bool(field.keys.get("map"))):
        waiting = [each for each in _waiting(user, view, state) if each.found.field == field.name]
        keys |= value_map_form.render(offered, field.keys, waiting, f"{key} map")
    with st.expander("Only if", expanded=bool(field.keys.get("when"))):
        keys |= _ask_when(offered, state, key)
    with st.expander("When blank", expanded=field.keys.get("default") is not None):
        keys |= _ask_blank(offered, key)
    with st.expander("Whose value counts"):
        keys |= _ask_rules(field, key)
    return keys


def _offered(user: CurrentUser, view: EditorView, state: dict[str, Any]) -> Offered:
    """Return what can be chosen; it is looked up once, when the drawer opens."""
    if "offered" not in state:
        scope = current.get_scope(user.actor, view.connection_id)
        lists = {each.name: each for each in choices.list_choices(user.actor, view.connection_id)}
        state["offered"] = Offered(
            user, state["field"], lists, row_form.choices(user, scope, for_scope=False)
        )
    offered: Offered = state["offered"]
    return offered


def _waiting(user: CurrentUser, view: EditorView, state: dict[str, Any]) -> list[value_maps.MappableValue]:
    if "waiting" not in state:
        state["waiting"] = list(value_maps.list_values(user.actor, view.connection_id))
    waiting: list[value_maps.MappableValue] = state["waiting"]
    return waiting


def _ask_when(offered: Offered, state: dict[str, Any], key: str) -> dict[str, Any]:
    field = offered.field
    st.caption("Without a condition the field is filled for everybody.")
    when = condition_form.render(state["when"], offered.conditions, f"{key} when")
    if when is None:
        if field.by_file.get("when") is not None:
            raise InvalidError(
                "The connector file has a condition here. It can be replaced, and not removed."
            )
        return {}
    options = list(OTHERWISE)
    otherwise = st.selectbox(
        "For all others",
        options,
        options.index(field.keys.get("otherwise") or "keep"),
        format_func=OTHERWISE.__getitem__,
        key=f"{key} otherwise",
    )
    said = otherwise != "keep" or "otherwise" in field.keys
    return {"when": when} | ({"otherwise": otherwise} if said else {})


def _ask_blank(offered: Offered, key: str) -> dict[str, Any]:
    """Ask what happens when the employee has no value."""
    keys = offered.field.keys
    options = ["new", "all", "keep", "clear"]
    labels = {
        "new": "A default is sent for new employees",
        "all": "A default is sent for everybody",
        **BLANK,
    }
    has_default = keys.get("default") is not None
    now = (
        ("new" if keys.get("default_only_on_create") else "all") if has_default else keys.get("blank", "keep")
    )
    chosen = st.selectbox(
        "When the HR system has no value",
        options,
        options.index(now),
        format_func=labels.__getitem__,
        key=f"{key} blank",
    )
    if chosen in BLANK:
        if offered.field.by_file.get("default") is not None:
            raise InvalidError("The connector file has a default here. It can be replaced, and not removed.")
        return {"blank": chosen}
    default = way_form.enter_scalar("Default", offered, keys.get("default"), f"{key} default")
    if default in (None, ""):
        raise InvalidError("Enter the default.")
    blank = {"blank": keys["blank"]} if "blank" in keys else {}
    return blank | {"default": default} | ({"default_only_on_create": True} if chosen == "new" else {})


def _ask_rules(field: FieldEditor, key: str) -> dict[str, Any]:
    """Ask who owns the field, and what is asked of it; `required` and `sensitive` only go up."""
    found: dict[str, Any] = {}
    options = list(OWNERS)
    owner = st.selectbox(
        "Whose value counts",
        options,
        options.index(field.keys.get("owner")),
        format_func=OWNERS.__getitem__,
        key=f"{key} owner",
    )
    found |= {"owner": owner} if owner is not None else {}
    if owner == "once" and st.checkbox(
        "Also when payroll has lost its value", field.keys.get("also_when_blank", False), key=f"{key} lost"
    ):
        found["also_when_blank"] = True
    labels = {
        "only_on_create": "Only for new employees",
        "required": "Required: without it a new employee is not written",
        "sensitive": "Sensitive: masked wherever it is shown",
    }
    for name, label in labels.items():
        fixed = name != "only_on_create" and bool(field.by_file.get(name))
        if st.checkbox(label, bool(field.keys.get(name)), disabled=fixed, key=f"{key} {name}"):
            found[name] = True
    return found
