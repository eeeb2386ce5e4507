"""The list of runs."""

from __future__ import annotations

import streamlit as st

from core.clock import now
from core.models import RunKind
from core.reports import run_list
from core.reports.run_list import RunFilter, RunView
from core.security.actor import Permission
from pages.ui.layout import badges, links, paging, table_footer, tables, times
from pages.ui.layout.current_user import CurrentUser, require_user
from pages.ui.layout.tables import Column, Html

REFRESH_SECONDS = 2


def render(user: CurrentUser, only: RunFilter) -> None:
    """Draw one page of runs; while one of them is going, the table refreshes itself."""
    page = run_list.runs_page(user.actor, only, paging.current_page())
    if not page.total:
        _nothing(only)
        return
    going = any(not run.status.ended for run in page.rows)
    shown = st.container()
    table_footer.render(page.pages, f"runs {only}", "Export these runs (CSV)", _export(only))
    with shown:
        st.fragment(_table, run_every=REFRESH_SECONDS if going else None)(only, paging.current_page(), going)


def _table(only: RunFilter, number: int, refreshing: bool) -> None:
    user = require_user(Permission.SEE_REPORTS, clicked=False)
    page = run_list.runs_page(user.actor, only, number)
    st.caption(f"{page.total:,} run{'s' if page.total != 1 else ''}, newest first")
    tables.render(_columns(user), [_row(run, user) for run in page.rows])
    if refreshing and all(run.status.ended for run in page.rows):
        st.rerun()


def _columns(user: CurrentUser) -> list[Column]:
    zone = times.zone_name(now(), user.zone)
    return [
        Column("Run ID", "Click a number to see what became of each employee."),
        Column("Status"),
        Column("Type", "Scheduled: started by its schedule. Manual: somebody pressed Run now."),
        Column(f"Start ({zone})"),
        Column(f"End ({zone})"),
        tables.READ,
        tables.FILTERED,
        tables.WRITTEN,
        tables.ERRORS,
    ]


def _row(run: RunView, user: CurrentUser) -> list[object]:
    counters, zone = run.counters, times.zone_name(now(), user.zone)
    kind = "" if run.kind is RunKind.SYNC else f" · {badges.RUN_KIND[run.kind]}"
    return [
        Html(links.anchor(f"#{run.id}", links.address("/Reports", run=run.id))),
        Html(badges.badge_html(badges.RUN_STATUS[run.status])),
        f"{run.type}{kind}",
        _nowrap(times.under(zone, run.started_at, user.zone)),
        _nowrap(times.under(zone, run.ended_at, user.zone)),
        counters.read,
        counters.filtered,
        counters.written,
        Html(f'<span class="hub-problem"><b>{counters.errors:,}</b></span>') if counters.errors else 0,
    ]


def _nowrap(text: str) -> Html:
    return Html(f'<span class="hub-line">{tables.cell_html(text)}</span>')


def _nothing(only: RunFilter) -> None:
    if only == RunFilter(only.connection_id):
        st.info("This integration has not run yet. Start it on the Jobs page, now or on a schedule.")
    else:
        st.info("No run matches. Choose other filters to see more.")


def _export(only: RunFilter) -> str:
    return links.address(
        "/export/runs.csv",
        connection=only.connection_id,
        status=only.status,
        type=only.type,
        since=only.since,
        until=only.until,
    )
