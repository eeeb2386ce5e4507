"""The line above the fields: the version, the draft, and what can be done with the draft."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.errors import HubError
from core.mapping import document as documents
from core.mapping import drafts, previews, versions, views
from core.mapping.previews import Preview
from core.mapping.rights import ConfirmationNeededError
from core.mapping.versions import OverlapError
from core.mapping.views import FieldView
from core.mapping_editor.editor import EditorView
from core.security.actor import Permission
from pages.ui.layout import confirmation, dialogs, errors, flash_messages, links
from pages.ui.layout.current_user import CurrentUser, require_user
from pages.ui.layout.plain_text import plain
from pages.ui.mapping import field_drawer, version_line

REFRESH_SECONDS = 3
CHECKED, CONFIRM = "mapping checked", "mapping confirm"


def render_line(user: CurrentUser, view: EditorView) -> None:
    """Say which version is in force, and how much the draft changes."""
    version = view.version
    about = version_line.describe(version, user.zone)
    changes = f"{view.changes} change{'s' if view.changes != 1 else ''}"
    if view.draft is None:
        st.markdown(f"**Version {plain(version.number)}**, {plain(about)}")
    else:
        st.markdown(
            f"**Version {plain(version.number)}**, {plain(about)} · **draft: {plain(changes)}**, not saved yet"
        )


def render(user: CurrentUser, view: EditorView, fields: Sequence[FieldView]) -> None:
    """Show the buttons of the draft, and what they have found."""
    if view.draft is None:
        st.caption("Choose a field to change it. Nothing is in force before you save.")
        return
    key = _key(view)
    row = st.container(horizontal=True)
    with row:
        confirmation.render_button("Save", f"save {key}", kind="primary", disabled=view.is_outdated)
        if st.button("Check", key=f"check {key}"):
            st.session_state[CHECKED] = key
        if st.button(
            "Preview", key=f"preview {key}", help="Counts who would be updated. Nothing is written."
        ):
            _start_preview(user, view)
        confirmation.render_button("Discard", f"discard {key}")
    if confirmation.is_open(f"discard {key}") and confirmation.render(
        f"discard {key}", ["The changes of this draft are forgotten."], "Discard the draft"
    ):
        with errors.shown():
            drafts.discard(user.actor, view.connection_id)
            flash_messages.keep("The draft is discarded.")
            st.rerun()
    if confirmation.is_open(f"save {key}"):
        _render_save(user, view)
    _render_differences(user, view)
    if st.session_state.get(CHECKED) == key:
        _render_faults(user, view, fields)
    _render_preview(user, view)


def _key(view: EditorView) -> str:
    return f"mapping {view.connection_id}"


def _render_differences(user: CurrentUser, view: EditorView) -> None:
    found = views.compare_documents(user.actor, view.connection_id, view.version.document, view.document)
    with st.expander(f"What the draft changes ({len(found)})"):
        for each in found:
            st.markdown(f"**{plain(each.part)}**: {plain(each.before)} → {plain(each.after)}")


def _render_faults(user: CurrentUser, view: EditorView, fields: Sequence[FieldView]) -> None:
    """List everything that is wrong; each fault of a field leads to the field."""
    sentences = versions.check(user.actor, view.connection_id, view.document)
    by_field = {fault: field for field in fields for fault in field.faults}
    if sentences:
        st.error(
            f"{len(sentences)} thing{'s' if len(sentences) != 1 else ''} to correct before it can be saved:"
        )
    elif by_field:
        st.warning("The draft can be saved, but no run starts before this is corrected:")
        sentences = list(by_field)
    else:
        st.success("Everything fits. The draft can be saved.")
    for number, sentence in enumerate(sentences):
        row = st.container(horizontal=True, vertical_alignment="center")
        field = by_field.get(sentence)
        if field is not None and row.button(plain(field.label), key=f"fault {number}", type="tertiary"):
            field_drawer.ask(view.connection_id, field.name)
        row.markdown(plain(sentence))


def _start_preview(user: CurrentUser, view: EditorView) -> None:
    with errors.shown():
        previews.start(user.actor, view.connection_id, view.document, based_on=view.based_on)
        st.rerun()


def _render_preview(user: CurrentUser, view: EditorView) -> None:
    found = previews.latest(user.actor, view.connection_id)
    if found is None or found.digest != documents.digest(view.document):
        return
    if not found.status.ended:
        st.fragment(_watch, run_every=REFRESH_SECONDS)(view.connection_id)
        return
    row = st.container(horizontal=True, vertical_alignment="center")
    row.markdown(f"**Preview:** {plain(_effect(found))}", width="content")
    with row:
        links.render_link("Employee by employee", links.address("/Reports", run=found.run_id))


def _effect(found: Preview) -> str:
    if found.updates is None or found.only_by_mapping is None:
        return found.message or "It ended without a result. Start it again."
    return previews.describe(found)


def _watch(connection_id: int) -> None:
    """Say that the preview is in progress, and show what it has found once it has ended."""
    user = require_user(Permission.SEE_CONNECTIONS, clicked=False)
    found = previews.latest(user.actor, connection_id)
    if found is None or found.status.ended:
        dialogs.redraw_page()
    st.caption("The preview is in progress. Nothing is written.")


def _render_save(user: CurrentUser, view: EditorView) -> None:
    """Say what saving changes, and ask for a note."""
    key = _key(view)
    found = previews.latest(user.actor, view.connection_id)
    with st.container(border=True, key=f"question save {key}"):
        if found is not None and found.digest == documents.digest(view.document) and found.status.ended:
            st.markdown(plain(_effect(found)))
        else:
            st.markdown(
                "How many employees would be updated is not known: no preview of this draft has ended. "
                "**Preview** counts them first."
            )
        st.caption("The next run uses this version, and looks at every employee once.")
        note = st.text_input("Why is it changed?", max_chars=versions.MOST_NOTE, key=f"note {key}")
        question = st.session_state.get(CONFIRM)
        is_confirmed = False
        if question is not None:
            st.warning(plain(question))
            is_confirmed = st.checkbox("Yes, match employees this way", key=f"confirm {key}")
        with st.container(horizontal=True):
            clicked = st.button("Save this version", type="primary", key=f"save now {key}")
            confirmation.render_cancel(f"save {key}")
    if clicked:
        _save(user, view, note, is_confirmed)


def _save(user: CurrentUser, view: EditorView, note: str, is_confirmed: bool) -> None:
    try:
        saved = versions.save(
            user.actor,
            view.connection_id,
            view.document,
            note,
            based_on=view.based_on,
            confirmed=is_confirmed,
        )
    except ConfirmationNeededError as error:
        st.session_state[CONFIRM] = str(error).removesuffix(" Save again and confirm it.")
        st.rerun()
    except OverlapError:
        st.rerun()  # the page asks which of both is meant
    except HubError as error:
        errors.render(error)
        return
    confirmation.close()
    for name in (CONFIRM, CHECKED):
        st.session_state.pop(name, None)
    flash_messages.keep(f"Version {saved.number} saved. The next run uses it. {saved.remark or ''}".strip())
    st.rerun()
