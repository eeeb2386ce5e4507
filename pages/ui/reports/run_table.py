"""The list of runs."""

from __future__ import annotations

from html import escape

import streamlit as st

from core.reports import headings, run_list
from core.reports.run_list import RunFilter, RunsPage, RunView
from core.security.actor import Permission
from pages.ui.layout import badges, dialogs, links, paging, tables, times
from pages.ui.layout.current_user import CurrentUser, require_user
from pages.ui.layout.tables import Column, Html

IN_PROGRESS_SECONDS, IDLE_SECONDS = 2, 15
COLUMNS = (
    Column(headings.RUN_ID, "Click a number to see the details of the run."),
    Column(headings.STATUS),
    Column(headings.TYPE, "Scheduled: started by its schedule. Manual: started on demand."),
    Column(headings.KIND, "Sync: all employees. Preview: nothing is written. Chosen employees: only those."),
    Column(headings.START_TIME),
    Column(headings.END_TIME),
    tables.READ,
    tables.FILTERED,
    tables.WRITTEN,
    tables.ERRORS,
    tables.NEED_ACTION,
)


def render(user: CurrentUser, only: RunFilter) -> None:
    """Show one page of runs, which refreshes itself: often while one of them is in progress."""
    page = run_list.runs_page(user.actor, only, paging.current_page())
    if not page.total:
        _render_no_runs(only)
        return
    table = st.container()
    paging.render_footer(page.pages, f"runs {only}", "Export these runs (CSV)", _export_address(only))
    with table:
        seconds = _refresh_seconds(page)
        st.fragment(_render_table, run_every=seconds)(only, paging.current_page(), seconds)


def _render_table(only: RunFilter, page_number: int, seconds: int) -> None:
    user = require_user(Permission.SEE_REPORTS, clicked=False)
    page = run_list.runs_page(user.actor, only, page_number)
    if _refresh_seconds(page) != seconds:
        dialogs.redraw_page()
    st.caption(f"{page.total:,} run{'s' if page.total != 1 else ''}, newest first")
    tables.render(COLUMNS, [_cells(run, user) for run in page.rows])


def _refresh_seconds(page: RunsPage) -> int:
    return IDLE_SECONDS if all(run.status.ended for run in page.rows) else IN_PROGRESS_SECONDS


def _cells(run: RunView, user: CurrentUser) -> list[object]:
    counters = run.counters
    errors = Html(f'<span class="hub-problem"><b>{counters.errors:,}</b></span>') if counters.errors else 0
    return [
        Html(links.anchor(f"#{run.id}", links.address("/Reports", run=run.id))),
        _status_cell(run),
        run.trigger.value,
        headings.KINDS[run.kind],
        tables.break_after_comma(times.format_time(run.started_at, user.zone)),
        tables.break_after_comma(times.format_time(run.ended_at, user.zone)),
        counters.read,
        counters.filtered,
        counters.written,
        errors,
        run.need_action,
    ]


def _status_cell(run: RunView) -> Html:
    """Return the status, and below it the outcome of the plan of a held run."""
    badge = badges.badge_html(badges.RUN_STATUS[run.status])
    return Html(f'{badge}<br><span class="hub-quiet">{escape(run.decided)}</span>' if run.decided else badge)


def _render_no_runs(only: RunFilter) -> None:
    if only == RunFilter(only.connection_id):
        st.info("This connection has not run yet. Start it on the Jobs page, now or on a schedule.")
    else:
        st.info("No run matches. Choose other filters to see more.")


def _export_address(only: RunFilter) -> str:
    return links.address(
        "/export/runs.csv",
        connection=only.connection_id,
        status=only.status,
        type=only.trigger,
        since=only.since,
        until=only.until,
    )
