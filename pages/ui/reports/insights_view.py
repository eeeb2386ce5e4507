"""Insights: how well runs went over a period, and what keeps going wrong, as charts, each with its table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import streamlit as st

from core.exports import insights
from core.exports.insights import InsightFilter, Insights
from core.reports.run_list import IntegrationView
from pages.ui.layout import help_mark, links, tables, times, url_filters
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.tables import Column, Html
from pages.ui.layout.url_filters import UrlFilters
from pages.ui.people.address import story_link
from pages.ui.reports import run_filters

FILTERS = UrlFilters("insights")
MEANINGS = {
    "First-pass yield": "Of the employees that runs compared, the share finished without anybody having to act.",
    "Change to payroll": "The median time from the start of the run that saw a change until the run had written it.",
    "Scheduled runs on time": "The share of scheduled runs that began within 5 minutes of their due time.",
    "Before cut-off": "The share of final sweeps before a pay that ended before its cut-off without errors.",
}
WEEKS = (
    *(Column("Week of"), Column("Runs", number=True), Column("Compared", number=True)),
    *(Column("First-pass yield", number=True), Column("Written", number=True), Column("Errors", number=True)),
)
HOURS = (Column("Hour"), Column("Written", number=True))
RECURRING = (
    *(Column("Problem"), Column("Field"), Column("Integration")),
    *(Column("People", number=True), Column("Found", "How often runs have found it.", number=True)),
)
BRANCHES = (Column("Branch"), Column("People with problems", number=True))
OFFENDERS = (Column("Person"), Column("Found", "How often runs have found it.", number=True), Column("Since"))
HEIGHT = 160


def render(user: CurrentUser, integrations: Sequence[IntegrationView]) -> None:
    """Show the insights with their filters and their export."""
    links.render_link("← All runs", "/Reports")
    st.title("Insights")
    with st.container(key="filters-insights"):
        names = run_filters.integration_names(integrations)
        chosen = FILTERS.select("Integration", names, "connection", run_filters.ALL)
        since, until = FILTERS.date_range(user.zone, f"The first day, in {user.zone.key} time.")
    url_filters.render_refused()
    only = InsightFilter(int(chosen) if chosen else None, since, until)
    found = insights.insights(user.actor, only)
    if since is None and until is None:
        st.caption(
            f"Runs of everybody in the last {insights.DAYS} days. Problems are those that are open now."
        )
    _render_figures(found)
    if not found.weeks:
        st.info("No run of everybody has ended in this period.")
        return
    _render_weeks(found, links.address("/export/insights.csv", connection=chosen, since=since, until=until))
    _render_hours(found)
    _render_problems(user, found)


def _render_figures(found: Insights) -> None:
    values = {
        "First-pass yield": _share(found.first_pass_yield),
        "Change to payroll": "–" if found.median_seconds is None else f"{found.median_seconds:,} s",
        "Scheduled runs on time": _share_of(found.on_time, found.scheduled),
        "Before cut-off": _share_of(found.before_cut_off, found.sweeps),
    }
    pairs = "".join(
        f"<div><dt>{name} {help_mark.mark_html(name, MEANINGS[name])}</dt><dd>{escape(value)}</dd></div>"
        for name, value in values.items()
    )
    st.html(f'<dl class="hub-facts">{pairs}</dl>')


def _render_weeks(found: Insights, export: str) -> None:
    st.subheader("First-pass yield by week")
    values = [
        {"at": week.monday.isoformat(), "number": round(100 * week.first_pass_yield, 1)}
        for week in found.weeks
        if week.first_pass_yield is not None
    ]
    first, last = found.weeks[0], found.weeks[-1]
    said = f"First-pass yield: from {_share(first.first_pass_yield)} to {_share(last.first_pass_yield)}."
    _draw("line", values, "Percent", said)
    rows = [
        (
            *(week.monday.isoformat(), week.runs, week.compared),
            *(_share(week.first_pass_yield), week.written, week.errors),
        )
        for week in reversed(found.weeks)
    ]
    _render_table(WEEKS, rows)
    links.render_link("Export the weeks (CSV)", export)


def _render_hours(found: Insights) -> None:
    st.subheader("Employees written by hour of the day")
    values: list[dict[str, Any]] = [
        {"at": f"{hour:02}:00", "number": number} for hour, number in enumerate(found.by_hour)
    ]
    busiest = max(range(24), key=lambda hour: found.by_hour[hour])
    said = f"Most are written from {busiest:02}:00 on: {found.by_hour[busiest]:,}."
    _draw("bar", values, "Employees", said)
    _render_table(HOURS, [(each["at"], each["number"]) for each in values])


def _render_problems(user: CurrentUser, found: Insights) -> None:
    st.subheader("What keeps going wrong")
    if not found.problems.recurring:
        st.caption("No problem is open.")
        return
    rows = [
        (each.title, each.field, each.connection, each.people, each.times)
        for each in found.problems.recurring
    ]
    tables.render(RECURRING, rows, stacked=True)
    if found.problems.branches:
        tables.render(BRANCHES, found.problems.branches, stacked=True)
    if found.problems.offenders:
        st.subheader("People with problems in run after run")
        people = [
            (
                Html(story_link(each.connection_id, each.source_id, each.name)),
                each.times,
                times.format_day(each.since, user.zone),
            )
            for each in found.problems.offenders
        ]
        tables.render(OFFENDERS, people, stacked=True)


def _draw(mark: str, values: Sequence[Mapping[str, Any]], title: str, said: str) -> None:
    """Draw a chart as Altair would write it; importing Altair takes longer than drawing the rest of the page."""
    chart: dict[str, Any] = {
        "data": {"values": list(values)},
        "mark": {"type": mark, "point": True} if mark == "line" else {"type": mark},
        "encoding": {
            "x": {"field": "at", "type": "ordinal", "sort": None, "title": None},
            "y": {"field": "number", "type": "quantitative", "title": title, "axis": {"tickCount": 4}},
            "tooltip": [
                {"field": "at", "type": "nominal", "title": "When"},
                {"field": "number", "type": "quantitative", "title": title},
            ],
        },
    }
    st.vega_lite_chart({"layer": [chart], "height": HEIGHT}, alt=f"{said} The table below has all numbers.")


def _render_table(columns: Sequence[Column], rows: Sequence[tuple[object, ...]]) -> None:
    table = tables.table_html(columns, rows)
    st.html(f'<details class="hub-details"><summary>The numbers as a table</summary>{table}</details>')


def _share_of(share: float | None, number: int) -> str:
    return f"{_share(share)} of {number:,}" if number else "–"


def _share(share: float | None) -> str:
    # Rounded down: 100 % is said only when it is all of them.
    return "–" if share is None else f"{int(share * 1000) / 10:g} %"
