"""The fields of which people have decided whose value counts; each decision can be taken back."""

from __future__ import annotations

from html import escape

import streamlit as st

from core.errors import HubError
from core.models import ConflictState
from core.problems.open_problems import ProblemFilter
from core.review import field_conflicts, field_decisions
from core.review.field_conflicts import STATE_LABELS, ConflictView
from core.security.actor import Permission
from pages.ui.layout import flash_messages, paging, times, whose_value
from pages.ui.layout.current_user import CurrentUser

WIDTHS = [2.4, 5, 2, 1.2]
DECIDED = (ConflictState.KEEP_PAYROLL, ConflictState.USE_HR)


def render(user: CurrentUser, only: ProblemFilter) -> None:
    """Show one page of the decisions that match."""
    page = field_conflicts.conflicts_page(
        user.actor,
        DECIDED,
        connection_id=only.connection_id,
        search=only.search,
        page=paging.current_page(),
    )
    if not page.total:
        st.info("No decision about a changed field is in force.")
        return
    for conflict in page.rows:
        _render_conflict(user, conflict)
    paging.render(page.pages, f"decided {only}")


def _render_conflict(user: CurrentUser, conflict: ConflictView) -> None:
    with st.container(border=True, key=f"decided-{conflict.id}"):
        person, what, who, button = st.columns(WIDTHS, vertical_alignment="center")
        quiet = f"Source ID {escape(conflict.source_id)}<br>{escape(conflict.connection)}"
        person.html(f'<b>{escape(conflict.name)}</b><br><span class="hub-quiet">{quiet}</span>')
        with what:
            whose_value.render_values(conflict)
        by_person = f" by {conflict.decided_by}" if conflict.decided_by else ""
        when = times.format_time(conflict.decided_at, user.zone, "")
        decided = escape(f"{STATE_LABELS[conflict.state]}{by_person}, {when}")
        who.html(f'<span class="hub-quiet">{decided}</span>')
        if user.actor.may(Permission.APPROVE_RUNS):
            button.button(
                "Take back",
                key=f"take back {conflict.id}",
                on_click=_take_back,
                args=(user, conflict),
                help="The field waits for a decision again.",
            )


def _take_back(user: CurrentUser, conflict: ConflictView) -> None:
    try:
        field_decisions.take_back(user.actor, conflict.id, conflict.version)
        flash_messages.keep(f"{conflict.name}, {conflict.label}: waits for a decision again.")
    except HubError as error:
        flash_messages.keep(str(error))
