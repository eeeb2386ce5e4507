"""The rows of the audit."""

from __future__ import annotations

import streamlit as st

from core.clock import now
from core.reports import audit_log
from core.reports.audit_log import AuditFilter, AuditRow
from pages.ui.audit import audit_filters
from pages.ui.layout import badges, links, paging, table_footer, tables, times
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.tables import Column, Html


def render(user: CurrentUser, only: AuditFilter) -> None:
    """Draw one page of rows and the way to all of them."""
    page = audit_log.audit_page(user.actor, only, paging.current_page())
    if not page.total:
        st.info("Nothing matches. Choose other filters to see more.")
        return
    shown = st.container()
    table_footer.render(
        page.pages, f"audit {only}", "Export these actions (CSV)", audit_filters.address(only)
    )
    zone = times.zone_name(now(), user.zone)
    columns = [
        Column(f"When ({zone})"),
        Column("Who"),
        Column("What"),
        Column("On what"),
        Column("Details"),
        Column("From", "The network address the person came from."),
        Column("Result"),
    ]
    with shown:
        st.caption(f"{page.total:,} action{'s' if page.total != 1 else ''}, newest first")
        tables.render(columns, [_row(row, user, zone) for row in page.rows])


def _row(row: AuditRow, user: CurrentUser, zone: str) -> list[object]:
    linked = row.run_id is not None
    subject = (
        Html(links.anchor(row.subject, links.address("/Reports", run=row.run_id))) if linked else row.subject
    )
    return [
        Html(f'<span class="hub-line">{tables.cell_html(times.under(zone, row.at, user.zone))}</span>'),
        row.who,
        row.action,
        subject,
        row.details,
        row.address,
        row.result if row.done else Html(badges.label_html(row.result, "amber")),
    ]
