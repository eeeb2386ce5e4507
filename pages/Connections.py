"""Connections: the connected systems, their state, and adding or deleting them; ``?connection=…`` shows one."""

import streamlit as st

from core.security.actor import Permission
from pages.ui.connections import (
    add_connection,
    connection_details,
    connection_list,
    delete_connection,
    side_panel,
)
from pages.ui.layout import dialogs, flash_messages
from pages.ui.layout.current_user import require_user

user = require_user(Permission.SEE_CONNECTIONS)
may_change = user.actor.may(Permission.CHANGE_CONNECTIONS)
dialogs.open_wanted(connect_side=side_panel.ask_credentials, delete_connection=delete_connection.ask_deletion)


def render_all() -> None:
    """Show all connections, and the button that adds one."""
    head = st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center")
    head.title("Connections", anchor=False, width="content")
    flash_messages.render()
    if may_change and head.button("Add connection", type="primary", icon=":material/add:"):
        add_connection.ask_systems()
    if not may_change:
        st.caption("You have read-only access to connections. Only an Account Admin can change them.")
    connection_list.render()


# Without st.stop(): after it, Streamlit keeps the values of fields that are gone, but shows others when they are back.
if "connection" in st.query_params:
    connection_details.render(user, st.query_params["connection"], may_change)
else:
    render_all()
