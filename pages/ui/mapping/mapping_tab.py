"""The Mapping tab: how each field of the target is filled, the draft, and the versions."""

from __future__ import annotations

import streamlit as st

from core.mapping import views
from core.mapping_editor import editor
from core.mapping_editor.editor import NOT_DESCRIBED
from pages.ui.layout import dialogs, errors
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.plain_text import plain
from pages.ui.mapping import conflict, field_drawer, field_table, samples_panel, toolbar, version_list


def render(user: CurrentUser, connection_id: int, may_change: bool) -> None:
    """Show the mapping of a connection; only an Account Admin can change it."""
    with errors.shown():
        view = editor.open_editor(user.actor, connection_id)
        toolbar.render_line(user, view)
        if not view.is_described:
            st.info(NOT_DESCRIBED)
            return
        fields = views.list_fields(user.actor, connection_id, view.document)
        if may_change:
            conflict.render(user, view)
            toolbar.render(user, view, fields)
            samples_panel.render(user, view)
        else:
            st.caption("Only an Account Admin can change the mapping.")
        field_table.render(view, fields, may_change)
        target = plain(view.target)
        st.caption(
            f"\\* {target} needs it for a new employee. Whose: HR's value is sent, or payroll keeps its own. "
            f"In brackets: what {target} has now."
        )
        st.divider()
        version_list.render(user, view, may_change)
    dialogs.open_wanted(**{field_drawer.NAME: field_drawer.edit_field})
