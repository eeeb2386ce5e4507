"""The versions of a mapping: look at them, compare two, restore, export and import."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from core.errors import HubError
from core.mapping import document as documents
from core.mapping import versions, views
from core.mapping.document import MappingFaultsError
from core.mapping.rights import ConfirmationNeededError
from core.mapping.versions import Saved, Version
from core.mapping.views import Difference
from core.mapping_editor.editor import EditorView
from pages.ui.layout import confirmation, errors, flash_messages, tables, times
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.plain_text import plain
from pages.ui.layout.tables import Column

COLUMNS = (Column("Version"), Column("Saved"), Column("By"), Column("Note", wide=True))
DIFFERENCES = (Column("Field"), Column("Before", wide=True), Column("After", wide=True))
MATCHING = "mapping versions confirm"


def render(user: CurrentUser, view: EditorView, may_change: bool) -> None:
    """Show the versions; an Account Admin can restore and import."""
    st.header("Versions", anchor=False)
    listed = versions.list_versions(user.actor, view.connection_id)
    tables.render(COLUMNS, [_cells(user, view, each) for each in listed])
    numbers = [each.number for each in listed]
    _render_compare(user, view, numbers)
    _render_one(user, view, listed, may_change)
    if may_change:
        _render_import(user, view)


def _cells(user: CurrentUser, view: EditorView, each: Version) -> tuple[object, ...]:
    name = f"{each.number} (in force)" if each.number == view.version.number else str(each.number)
    if each.created_at is None:
        return name, "", "", "The connector file as it is"
    author = each.author or "the command line"
    return name, times.format_time(each.created_at, user.zone), author, each.note or ""


def _label(number: int) -> str:
    return f"Version {number}" if number else "Version 0 (the connector file)"


def _render_compare(user: CurrentUser, view: EditorView, numbers: Sequence[int]) -> None:
    wanted = st.query_params.get("version", "")
    asked = int(wanted) if wanted.isdecimal() and len(wanted) < 10 and int(wanted) in numbers else None
    latest = asked if asked is not None else view.version.number
    with st.expander("Compare two versions", expanded=asked is not None):
        left, right = st.columns(2)
        key = f"{view.connection_id} {len(numbers)} {asked}"
        earlier = max((number for number in numbers if number < latest), default=0)
        first = left.selectbox(
            "From", numbers, numbers.index(earlier), format_func=_label, key=f"compare from {key}"
        )
        second = right.selectbox(
            "To", numbers, numbers.index(latest), format_func=_label, key=f"compare to {key}"
        )
        render_differences(views.compare(user.actor, view.connection_id, first, second))


def render_differences(found: Sequence[Difference]) -> None:
    """Show what differs, in words and as YAML."""
    if not found:
        st.caption("They are the same.")
        return
    tables.render(DIFFERENCES, [(each.part, each.before, each.after) for each in found])
    if st.toggle("Show as YAML", key=f"yaml {len(found)} {found[0].part}"):
        for each in found:
            was, becomes = (_yaml(value) for value in (each.was, each.becomes))
            left, right = st.columns(2)
            left.code(was, language="yaml")
            right.code(becomes, language="yaml")


def _yaml(value: object) -> str:
    return "as in the connector file" if value is None else documents.write_yaml(value)


def _render_one(user: CurrentUser, view: EditorView, listed: Sequence[Version], may_change: bool) -> None:
    by_number = {each.number: each for each in listed}
    row = st.container(horizontal=True, vertical_alignment="bottom")
    number = row.selectbox(
        "Version", list(by_number), format_func=_label, key=f"one version {view.connection_id} {len(listed)}"
    )
    key = f"restore {view.connection_id} {number}"
    with row:
        st.download_button(
            "Export",
            partial(versions.export_yaml, user.actor, view.connection_id, number),
            f"mapping-{view.connection_id}-version-{number}.yaml",
            "application/yaml",
            key=f"export {view.connection_id} {number}",
        )
        if may_change:
            confirmation.render_button("Restore", key, disabled=number == view.version.number)
    if not may_change or not confirmation.is_open(key):
        return
    question = st.session_state.get(MATCHING)
    sentences = [f"What version {number} says is saved as a new version. The next run uses it."]
    sentences += [f"**{plain(question)}**"] if question else []
    if confirmation.render(
        key, sentences, "Restore and match this way" if question else f"Restore version {number}"
    ):
        _restore(user, view, number, key, is_confirmed=question is not None)


def _restore(user: CurrentUser, view: EditorView, number: int, key: str, *, is_confirmed: bool) -> None:
    try:
        saved = versions.restore(user.actor, view.connection_id, number, confirmed=is_confirmed)
    except ConfirmationNeededError as error:
        st.session_state[MATCHING] = str(error).removesuffix(" Save again and confirm it.")
        st.session_state[confirmation.OPEN] = key
        st.rerun()
    except HubError as error:
        errors.render(error)
        return
    _say_saved(saved)


def _say_saved(saved: Saved) -> None:
    st.session_state.pop(MATCHING, None)
    flash_messages.keep(f"Version {saved.number} saved. The next run uses it. {saved.remark or ''}".strip())
    st.rerun()


def _render_import(user: CurrentUser, view: EditorView) -> None:
    with (
        st.expander("Import a mapping"),
        st.form(f"import {view.connection_id} {view.version.number}", border=False),
    ):
        st.caption(
            "A mapping that was exported here or elsewhere. Nothing is taken when a part of it is wrong."
        )
        file = st.file_uploader("File", type=["yaml", "yml"])
        text = st.text_area("Or paste it")
        note = st.text_input("Why is it changed?", max_chars=versions.MOST_NOTE)
        confirmed = st.checkbox(
            "It may match employees otherwise", help="Only needed for a field by which employees are matched."
        )
        if st.form_submit_button("Import"):
            _import(user, view, (file.getvalue() if file is not None else text, note), is_confirmed=confirmed)


def _import(
    user: CurrentUser, view: EditorView, entered: tuple[str | bytes, str], *, is_confirmed: bool
) -> None:
    content, note = entered
    if not content.strip():
        st.warning("Choose a file, or paste a mapping.")
        return
    try:
        text = documents.decode_upload(content) if isinstance(content, bytes) else content
        saved = versions.import_yaml(
            user.actor,
            view.connection_id,
            text,
            note,
            based_on=view.version.number,
            confirmed=is_confirmed,
        )
    except MappingFaultsError as error:
        st.error("Nothing was imported:\n\n" + "\n".join(f"- {plain(each)}" for each in error.sentences))
        return
    except HubError as error:
        errors.render(error)
        return
    _say_saved(saved)
