"""Below the settings of a source that is files: what its columns are, and a file that is uploaded by hand."""

from __future__ import annotations

import streamlit as st

from core.connections import employee_files
from core.connections.employee_files import Columns
from core.connections.views import SideView
from core.models import Position
from pages.ui.layout import errors, flash_messages
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.plain_text import aloud

# What the page takes; larger ones go into the folder itself.
MOST_MEGABYTES = 20


def render(user: CurrentUser, connection_id: int, side: SideView) -> None:
    """Show both where they make sense: at a connected source of files."""
    if (
        side.position is not Position.SOURCE
        or not side.connected
        or not employee_files.reads_files(side.kind)
    ):
        return
    _render_upload(user, connection_id, side)
    st.markdown("**Columns**")
    with errors.shown():
        _render_columns(user, connection_id, employee_files.list_columns(user.actor, connection_id))


def _render_upload(user: CurrentUser, connection_id: int, side: SideView) -> None:
    with st.form(f"upload {side.id}", border=False, clear_on_submit=True):
        uploaded = st.file_uploader(
            "Upload a file",
            ["csv", "txt", "tsv", "xlsx"],
            key=f"file {side.id}",
            max_upload_size=MOST_MEGABYTES,
        )
        st.caption(
            "It is put among the files of this source and counts as the newest. The next run reads it."
        )
        if st.form_submit_button("Upload"):
            with errors.shown():
                if uploaded is None:
                    st.warning("Choose a file first.")
                    return
                name = employee_files.upload_file(
                    user.actor, connection_id, uploaded.name, uploaded.getvalue()
                )
                flash_messages.keep(f"{name} uploaded. The next run reads it.")
                st.rerun()


def _render_columns(user: CurrentUser, connection_id: int, columns: Columns) -> None:
    if not columns.is_saved:
        st.info(
            "This is what iHUB takes the columns of the newest file for. Correct it where it is wrong and save it: "
            "nothing is read before."
        )
    options = ["", *columns.choices]
    with st.form(f"columns {connection_id}", border=False):
        chosen = {
            heading: st.selectbox(
                aloud(heading),
                options,
                index=options.index(place) if place in options else 0,
                format_func=lambda place: columns.choices.get(place, "Not read"),
                key=f"column {connection_id} {heading}",
            )
            for heading, place in columns.chosen.items()
        }
        if st.form_submit_button("Save columns", type="primary"):
            with errors.shown():
                employee_files.choose_columns(user.actor, connection_id, chosen)
                flash_messages.keep("Columns saved.")
                st.rerun()
