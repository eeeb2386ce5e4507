"""Connections: which systems are paired, how they stand, and how to add or delete a pair; ``?connection=…`` shows one."""

import streamlit as st

from core.connections import connections
from core.jobs import views
from core.security.actor import Permission
from pages.ui.connections import add_connection, connection_card, connection_details
from pages.ui.layout import alerts, flash_messages
from pages.ui.layout.current_user import require_user

user = require_user(Permission.SEE_CONNECTIONS)
may_change = user.actor.may(Permission.CHANGE_CONNECTIONS)

if "connection" in st.query_params:
    connection_details.render(user, st.query_params["connection"], may_change)
    st.stop()

head = st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center")
head.title("Connections", width="content")
flash_messages.render()
alerts.render(user)

found = connections.list_connections(user.actor)
work = {job.connection_id: job for job in views.list_jobs(user.actor)}

if may_change and head.button("Add connection", type="primary", icon=":material/add:"):
    add_connection.ask_systems()
if not may_change:
    st.caption("You can look at connections here. Only an Account Admin can change them.")

if not found:
    connection_card.render_first_steps(may_change)
for view in sorted(found, key=connection_card.urgency):
    connection_card.render(user, view, work.get(view.id), may_change)
