"""What a run would do with one person now: a preview of them alone, started and shown here."""

from __future__ import annotations

import streamlit as st

from core.jobs import start
from core.security.actor import Permission
from core.story.person import PersonView, PreviewResult, read_person
from pages.ui.layout import errors, times
from pages.ui.layout.current_user import CurrentUser, require_user
from pages.ui.layout.plain_text import plain
from pages.ui.people import person_history

HELP = "Reads this person from both systems now and shows what a run would do. Nothing is written."
SECONDS = 2


def render(user: CurrentUser, person: PersonView) -> None:
    """Show the newest preview of the person, and the button that starts one."""
    preview = person.preview
    if preview is not None and preview.is_waiting:
        _wait(person.connection_id, person.source_id)
        return
    if preview is None:
        st.caption("Nobody has asked yet.")
    else:
        _render_result(user, preview)
    if user.actor.may(Permission.CONTROL_JOBS):
        label = "Ask now" if preview is None else "Ask again"
        reason = None if person.is_active else "The connection is not Active."
        if st.button(label, icon=":material/preview:", help=reason or HELP, disabled=reason is not None):
            with errors.shown():
                start.preview_person(user.actor, person.connection_id, person.source_id)
                st.rerun()


@st.fragment(run_every=SECONDS)
def _wait(connection_id: int, source_id: str) -> None:
    """Say that the preview is under way, and draw the page again when it has ended."""
    user = require_user(Permission.SEE_REPORTS, clicked=False)
    with errors.shown():
        preview = read_person(user.actor, connection_id, source_id).preview
        if preview is None or not preview.is_waiting:
            st.rerun()
        sentence = f"Preview #{preview.run_id} is under way. Its result appears here."
        st.info(plain(sentence), icon=":material/hourglass_top:")


def _render_result(user: CurrentUser, preview: PreviewResult) -> None:
    when = times.format_time(preview.at, user.zone)
    st.caption(plain(f"Preview #{preview.run_id}, {when}. Nothing was written."))
    if preview.steps:
        st.html(person_history.steps_html(preview.steps))
    if preview.message:
        st.markdown(plain(preview.message))
