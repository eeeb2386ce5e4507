"""Readiness on the Reports page, for people who see reports but no connections."""

from __future__ import annotations

import streamlit as st

from core.errors import NotFoundError
from core.reports import run_list
from core.security.ownership import NO_CONNECTION
from pages.ui.layout import errors, flash_messages, links
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.plain_text import plain
from pages.ui.readiness import readiness_tab


def render(user: CurrentUser, parameter: str) -> None:
    """Show the readiness of the connection whose id is in the address."""
    links.render_link("← All runs", links.address("/Reports", connection=parameter))
    names = {str(view.id): view.name for view in run_list.integrations(user.actor) if not view.deleted}
    if parameter not in names:
        errors.render(NotFoundError(NO_CONNECTION))
        return
    st.title(plain(names[parameter]), anchor=False)
    flash_messages.render()
    readiness_tab.render(user, int(parameter))
