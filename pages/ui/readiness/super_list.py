"""Super readiness: the employees in Australia who lack something before super can be paid."""

from __future__ import annotations

import streamlit as st

from core.people import super_readiness
from core.people.listing import branch_of
from pages.ui.layout import links, tables
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.tables import Column

COLUMNS = (
    Column("Employee"),
    Column("Source ID", "The employee's unique ID in the source system."),
    Column("Branch"),
    Column("Missing for super", wide=True),
)


def render(user: CurrentUser, connection_id: int) -> None:
    """Show who lacks something for super; nothing where the source shows no super details of anybody."""
    key = f"super page {connection_id}"
    page = super_readiness.super_page(user.actor, connection_id, None, st.session_state.get(key, 1))
    if not page.judged:
        return
    st.header("Super", anchor=False)
    st.caption(super_readiness.RULE)
    if page.not_read:
        st.caption(f"Of {page.not_read:,} employees the source shows no super and tax details to iHUB.")
    if page.accounts_elsewhere:
        st.caption(
            f"{page.accounts_elsewhere:,} have a self-managed fund, whose bank account the source does not have. "
            "Check in payroll that it is there: without it, their super cannot be paid."
        )
    if not page.total:
        st.success(f"All {page.judged:,} employees have what a fund needs.")
        return
    st.write(f"{page.total:,} of {page.judged:,} employees lack something. Ask HR to complete it.")
    rows = [
        (person.name, person.source_id, branch_of(person), super_readiness.describe(person))
        for person in page.rows
    ]
    tables.render(COLUMNS, rows)
    left, right = st.columns([3, 1], vertical_alignment="center")
    with left:
        if page.pages > 1:
            st.pagination(page.pages, key=key)
    with right:
        address = links.address("/export/super.csv", connection=connection_id)
        links.render_link("Export this list (CSV)", address, align_right=True)
