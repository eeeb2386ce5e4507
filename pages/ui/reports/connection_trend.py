"""How an integration has gone, above its runs: last success, streak, charts of the counters, who is stuck."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import streamlit as st

from core.reports import headings
from core.reports.outcomes import connection_trend
from core.reports.outcomes.connection_trend import ConnectionTrend, TrendPoint
from core.reports.run_list import IntegrationView
from pages.ui.layout import help_mark, links, tables, times
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.tables import Column, Html
from pages.ui.reports import run_filters

YIELD = "Without a problem"
YIELD_MEANING = (
    "Of the employees that the last runs compared, the share that was finished without anybody having to act. "
    "Those that are filtered do not count."
)
TITLE, TITLE_OF_ALL = "Trend, and who is stuck longest", "How each integration has gone"
SERIES = (headings.READ, headings.WRITTEN, headings.ERRORS, headings.FILTERED)
COLUMNS = (
    Column("Run"),
    Column(headings.START_TIME),
    *(Column(series, number=True) for series in SERIES),
)
OF_ALL = (
    Column("Integration"),
    Column("Last success"),
    Column("In a row"),
    Column(YIELD, YIELD_MEANING),
)
# A line over the runs, as Altair would write it; importing Altair takes longer than drawing the rest of the page.
CHART: dict[str, Any] = {
    "mark": {"type": "line", "point": True},
    "encoding": {
        "x": {
            "field": "run",
            "type": "ordinal",
            "sort": None,
            "title": None,
            "axis": {"labels": False, "ticks": False},
        },
        "y": {
            "field": "number",
            "type": "quantitative",
            "title": None,
            "axis": {"tickCount": 3, "format": ",d"},
        },
        "tooltip": [
            {"field": "run", "type": "ordinal", "title": "Run"},
            {"field": "at", "type": "nominal", "title": "Started"},
            {"field": "number", "type": "quantitative", "title": "Employees"},
        ],
    },
}
HEIGHT = 64
# How many integrations are summed up when all are shown.
MAX_INTEGRATIONS = 10


def render(user: CurrentUser, connection_id: int | None, integrations: Sequence[IntegrationView]) -> None:
    """Show how one integration has gone, or a line for each of several."""
    if connection_id is None:
        _render_all(user, integrations)
        return
    trend = connection_trend.connection_trend(user.actor, connection_id)
    if not trend.points:
        return
    facts = {
        "Last success": _last_success(user, trend),
        "In a row": escape(_streak(trend)),
        YIELD: f"{_yield(trend)} of the employees {help_mark.mark_html(YIELD, YIELD_MEANING)}",
    }
    pairs = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in facts.items())
    st.html(f'<dl class="hub-facts">{pairs}</dl>')
    if len(trend.points) > 1 or trend.stuck:
        key = f"trend of {connection_id}"
        with st.expander(TITLE, icon=":material/show_chart:", key=key, on_change="rerun") as folded:
            if folded.open:
                _render_charts(user, trend.points)
                _render_stuck(user, connection_id, trend)


def _render_all(user: CurrentUser, integrations: Sequence[IntegrationView]) -> None:
    ran = [view for view in integrations if view.last_run and not view.deleted][:MAX_INTEGRATIONS]
    if not ran:
        return
    with st.expander(
        TITLE_OF_ALL, icon=":material/show_chart:", key="trend of all", on_change="rerun"
    ) as folded:
        if not folded.open:
            return
        if rows := _rows_of_all(user, integrations, ran):
            tables.render(OF_ALL, rows, stacked=True)
        else:
            st.caption("No run of everybody has ended yet.")


def _rows_of_all(
    user: CurrentUser, integrations: Sequence[IntegrationView], shown: Sequence[IntegrationView]
) -> list[tuple[object, ...]]:
    names = run_filters.integration_names(integrations)
    rows: list[tuple[object, ...]] = []
    for view in shown:
        trend = connection_trend.connection_trend(user.actor, view.id)
        if trend.points:
            name = links.anchor(names[str(view.id)], links.address("/Reports", connection=view.id))
            success = Html(_last_success(user, trend))
            rows.append((Html(name), success, _streak(trend), _yield(trend)))
    return rows


def _last_success(user: CurrentUser, trend: ConnectionTrend) -> str:
    if trend.last_success is None:
        return "never"
    run_id, ended_at = trend.last_success
    return links.anchor(times.format_time(ended_at, user.zone), links.address("/Reports", run=run_id))


def _streak(trend: ConnectionTrend) -> str:
    number = f"{trend.streak}" if trend.streak < connection_trend.STREAK_RUNS else f"{trend.streak} or more"
    return f"{number} run{'s' if trend.streak != 1 else ''} {'with' if trend.broken else 'without'} errors"


def _yield(trend: ConnectionTrend) -> str:
    share = trend.first_pass_yield
    # Rounded down: 100 % is said only when it is all of them.
    return "–" if share is None else f"{int(share * 1000) / 10:g} %"


def _render_charts(user: CurrentUser, points: Sequence[TrendPoint]) -> None:
    """Show a chart for each counter, and all numbers as one table; of a single run neither, which the list shows."""
    if len(points) < 2:
        return
    with st.container(key="trend-charts"):
        for column, series in zip(st.columns(len(SERIES)), SERIES, strict=True):
            with column:
                st.html(f'<span class="hub-quiet">{escape(series)}</span>')
                values = [_values(user, point, series) for point in points]
                # Inside a layer, so that Streamlit sends the few numbers as they are.
                chart = {"layer": [{**CHART, "data": {"values": values}}], "height": HEIGHT}
                st.vega_lite_chart(chart, alt=_description(series, points))
    rows = [
        (
            Html(links.anchor(f"#{point.run_id}", links.address("/Reports", run=point.run_id))),
            times.format_time(point.at, user.zone),
            *(_number(point, series) for series in SERIES),
        )
        for point in reversed(points)
    ]
    table = tables.table_html(COLUMNS, rows)
    st.html(
        f'<details class="hub-details"><summary>The numbers of these runs as a table</summary>{table}</details>'
    )


def _values(user: CurrentUser, point: TrendPoint, series: str) -> dict[str, object]:
    started = times.format_time(point.at, user.zone)
    return {"run": f"#{point.run_id}", "at": started, "number": _number(point, series)}


def _number(point: TrendPoint, series: str) -> int:
    counters = point.counters
    numbers = dict(
        zip(SERIES, (counters.read, counters.written, counters.errors, counters.filtered), strict=True)
    )
    return numbers[series]


def _description(series: str, points: Sequence[TrendPoint]) -> str:
    first, last = _number(points[0], series), _number(points[-1], series)
    return f"{series} of the last {len(points)} runs: from {first:,} to {last:,}. The table below has all numbers."


def _render_stuck(user: CurrentUser, connection_id: int, trend: ConnectionTrend) -> None:
    if not trend.stuck:
        return
    people = "; ".join(
        f"{links.anchor(person.name or person.source_id, _to_fix(connection_id, person.source_id))} "
        f'<span class="hub-quiet">({escape(person.title)}, since {times.format_day(person.since, user.zone)})</span>'
        for person in trend.stuck
    )
    st.html(f'<p class="hub-headline"><span class="hub-quiet">Stuck longest:</span> {people}</p>')


def _to_fix(connection_id: int, source_id: str) -> str:
    return links.address("/To_fix", connection=connection_id, search=source_id)
