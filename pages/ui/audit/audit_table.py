"""Entries of the audit as a table."""

from __future__ import annotations

import streamlit as st

from core.reports import audit_log
from core.reports.audit_log import AuditFilter, AuditRow
from pages.ui.audit import audit_filters
from pages.ui.layout import badges, links, paging, tables, times
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.tables import Column, Html

COLUMNS = (
    Column("When"),
    Column("Who"),
    Column("What"),
    Column("Item"),
    Column("Details"),
    Column("From", "The network address that the action came from."),
    Column("Result"),
)


def render(user: CurrentUser, only: AuditFilter) -> None:
    """Show one page of entries and the link to the export of all."""
    page = audit_log.audit_page(user.actor, only, paging.current_page())
    if not page.total:
        st.info("No action matches. Choose other filters to see more.")
        return
    table = st.container()
    export = audit_filters.export_address(only)
    paging.render_footer(page.pages, f"audit {only}", "Export these actions (CSV)", export)
    with table:
        st.caption(f"{page.total:,} action{'s' if page.total != 1 else ''}, newest first")
        tables.render(COLUMNS, [_cells(row, user) for row in page.rows], stacked=True)


def _cells(row: AuditRow, user: CurrentUser) -> list[object]:
    item: str = row.subject
    if row.run_id is not None:
        item = Html(links.anchor(row.subject, links.address("/Reports", run=row.run_id)))
    return [
        tables.break_after_comma(times.format_time(row.at, user.zone)),
        row.who,
        row.action,
        item,
        row.details,
        row.address,
        row.result if row.done else Html(badges.label_html(row.result, "amber")),
    ]
