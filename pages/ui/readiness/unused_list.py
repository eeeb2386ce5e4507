"""The entries of the target's lists that no employee gets."""

from __future__ import annotations

import streamlit as st

from core.mapping_editor import unused_choices
from core.security.actor import Permission
from pages.ui.layout import tables
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.tables import Column

COLUMNS = (Column("List of the target"), Column("Nobody gets", wide=True))


def render(user: CurrentUser, connection_id: int) -> None:
    """Show the entries by their list; nothing where all are used, and to people who see no connections."""
    if not user.actor.may(Permission.SEE_CONNECTIONS):
        return
    found = unused_choices.list_unused(user.actor, connection_id)
    if not found:
        return
    st.header("Choices that nobody gets", anchor=False)
    st.caption("No value of the source leads to them. Map one on the Mapping tab, or leave them as they are.")
    tables.render(COLUMNS, [(each.label, ", ".join(each.entries)) for each in found])
