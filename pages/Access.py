"""Access: for which accounts iHUB is on, and who may do what in them. For enableHR Support only."""

import streamlit as st

from core.accounts import access_requests
from pages.ui.access import access_requests as access_access_requests
from pages.ui.access import account_list, invite_person, people
from pages.ui.layout.current_user import require_support

actor = require_support()

head = st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center")
head.title("Access", width="content")
buttons = head.container(horizontal=True, horizontal_alignment="right", width="content")
if buttons.button("Add account", icon=":material/domain_add:"):
    account_list.ask_new()
if buttons.button("Invite a person", type="primary", icon=":material/person_add:"):
    invite_person.ask()

waiting = access_requests.open_requests(actor)
names = {"accounts": "Accounts", "people": "People", "requests": f"Requests ({len(waiting)})"}
wanted = st.query_params.get("show", "requests" if waiting else "accounts")
shown = st.segmented_control(
    "Show",
    list(names),
    default=wanted if wanted in names else "accounts",
    required=True,
    format_func=names.__getitem__,
    key="show",
    on_change=account_list.remember,
    label_visibility="collapsed",
)
if shown == "requests":
    access_access_requests.draw(waiting)
elif shown == "people":
    people.draw(actor)
else:
    account_list.draw(actor)
