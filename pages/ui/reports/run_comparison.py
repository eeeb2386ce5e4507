"""A run beside another of its integration: who newly failed, who recovered, who goes back and forth."""

from __future__ import annotations

import streamlit as st

from core.reports import headings
from core.reports.outcomes import comparison
from core.reports.outcomes.comparison import Change, Comparison, Flapping
from core.reports.run_list import RunView
from pages.ui.layout import errors, links, tables, times, url_filters
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.plain_text import plain
from pages.ui.layout.tables import Column, Html
from pages.ui.layout.url_filters import UrlFilters
from pages.ui.people.address import story_link

MAX_ROWS = 200
SIGNS = {True: "needs somebody", False: "fine", None: "not read"}


def render(user: CurrentUser, run: RunView) -> None:
    """Show the choice of another run, and the comparison where one is chosen."""
    others = comparison.comparable_runs(user.actor, run.id) if run.counters.read else {}
    if not others and not st.query_params.get("compare"):
        return
    names = {str(other): f"#{other}, {times.format_time(at, user.zone)}" for other, at in others.items()}
    filters = UrlFilters(f"comparison {run.id}")
    left, _ = st.columns([1, 2])
    with left:
        chosen = filters.select("Compare with another run", names, "compare", "No other run")
    url_filters.render_refused()
    if chosen:
        with errors.shown():
            _render(run, comparison.compare(user.actor, run.id, int(chosen)))


def _render(run: RunView, found: Comparison) -> None:
    st.header(plain(f"Run #{found.earlier} beside run #{found.later}"), anchor=False)
    numbers = ", ".join(f"{found.count(change):,} {change}" for change in Change)
    flapping = f" {len(found.flapping):,} go back and forth." if found.flapping else ""
    st.write(plain(f"{numbers[:1].upper()}{numbers[1:]}.{flapping}"))
    if found.differences:
        columns = (
            Column(headings.RECORD),
            Column(headings.SOURCE_ID),
            Column("Change"),
            Column(f"Run #{found.earlier}"),
            Column(f"Run #{found.later}"),
        )
        rows = [
            (
                Html(story_link(run.connection_id, each.source_id, each.name)),
                each.source_id,
                each.change.value.capitalize(),
                each.before,
                each.after,
            )
            for each in found.differences[:MAX_ROWS]
        ]
        tables.render(columns, rows, stacked=True)
    left_out = len(found.differences) - MAX_ROWS
    if left_out > 0:
        st.caption(f"{left_out:,} more are left out here. The command compare lists all of them.")
    if found.flapping:
        _render_flapping(found)


def _render_flapping(found: Comparison) -> None:
    st.markdown("**Back and forth**")
    st.caption(
        f"People whose outcome has changed several times in the last {len(found.recent)} runs of everybody."
    )
    columns = (
        Column(headings.RECORD),
        Column(headings.SOURCE_ID),
        Column("Changes", number=True),
        Column("Runs in which they needed somebody"),
    )
    tables.render(columns, [_cells(found, each) for each in found.flapping[:MAX_ROWS]], stacked=True)


def _cells(found: Comparison, each: Flapping) -> list[object]:
    runs = [run_id for run_id, failed in zip(found.recent, each.failed, strict=True) if failed]
    html = ", ".join(
        links.anchor(
            f"#{run_id}", links.address("/Reports", run=run_id, search=each.source_id, show="everyone")
        )
        for run_id in runs
    )
    return [each.name, each.source_id, each.changes, Html(html)]
