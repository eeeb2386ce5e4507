"""The fields of a run's employees in which the two systems differ, and which wait for a person."""

from __future__ import annotations

import streamlit as st

from core.models import ConflictState
from core.reports.run_list import RunView
from core.review import field_conflicts
from core.review.field_conflicts import STATE_LABELS, ConflictView
from pages.ui.layout import links, whose_value
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.plain_text import plain

WAITING = (ConflictState.WAITING, ConflictState.ASK_HR)


def render(user: CurrentUser, run: RunView) -> None:
    """Show the fields that wait, one below the other; those of the person searched for, where somebody is."""
    if not run.need_action:
        return
    search = st.query_params.get("search", "")
    page = field_conflicts.conflicts_page(user.actor, WAITING, run_id=run.id, search=search)
    if not page.total:
        return
    st.header("Whose value counts?", anchor=False)
    for conflict in page.rows:
        with st.expander(_title(conflict), key=f"whose {run.id} {conflict.id}"):
            whose_value.render(user, conflict)
    if page.total > len(page.rows):
        links.render_link(f"See all {page.total:,} on To fix", links.address("/To_fix"))


def _title(conflict: ConflictView) -> str:
    state = STATE_LABELS[conflict.state].lower()
    return plain(f"{conflict.name} ({conflict.source_id}), {conflict.label}: {conflict.title}, {state}")
