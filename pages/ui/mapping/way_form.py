"""Where the value of a field comes from: one way of the closed list.

One file, because the ways call each other: a case takes, fixes or puts together a value as a field does.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import streamlit as st

from connectors.contract.source_fields import SourceField
from core.errors import InvalidError
from core.mapping.choices import ChoicesView
from core.mapping.editing import WAY_KEYS
from core.mapping_editor.editor import FieldEditor
from pages.ui.layout import times
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.plain_text import plain
from pages.ui.mapping import condition_form
from pages.ui.scope import row_form

FILE, UNSENT = "file", "send"
WAYS = {
    FILE: "As the connector file says",
    "from": "Take a value of the employee",
    "value": "Always the same value",
    "template": "Put together from several values",
    "cases": "Depending on the employee",
    "choice": "Choose from a list of the target",
    "setting": "A setting of this connection",
    "from_setting": "The value that a setting names",
    UNSENT: "Do not send this field",
}
_KINDS = {name: WAYS[name] for name in ("from", "value", "template")}
Keys = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Offered:
    """What can be chosen in the form of one field."""

    user: CurrentUser
    field: FieldEditor
    lists: Mapping[str, ChoicesView]
    conditions: row_form.Choices

    @property
    def sources(self) -> dict[str, str]:
        """Return what can be taken of an employee, by path, with its label, type and form."""
        return {each.path: _describe(each) for each in self.field.source_fields}


def _describe(field: SourceField) -> str:
    kind = "list" if field.is_list else field.type.value
    example = f", e.g. {field.example}" if field.example and field.example != kind else ""
    return f"{'🔒 ' if field.sensitive else ''}{field.label} ({kind}{example})"


def way_of(keys: Mapping[str, Any], by_file: Mapping[str, Any]) -> str:
    """Return the way in which a field is filled."""
    if keys.get("send") is False:
        return UNSENT
    ways = ways_of(keys)
    if ways == ways_of(by_file) and by_file.get("send") is not False:
        return FILE
    return next((name for name in WAYS if name in ways), FILE)


def ways_of(keys: Mapping[str, Any]) -> Keys:
    """Return the keys that say how a field is filled."""
    return {key: value for key, value in keys.items() if key in WAY_KEYS}


def state_of(keys: Mapping[str, Any]) -> Keys:
    """Return the cases of a field as they are edited."""
    written = keys.get("cases") or (keys.get("choice") or {}).get("cases") or []
    return {"cases": [_case_of(case) for case in written]}


def _case_of(case: Mapping[str, Any]) -> Keys:
    return {
        "id": uuid.uuid4().hex[:8],
        "when": condition_form.state_of(case.get("when")),
        "way": {name: value for name, value in case.items() if name != "when"},
    }


def render(offered: Offered, state: Keys, key: str) -> Keys:
    """Show the way to fill a field, and return its keys. Raises InvalidError while it is not complete."""
    field = offered.field
    current = way_of(field.keys, field.by_file)
    ways = [name for name in WAYS if _is_offered(offered, name, current)]
    way = st.selectbox(
        "Where does the value come from?",
        ways,
        ways.index(current),
        format_func=WAYS.__getitem__,
        key=f"{key} way",
    )
    if way == UNSENT:
        st.caption("It is neither written nor compared nor cleared. The target keeps what it has.")
        return {"send": False}
    if way in {FILE, "from_setting"}:
        return ways_of(field.by_file if way == FILE else field.keys)
    known = field.keys if way == current else {}
    if way == FILE or (way == "from" and current == FILE):
        known = ways_of(field.by_file)
    return _FORMS[way](offered, state, known, f"{key} {way}")


def _is_offered(offered: Offered, name: str, current: str) -> bool:
    if name == current:
        return True
    return name != "from_setting" and (name != "choice" or bool(offered.lists))


def _ask_from(offered: Offered, _state: Keys, known: Mapping[str, Any], key: str) -> Keys:
    written = known.get("from")
    origins = written if isinstance(written, list) else [] if written is None else [written]
    by_path = {each["at"] if isinstance(each, dict) else each: each for each in origins}
    sources = offered.sources
    chosen = st.multiselect(
        "Values, in order of preference",
        list(dict.fromkeys((*by_path, *sources))),
        list(by_path),
        format_func=lambda path: sources.get(path, path),
        max_selections=8,
        placeholder="Search a value of the employee",
        help="The first one that the employee has, and that can be used, is sent. 🔒 is a sensitive value.",
        key=key,
    )
    if not chosen:
        raise InvalidError("Choose at least one value of the employee.")
    said = [by_path.get(path, path) for path in chosen]
    return {"from": said[0] if len(said) == 1 and not isinstance(written, list) else said}


def _ask_value(offered: Offered, _state: Keys, known: Mapping[str, Any], key: str) -> Keys:
    value = enter_scalar("Value for everybody", offered, known.get("value"), key)
    if value in (None, ""):
        raise InvalidError("Enter the value that is sent for everybody.")
    return {"value": value}


def enter_scalar(label: str, offered: Offered, value: Any, key: str) -> Any:
    """Ask for a value of a field by its type; one with a list is chosen from it. None while there is none."""
    field = offered.field
    listed = offered.lists.get(field.choices or "")
    if listed is not None and listed.read_at is not None:
        return _pick_listed(label, listed, value, key)
    if field.type == "boolean":
        return st.selectbox(
            label,
            [True, False],
            [True, False].index(value) if value in (True, False) else None,
            format_func=lambda each: "Yes" if each else "No",
            key=key,
        )
    if field.type == "number":
        number = st.number_input(label, value=None if value is None else float(value), key=key)
        return int(number) if number is not None and number == int(number) else number
    if field.type == "date":
        day = st.date_input(label, _day(value), key=key)
        return day.isoformat() if isinstance(day, date) else None
    return st.text_input(label, "" if value is None else str(value), key=key).strip()


def _day(value: Any) -> date | None:
    try:
        return None if value is None else date.fromisoformat(str(value))
    except ValueError:
        return None


def _pick_listed(label: str, listed: ChoicesView, value: Any, key: str) -> Any:
    options = {entry.label if listed.by_name else entry.id: entry.label for entry in listed.entries}
    chosen = None if value is None else str(value)
    names = list(options) + ([chosen] if chosen is not None and chosen not in options else [])
    return st.selectbox(
        label,
        names,
        None if chosen is None else names.index(chosen),
        format_func=lambda each: options.get(each, each),
        placeholder=f"Choose from {listed.label}",
        key=key,
    )


def _ask_template(offered: Offered, _state: Keys, known: Mapping[str, Any], key: str) -> Keys:
    name = f"{key} text"
    if name not in st.session_state:
        st.session_state[name] = known.get("template") or ""
    text = st.text_input(
        "Text with values in { }",
        key=name,
        help="Values stand in { }. A part in [ ] is left out when a value in it is blank.",
    )
    row = st.container(horizontal=True, vertical_alignment="bottom")
    sources = offered.sources
    path = row.selectbox(
        "Value",
        list(sources),
        index=None,
        format_func=sources.__getitem__,
        placeholder="Search a value",
        key=f"{key} place",
    )
    row.button("Insert", key=f"{key} insert", disabled=path is None, on_click=_insert, args=(name, path))
    if not text.strip():
        raise InvalidError("Enter the text, with at least one value in it.")
    return {"template": text}


def _insert(name: str, path: str | None) -> None:
    if path is not None:
        st.session_state[name] += f"{{{path}}}"


def _ask_cases(offered: Offered, state: Keys, known: Mapping[str, Any], key: str) -> Keys:
    st.caption("The first case whose conditions the employee meets counts.")
    cases = []
    for number, case in enumerate(list(state["cases"]), start=1):
        name = f"{key} {case['id']}"
        with st.container(border=True):
            _render_case_head(state, case, number, name)
            when = condition_form.render(case["when"], offered.conditions, name, needed=True)
            cases.append({"when": when} | _ask_kind(offered, case["way"], name))
    _render_add_case(state, key)
    if not cases:
        raise InvalidError("Add a case.")
    rest = known.get("else")
    if st.checkbox("All others get a value too", rest is not None, key=f"{key} else"):
        return {"cases": cases, "else": _ask_kind(offered, rest or {}, f"{key} rest")}
    return {"cases": cases}


def _ask_kind(offered: Offered, known: Mapping[str, Any], key: str) -> Keys:
    names = list(_KINDS)
    current = next((name for name in names if name in known), names[0])
    kind = st.selectbox(
        "Then", names, names.index(current), format_func=_KINDS.__getitem__, key=f"{key} kind"
    )
    return _FORMS[kind](offered, {}, known, f"{key} {kind}")


def _render_case_head(state: Keys, case: Keys, number: int, key: str) -> None:
    head = st.container(horizontal=True, vertical_alignment="center")
    head.markdown(f"**Case {plain(number)}**", width="stretch")
    head.button(
        "✕",
        key=f"{key} remove",
        help=f"Remove case {plain(number)}",
        on_click=state["cases"].remove,
        args=(case,),
    )


def _render_add_case(state: Keys, key: str) -> None:
    st.button("Add case", key=f"{key} add", on_click=_add_case, args=(state,))


def _add_case(state: Keys) -> None:
    state["cases"].append(_case_of({}))


def _ask_choice(offered: Offered, state: Keys, known: Mapping[str, Any], key: str) -> Keys:
    choice = known.get("choice") or {}
    lists = offered.lists
    names = list(dict.fromkeys((*lists, *([choice["of"]] if choice else []))))
    wanted = choice.get("of") or offered.field.choices
    of = st.selectbox(
        "List",
        names,
        names.index(wanted) if wanted in names else 0,
        format_func=lambda name: lists[name].label if name in lists else name,
        key=f"{key} of",
    )
    _say_age(offered, of)
    if not st.checkbox("Different entries by conditions", bool(choice.get("cases")), key=f"{key} differs"):
        return {
            "choice": {"of": of} | _ask_entry("Entry for everybody", lists.get(of), choice.get("id"), key)
        }
    cases = []
    for number, case in enumerate(list(state["cases"]), start=1):
        name = f"{key} {case['id']}"
        with st.container(border=True):
            _render_case_head(state, case, number, name)
            when = condition_form.render(case["when"], offered.conditions, name, needed=True)
            cases.append({"when": when} | _ask_entry("Then", lists.get(of), case["way"].get("id"), name))
    _render_add_case(state, key)
    if not cases:
        raise InvalidError("Add a case.")
    rest = choice.get("else")
    if st.checkbox("All others get an entry too", rest is not None, key=f"{key} else"):
        other = _ask_entry("All others", lists.get(of), rest, f"{key} rest")["id"]
        return {"choice": {"of": of, "cases": cases, "else": other}}
    return {"choice": {"of": of, "cases": cases}}


def _say_age(offered: Offered, of: str) -> None:
    listed = offered.lists.get(of)
    if listed is None or listed.read_at is None:
        problem = listed.problem if listed is not None else None
        st.info(plain(problem or "The list is being read. Open this field again in a moment."))
    else:
        st.caption(
            f"As read {times.format_time(listed.read_at, offered.user.zone)}. {plain(listed.problem or '')}"
        )


def _ask_entry(label: str, listed: ChoicesView | None, chosen: Any, key: str) -> Keys:
    entries = {entry.id: entry.label for entry in listed.entries} if listed is not None else {}
    ids = list(dict.fromkeys((*entries, *([str(chosen)] if chosen is not None else []))))
    picked = st.selectbox(
        label,
        ids,
        None if chosen is None else ids.index(str(chosen)),
        format_func=lambda each: entries.get(each, each),
        placeholder="Choose an entry",
        key=f"{key} entry",
    )
    if picked is None:
        raise InvalidError("Choose an entry of the list.")
    if chosen is not None and picked == str(chosen):
        return {"id": chosen} | ({"label": entries[picked]} if picked in entries else {})
    return {"id": picked, "label": entries.get(picked, picked)}


def _ask_setting(offered: Offered, _state: Keys, known: Mapping[str, Any], key: str) -> Keys:
    titles = offered.field.settings
    names = list(titles)
    if not names:
        raise InvalidError("This target has no settings.")
    setting = st.selectbox(
        "Setting",
        names,
        names.index(known["setting"]) if known.get("setting") in names else 0,
        format_func=titles.__getitem__,
        key=key,
    )
    st.caption("Its value stands on the Settings tab.")
    return {"setting": setting}


_FORMS: Mapping[str, Callable[[Offered, Keys, Mapping[str, Any], str], Keys]] = {
    "from": _ask_from,
    "value": _ask_value,
    "template": _ask_template,
    "cases": _ask_cases,
    "choice": _ask_choice,
    "setting": _ask_setting,
}
