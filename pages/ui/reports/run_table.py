"""The list of runs."""

from __future__ import annotations

from functools import partial

import streamlit as st

from core.reports import headings, run_list
from core.reports.run_filter import RunFilter
from core.reports.run_list import RunsPage, RunView
from core.security.actor import Permission
from pages.ui.layout import badges, dialogs, links, paging, refreshing, tables, times
from pages.ui.layout.current_user import CurrentUser, require_user
from pages.ui.layout.plain_text import plain
from pages.ui.layout.tables import Column, Html
from pages.ui.reports import run_filters

COLUMNS = (
    Column(headings.RUN_ID, "Click a number to see the details of the run."),
    Column(headings.STATUS, badges.meanings(badges.RUN_LABELS)),
    Column(headings.TYPE, "Scheduled: started by its schedule. Manual: started on demand."),
    Column(headings.KIND, "Sync: all employees. Preview: nothing is written. Chosen employees: only those."),
    Column(headings.START_TIME),
    Column(headings.END_TIME),
    Column(headings.DURATION),
    tables.READ,
    tables.FILTERED,
    tables.WRITTEN,
    tables.ERRORS,
    tables.UNCHANGED,
    tables.HELD,
    tables.NEED_ACTION,
    Column(headings.STARTED_BY),
)
INTEGRATION = Column("Integration")


def render(user: CurrentUser, only: RunFilter, *, several: bool = False) -> None:
    """Show one page of runs, which refreshes itself: often while one of them is in progress.

    Runs of ``several`` integrations say which one they are of.
    """
    page = run_list.runs_page(user.actor, only, paging.current_page())
    if not page.total:
        _render_no_runs(only)
        return
    table = st.container()
    paging.render_footer_with_menu(page.pages, f"runs {only}", run_filters.export_addresses(only))
    with table:
        seconds = _refresh_seconds(page)
        part = partial(_render_again, [page], only, paging.current_page(), seconds, several)
        refreshing.render(part, seconds)


def _render_again(
    read: list[RunsPage], only: RunFilter, page_number: int, seconds: float, several: bool
) -> None:
    """Show the runs that were ``read`` with the page, the first time; later they are read again."""
    user = require_user(Permission.SEE_REPORTS, clicked=False)
    page = read.pop() if read else run_list.runs_page(user.actor, only, page_number)
    if _refresh_seconds(page) != seconds:
        dialogs.redraw_page()
    order = run_filters.ORDERS.get(only.order, "Newest first").lower()
    st.caption(plain(f"{page.total:,} run{'s' if page.total != 1 else ''}, {order}"))
    if several:
        rows = [[*_cells(run, user), _integration_cell(run)] for run in page.rows]
        tables.render((*COLUMNS, INTEGRATION), rows, stacked=True, dense=True)
    else:
        tables.render(COLUMNS, [_cells(run, user) for run in page.rows], stacked=True, dense=True)


def _refresh_seconds(page: RunsPage) -> float:
    return refreshing.seconds_until_next(is_in_progress=not all(run.status.ended for run in page.rows))


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
        times.format_duration(run.duration),
        counters.read,
        counters.filtered,
        counters.written,
        errors,
        counters.unchanged,
        counters.held,
        run.need_action,
        run.starter,
    ]


def _integration_cell(run: RunView) -> Html:
    return Html(links.anchor(run.connection_name, links.address("/Reports", connection=run.connection_id)))


def _status_cell(run: RunView) -> Html:
    """Return the status, and below it how the run ended in words, and the outcome of the plan of a held run."""
    return Html(badges.run_html(run.status, run.ending, run.decided, separator="<br>"))


def _render_no_runs(only: RunFilter) -> None:
    if only == RunFilter(only.connection_id, order=only.order):
        st.info("This connection has not run yet. Start it on the Jobs page, now or on a schedule.")
    else:
        st.info("No run matches. Choose other filters to see more.")
