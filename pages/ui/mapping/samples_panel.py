"""Three employees under the mapping that is being edited: what would be sent, and what the target holds."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import streamlit as st

from connectors.values.code_words import is_coded, with_code
from core.errors import HubError
from core.mapping import document as documents
from core.mapping import samples
from core.mapping.samples import Sample, SampleField, SamplePerson, Standing
from core.mapping_editor.editor import EditorView
from core.scope_editor import current
from core.security.actor import Permission
from pages.ui.layout import dialogs, errors
from pages.ui.layout.current_user import CurrentUser, require_user
from pages.ui.layout.plain_text import plain
from pages.ui.mapping.step_words import STEPS
from pages.ui.scope.row_form import MOST_NAMES

REFRESH_SECONDS = 2
BLANK = "blank"


def _kept(connection_id: int) -> dict[str, Any]:
    kept: dict[str, Any] = st.session_state.setdefault(f"mapping sample {connection_id}", {})
    return kept


def ask_again(connection_id: int) -> None:
    """Have the chosen employees read again, because the mapping has changed."""
    _kept(connection_id)["is_due"] = True


def render(user: CurrentUser, view: EditorView) -> None:
    """Ask for up to three employees, and show whether they have been read."""
    kept = _kept(view.connection_id)
    names = current.people_names(user.actor, view.connection_id)
    row = st.container(horizontal=True, vertical_alignment="bottom")
    chosen = row.multiselect(
        "Show the values of up to three employees",
        list(names)[:MOST_NAMES],
        format_func=lambda each: f"{names[each]} · {each}" if each in names else each,
        max_selections=samples.MOST_PEOPLE,
        accept_new_options=True,
        placeholder="Search a name" if names else "Nobody has been read yet: type a source ID",
        key=f"sample people {view.connection_id}",
        help="They are read now, and nothing is written. Sensitive values are masked.",
    )
    clicked = row.button("Show values", key=f"show sample {view.connection_id}", disabled=not chosen)
    is_due = bool(kept.pop("is_due", False)) and bool(chosen) and "id" in kept
    if clicked or is_due:
        _request(user, view, chosen, kept)
    _render_state(user, view, kept)


def _request(user: CurrentUser, view: EditorView, chosen: Sequence[str], kept: dict[str, Any]) -> None:
    try:
        found = [current.find_source_id(user.actor, view.connection_id, each) for each in chosen]
        kept["id"] = samples.request(user.actor, view.connection_id, view.document, found)
        kept["digest"], kept["people"] = documents.digest(view.document), None
    except HubError as error:
        errors.render(error)


def _render_state(user: CurrentUser, view: EditorView, kept: dict[str, Any]) -> None:
    if "id" not in kept:
        return
    if kept["people"] is None:
        found = _look(user, kept["id"])
        if found is None:
            kept.clear()
            return
        if found.failure is not None:
            st.error(plain(found.failure))
            kept.clear()
            return
        kept["people"] = found.people
    if kept["people"] is None:
        st.fragment(_watch, run_every=REFRESH_SECONDS)(kept["id"])
        return
    if kept["digest"] != documents.digest(view.document):
        st.caption("These values are from before the last change. Choose Show values to read them again.")
    for person in kept["people"]:
        _render_problems(person)


def _look(user: CurrentUser, sample_id: int) -> Sample | None:
    try:
        return samples.get(user.actor, sample_id)
    except HubError as error:
        errors.render(error)
        return None


def _watch(sample_id: int) -> None:
    """Say that the employees are being read, and show them once they are."""
    user = require_user(Permission.SEE_CONNECTIONS, clicked=False)
    found = _look(user, sample_id)
    if found is None or found.people is not None or found.failure is not None:
        dialogs.redraw_page()
    st.caption("The employees are being read.")


def _render_problems(person: SamplePerson) -> None:
    name = plain(person.name or person.source_id)
    if person.failure is not None:
        st.warning(f"{name}: {plain(person.failure)}")
    for sentence in person.problems:
        st.warning(f"{name} would not be written: {plain(sentence)}")
    for sentence in person.warnings:
        st.caption(f"{name}: {plain(sentence)}")


def values_html(view: EditorView, field: str) -> str:
    """Return what would be sent for a field of the employees that were read, and what the target holds; or nothing."""
    people: Sequence[SamplePerson] = _kept(view.connection_id).get("people") or ()
    lines = [
        _line(person, each, view.target) for person in people for each in person.fields if each.name == field
    ]
    return "".join(f"<div>{line}</div>" for line in lines)


def _line(person: SamplePerson, field: SampleField, target: str) -> str:
    is_kept = field.standing == Standing.KEPT
    sent = _value(field.sent) if field.is_sent and not is_kept else "<i>not sent</i>"
    if not person.is_linked:
        said = "new"
    elif not field.is_shown:
        said = f"not shown by {escape(target)}"
    else:
        held = f"{'payroll keeps' if is_kept else 'now'} {_value(field.held)}"
        said = "the same" if field.standing == Standing.SAME else held
    return f"{escape(person.name or person.source_id)}: {sent} <span class='hub-quiet'>({said})</span>"


def steps_html(field: SampleField) -> str:
    """Return what the HR system has, and what each step makes of it."""
    source = ", ".join(_value(_read(path, value)) for path, value in field.source) or "nothing"
    after = [f"{escape(STEPS[name].label)}: {_value(value)}" for name, value in field.steps if name in STEPS]
    return " → ".join([source, *after])


def _read(path: str, value: str | None) -> str | None:
    return with_code(value) if value and is_coded(path) else value


def _value(value: str | None) -> str:
    return f"<b>{escape(value)}</b>" if value else f"<i>{BLANK}</i>"


def render_field(view: EditorView, field: str) -> None:
    """Show the employees that were read for one field, with what the HR system has."""
    people: Sequence[SamplePerson] = _kept(view.connection_id).get("people") or ()
    lines = []
    for person in people:
        for each in person.fields:
            if each.name == field:
                lines.append(f"<div>{_line(person, each, view.target)}; HR has {steps_html(each)}</div>")
    if lines:
        st.html(f'<div class="hub-quiet">{"".join(lines)}</div>')
