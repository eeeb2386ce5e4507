"""The dialog that asks once more before a connection is deleted."""

from __future__ import annotations

import streamlit as st

from core.connections import connections
from core.connections.views import ConnectionView
from core.jobs import cancellation
from core.security.actor import Permission
from pages.ui.layout import errors, links, notices
from pages.ui.layout.current_user import require_user


def button(view: ConnectionView) -> None:
    """Draw the button that opens the dialog."""
    if st.button("Delete connection", key=f"delete {view.id}", type="tertiary", icon=":material/delete:"):
        _ask(view.id, view.name)


@st.dialog("Delete connection")
def _ask(connection_id: int, name: str) -> None:
    visit = require_user(Permission.CHANGE_CONNECTIONS)
    st.write(f"Delete **{name}**?")
    st.write(
        "**Stops:** its schedule, and iHUB's access to both systems: the sign-ins are given back where the system can "
        "take them back, and the credentials are wiped."
    )
    st.write(
        "**Is kept:** the reports of its runs, and which employee belongs to which, for a later connection of the same systems."
    )
    label, going = "Delete", bool(cancellation.unfinished_runs(connection_id))
    if going:
        st.warning(
            "A run is going on. Let it end first and then delete the connection, or cancel it: what is written stays."
        )
        label = "Cancel the run and delete"
    if st.button(label, type="primary"):
        with errors.shown():
            with st.spinner("Stopping …"):
                done = connections.delete(visit.actor, connection_id, cancel_run=going)
            notices.say(_sentence(name, done.left))
            links.go("/Connections") if "connection" in st.query_params else st.rerun()


def _sentence(name: str, left: tuple[str, ...]) -> str:
    rest = (
        f" Take iHUB's access back in {' and '.join(left)} too: iHUB cannot do it from here." if left else ""
    )
    return f"{name} is deleted.{rest}"
