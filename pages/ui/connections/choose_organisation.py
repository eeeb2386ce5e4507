"""The choice of one organisation when a sign-in gives access to several."""

from __future__ import annotations

import streamlit as st

from core.connections import oauth_flow, organisation_choice
from core.connections.views import ConnectionView
from core.security.actor import Permission
from pages.ui.layout import current_user, errors, flash_messages
from pages.ui.layout.current_user import require_user
from pages.ui.layout.plain_text import plain


def render(view: ConnectionView) -> None:
    """Ask for the organisation of a side after a sign-in that gives access to several."""
    side_id = st.query_params.get("choose")
    side = next((side for side in (view.source, view.target) if str(side.id) == side_id), None)
    if side is None:
        return
    user = require_user(Permission.CHANGE_CONNECTIONS)
    token = current_user.session_token() or ""
    organisations = organisation_choice.choices(token, side.id)
    if not organisations:
        del st.query_params["choose"]
        st.error(oauth_flow.INVALID)
        return
    with st.container(border=True, key=f"choose-{side.id}"):
        st.header(f"Which organisation in {plain(side.system)}?", anchor=False)
        st.write(
            "This sign-in gives access to several organisations. Choose the one for this connection; "
            "nothing is connected until you have chosen."
        )
        chosen = st.radio(
            "Organisation",
            organisations,
            format_func=lambda each: plain(f"{each.name} ({each.id})"),
            index=None,
        )
        clicked = st.button("Connect this organisation", type="primary", disabled=chosen is None)
        if clicked and chosen is not None:
            with errors.shown():
                connected = oauth_flow.choose(user.actor, token, side.id, chosen.id)
                flash_messages.keep(connected.connected_message)
                del st.query_params["choose"]
                st.rerun()
