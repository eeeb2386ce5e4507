"""Open alerts of the account, shown at the top of a page."""

from __future__ import annotations

import streamlit as st

from core.sides import alerts
from pages.ui.layout import links, times
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.plain_text import plain


def render(user: CurrentUser) -> None:
    """Show each open alert with a link to its connection."""
    for alert in alerts.open_alerts(user.actor):
        with st.container(border=True, key=f"alert-{alert.id}"):
            st.error(plain(f"{alert.connection}: {alert.message}"), icon=":material/notification_important:")
            since = f"Since {times.format_time(alert.raised_at, user.zone)}. "
            address = links.address("/Connections", connection=alert.connection_id)
            st.html(f'<span class="hub-quiet">{since}</span>{links.anchor("Open the connection", address)}')
