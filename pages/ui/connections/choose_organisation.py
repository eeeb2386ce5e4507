"""The choice of one organisation where a sign-in opens several."""

from __future__ import annotations

import streamlit as st

from core.connections import oauth_flow, organisation_choice
from core.connections.views import ConnectionView
from core.security.actor import Permission
from pages.ui.layout import current_user, errors, notices
from pages.ui.layout.current_user import require_user


def draw(view: ConnectionView) -> None:
    """Ask which organisation a side is for, when somebody has just come back from a sign-in that opens several."""
    side = next(
        (one for one in (view.source, view.target) if str(one.id) == st.query_params.get("choose")), None
    )
    if side is None:
        return
    visit = require_user(Permission.CHANGE_CONNECTIONS)
    token = current_user.session_token() or ""
    found = organisation_choice.choices(token, side.id)
    if not found:
        del st.query_params["choose"]
        st.error(oauth_flow.INVALID)
        return
    with st.container(border=True, key=f"choose-{side.id}"):
        st.subheader(f"Which organisation of {side.system}?")
        st.write(
            f"{side.system} lets iHUB into several. This connection is for one; nothing is connected before you have chosen."
        )
        chosen = st.radio("Organisation", found, format_func=lambda one: f"{one.name} ({one.id})", index=None)
        if st.button("Connect this one", type="primary", disabled=chosen is None) and chosen is not None:
            with errors.shown():
                connected = oauth_flow.choose(visit.actor, token, side.id, chosen.id)
                notices.say(connected.connected_message)
                del st.query_params["choose"]
                st.rerun()
