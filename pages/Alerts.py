"""Alerts: what has happened, what somebody wants to hear of, and the webhooks of connections."""

import streamlit as st

from core.security.actor import Permission
from pages.ui.alerts import event_list, preference_form, webhook_form
from pages.ui.layout import flash_messages
from pages.ui.layout.current_user import require_user

user = require_user(Permission.SEE_REPORTS)

st.title("Alerts", anchor=False)
with st.container():  # one place, shown or not, so that the tab that is open stays open
    flash_messages.render()
names = ["What happened", "Tell me about"]
if user.actor.may(Permission.SEE_CONNECTIONS):
    names.append("Webhooks")
tab = st.query_params.get("tab")
happened, mine, *others = st.tabs(
    names, default=next((name for name in names if name.casefold() == tab), None)
)
with happened:
    event_list.render(user)
with mine:
    preference_form.render(user)
for webhooks in others:
    with webhooks:
        webhook_form.render(user)
