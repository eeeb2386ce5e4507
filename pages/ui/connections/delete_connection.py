"""The dialog that confirms the deletion of a connection."""

from __future__ import annotations

import streamlit as st

from core.connections import connections
from core.connections.views import ConnectionView
from core.jobs import cancellation
from core.security.actor import Permission
from pages.ui.layout import errors, flash_messages, links
from pages.ui.layout.current_user import require_user
from pages.ui.layout.plain_text import plain


def render_button(view: ConnectionView) -> None:
    """Show the button that opens the dialog."""
    if st.button("Delete connection", key=f"delete {view.id}", type="tertiary", icon=":material/delete:"):
        _confirm(view.id, view.name)


@st.dialog("Delete connection")
def _confirm(connection_id: int, name: str) -> None:
    user = require_user(Permission.CHANGE_CONNECTIONS)
    st.write(f"Delete **{plain(name)}**?")
    st.write(
        "**What stops:** its schedule and iHUB's access to both systems. iHUB signs out of both systems where they "
        "allow it, and deletes the stored credentials."
    )
    st.write(
        "**What stays:** the reports of its runs, and the links between employees, "
        "for a later connection of the same systems."
    )
    label, has_run = "Delete", bool(cancellation.unfinished_runs(connection_id))
    if has_run:
        st.warning(
            "A run is in progress. Wait until it has ended and then delete the connection, or cancel the run: "
            "employees already written stay written."
        )
        label = "Cancel the run and delete"
    if st.button(label, type="primary"):
        with errors.shown():
            with st.spinner("Deleting …"):
                deletion = connections.delete(user.actor, connection_id, cancel_run=has_run)
            flash_messages.keep(_message(name, deletion.left))
            links.redirect("/Connections") if "connection" in st.query_params else st.rerun()


def _message(name: str, systems_left: tuple[str, ...]) -> str:
    if not systems_left:
        return f"{name} is deleted."
    systems = " and ".join(systems_left)
    return f"{name} is deleted. Also remove iHUB's access in {systems} (not if another connection uses it)."
