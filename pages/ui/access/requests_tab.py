"""Requests for access that are waiting for Support."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from zoneinfo import ZoneInfo

import streamlit as st

from core.accounts import access_requests
from core.accounts.access_requests import RequestView
from core.settings import settings
from pages.ui.access import invite_person
from pages.ui.layout import errors, times
from pages.ui.layout.current_user import require_support
from pages.ui.layout.plain_text import plain


def render(waiting: Sequence[RequestView]) -> None:
    """Show each request, with the buttons that grant or decline it."""
    if not waiting:
        st.info(
            "No requests for access. People who sign in without a role can request access; their requests appear here."
        )
    for request in waiting:
        _render_request(request)


def _render_request(request: RequestView) -> None:
    with st.container(border=True, key=f"request-{request.id}"):
        details, buttons = st.columns([5, 2], vertical_alignment="center")
        asked = times.format_time(request.asked_at, ZoneInfo(settings().time_zone))
        account = f" for {escape(request.account_name)}" if request.account_name else ""
        details.html(
            f'<b>{escape(request.name)}</b> <span class="hub-quiet">{escape(request.username)}, {asked}{account}</span>'
            f"<br>{escape(request.note)}"
        )
        with buttons.container(horizontal=True, horizontal_alignment="right"):
            if st.button("Grant", type="primary", key=f"grant {request.id}"):
                _ask_grant(request.id, request.name)
            if st.button("Decline", key=f"decline {request.id}"):
                with errors.shown():
                    access_requests.decline(require_support(), request.id)
                    st.rerun()


@st.dialog("Grant access")
def _ask_grant(request_id: int, name: str) -> None:
    actor = require_support()
    st.write(f"Which role should **{plain(name)}** have?")
    account_id, role = invite_person.render_role_fields(actor, f"grant {request_id}")
    clicked = st.button(
        "Grant", type="primary", key="confirm grant", disabled=account_id is None or role is None
    )
    if clicked and account_id is not None and role is not None:
        with errors.shown():
            access_requests.grant(actor, request_id, account_id, role)
            st.rerun()
