"""Access: for which accounts iHUB is on, and who may do what in them. For enableHR Support only."""

import streamlit as st

from core.accounts import access_requests
from pages.ui.access import accounts_tab, invite_person, people_tab
from pages.ui.access import requests_tab as access_access_requests
from pages.ui.layout.current_user import require_support

actor = require_support()

head = st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center")
head.title("Access", width="content")
buttons = head.container(horizontal=True, horizontal_alignment="right", width="content")
if buttons.button("Add account", icon=":material/domain_add:"):
    accounts_tab.ask_new_account()
if buttons.button("Invite a person", type="primary", icon=":material/person_add:"):
    invite_person.ask_person()

waiting = access_requests.waiting(actor)
names = {"accounts": "Accounts", "people": "People", "requests": f"Requests ({len(waiting)})"}
wanted = st.query_params.get("show", "requests" if waiting else "accounts")
shown = st.segmented_control(
    "Show",
    list(names),
    default=wanted if wanted in names else "accounts",
    required=True,
    format_func=names.__getitem__,
    key="show",
    on_change=accounts_tab.remember,
    label_visibility="collapsed",
)
if shown == "requests":
    access_access_requests.render(waiting)
elif shown == "people":
    people_tab.render(actor)
else:
    accounts_tab.render(actor)
