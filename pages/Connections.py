"""Connections: the connected systems, their state, and adding or deleting them; ``?connection=…`` shows one."""

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

connection_list = connections.list_connections(user.actor)
jobs = {job.connection_id: job for job in views.list_jobs(user.actor)}

if may_change and head.button("Add connection", type="primary", icon=":material/add:"):
    add_connection.ask_systems()
if not may_change:
    st.caption("You have read-only access to connections. Only an Account Admin can change them.")

if not connection_list:
    connection_card.render_first_steps(may_change)
for connection in sorted(connection_list, key=connection_card.urgency):
    connection_card.render(user, connection, jobs.get(connection.id), may_change)
