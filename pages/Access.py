"""Access: the accounts that may use iHUB, and the roles of people in them; for enableHR Support only."""

import streamlit as st

from core.accounts import access_requests
from pages.ui.access import accounts_tab, invite_person, people_tab, requests_tab
from pages.ui.layout import shown_account
from pages.ui.layout.current_user import require_support

actor = require_support()


def _store_tab() -> None:
    """Keep the chosen tab in the address."""
    shown_account.replace_query({"show": st.session_state["show"]})


head = st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center")
head.title("Access", anchor=False, width="content")
buttons = head.container(horizontal=True, horizontal_alignment="right", width="content")
if buttons.button("Add account", icon=":material/domain_add:"):
    accounts_tab.ask_new_account()
if buttons.button("Invite a person", type="primary", icon=":material/person_add:"):
    invite_person.ask_person()

requests = access_requests.open_requests(actor)
tabs = {"accounts": "Accounts", "people": "Users", "requests": f"Requests ({len(requests)})"}
tab = st.query_params.get("show", "requests" if requests else "accounts")
chosen_tab = st.segmented_control(
    "Show",
    list(tabs),
    default=tab if tab in tabs else "accounts",
    required=True,
    format_func=tabs.__getitem__,
    key="show",
    on_change=_store_tab,
    label_visibility="collapsed",
)
if chosen_tab == "requests":
    requests_tab.render(requests)
elif chosen_tab == "people":
    people_tab.render(actor)
else:
    accounts_tab.render(actor)
