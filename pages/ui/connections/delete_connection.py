"""The dialog that confirms the deletion of a connection."""

from __future__ import annotations

import streamlit as st

from core.connections import connections, deletion_effects
from core.connections.deletion import Deleted
from core.connections.deletion_effects import DeletionEffects
from core.connections.views import ConnectionView
from core.jobs import cancellation
from core.security.actor import Permission
from pages.ui.layout import dialogs, errors, flash_messages
from pages.ui.layout.current_user import require_user
from pages.ui.layout.plain_text import plain


def render_button(view: ConnectionView) -> None:
    """Show the button that opens the dialog."""
    if st.button("Delete connection", key=f"delete {view.id}", type="tertiary", icon=":material/delete:"):
        dialogs.ask("delete_connection", view.id, view.name)


@st.dialog("Delete connection", on_dismiss="rerun")
def ask_deletion(connection_id: int, name: str) -> None:
    """Ask whether to delete a connection, and say what ends with it."""
    user = require_user(Permission.CHANGE_CONNECTIONS)
    with errors.shown():
        _render_effects(name, deletion_effects.deletion_effects(user.actor, connection_id))
    label, has_run = "Delete", bool(cancellation.unfinished_runs(connection_id))
    if has_run:
        st.warning(
            "A run is in progress. Wait until it has ended and then delete the connection, or stop the run: "
            "employees already written stay written."
        )
        label = "Stop the run and delete"
    with st.container(horizontal=True, key="confirm-delete"):
        is_confirmed = st.button(label, type="primary")
        if st.button("Cancel", key="leave deletion"):
            st.rerun()
    if is_confirmed:
        with errors.shown():
            with st.spinner("Deleting …"):
                deletion = connections.delete(user.actor, connection_id, cancel_run=has_run)
            if "connection" in st.query_params:
                flash_messages.redirect("/Connections", _message(name, deletion))
            else:
                flash_messages.keep(_message(name, deletion))
                st.rerun()


def _render_effects(name: str, effects: DeletionEffects) -> None:
    """Say what ends and what stays, before anything is deleted."""
    st.write(f"Delete **{plain(name)}**?")
    schedule = "its schedule and iHUB's access" if effects.has_schedule else "iHUB's access"
    st.write(
        f"**What stops:** {plain(schedule)} to both systems. iHUB signs out of both systems where they "
        "allow it, and deletes the stored credentials."
    )
    if waiting := effects.waiting_runs:
        runs = ", ".join(f"#{run_id}" for run_id in waiting)
        plans = "The plan of run" if len(waiting) == 1 else "The plans of runs"
        verb = "waits for a decision and is" if len(waiting) == 1 else "wait for decisions and are"
        st.warning(plain(f"{plans} {runs} {verb} deleted with it: nothing of it will be written."))
    st.write(
        f"**What stays:** the reports of its runs ({effects.runs:,}), and the links between employees "
        f"({effects.links:,}), for a later connection of the same systems."
    )


def _message(name: str, deletion: Deleted) -> str:
    sentences = [f"{name} is deleted."]
    if deletion.left:
        sentences.append(f"Also remove iHUB's access in {' and '.join(deletion.left)}.")
    if deletion.shared:
        systems = " and ".join(deletion.shared)
        sentences.append(f"Leave iHUB's access in {systems} as it is: another connection uses it.")
    return " ".join(sentences)
