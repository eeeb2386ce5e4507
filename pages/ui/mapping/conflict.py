"""Somebody saved a version while a draft was edited: which of both is meant, field by field."""

from __future__ import annotations

import streamlit as st

from core.mapping import drafts, views
from core.mapping_editor.editor import EditorView
from pages.ui.layout import errors, flash_messages, times
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.plain_text import aloud, plain

MINE, THEIRS = "Mine", "Theirs"


def render(user: CurrentUser, view: EditorView) -> None:
    """Say who saved what meanwhile, and ask where both have changed the same."""
    draft, version = view.draft, view.version
    if draft is None or not view.is_outdated:
        return
    who = version.author or "The command line"
    when = times.format_time(version.created_at, user.zone) if version.created_at else "before"
    overlaps = drafts.overlaps(user.actor, view.connection_id, draft)
    theirs = []
    with st.container(border=True, key=f"conflict {view.connection_id}"):
        st.warning(
            f"{plain(who)} saved version {plain(version.number)} ({plain(when)}) while you were changing version "
            f"{plain(draft.based_on)}. "
            + ("Choose for each field whose change counts." if overlaps else "You have changed other fields.")
        )
        for overlap in overlaps:
            said = views.describe_overlap(user.actor, view.connection_id, overlap)
            st.markdown(plain(said.part))
            choice = st.radio(
                aloud(said.part),
                [MINE, THEIRS],
                captions=[plain(said.after), plain(said.before)],
                key=f"overlap {view.connection_id} {version.number} {overlap.part}",
                label_visibility="collapsed",
            )
            if choice == THEIRS:
                theirs.append(overlap.part)
        if st.button(
            f"Continue from version {plain(version.number)}",
            type="primary",
            key=f"rebase {view.connection_id}",
        ):
            with errors.shown():
                drafts.rebase(user.actor, view.connection_id, theirs)
                flash_messages.keep(f"Your draft now changes version {version.number}.")
                st.rerun()
