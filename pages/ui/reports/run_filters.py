"""Filters of the list of runs: the integration in the sidebar; the others above the table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from core.models import RunKind, RunStatus, Trigger
from core.reports import headings, run_filter
from core.reports.run_filter import BY_SCHEDULE, RunFilter, RunOrder
from core.reports.run_list import IntegrationView
from pages.ui.layout import links, url_filters
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.url_filters import UrlFilters

ALL = "All"
FILTERS = UrlFilters("runs")
BESIDE_HEADING = UrlFilters("runs on a phone")
ORDERS = {
    RunOrder.OLDEST.value: "Oldest first",
    RunOrder.LONGEST.value: "Longest first",
    RunOrder.MOST_READ.value: "Most read first",
    RunOrder.MOST_WRITTEN.value: "Most written first",
    RunOrder.MOST_ERRORS.value: "Most errors first",
    RunOrder.MOST_NEED_ACTION.value: "Most that need you first",
}
KINDS = {kind.value: name for kind, name in headings.KINDS.items()}


def integration_names(integrations: Sequence[IntegrationView]) -> dict[str, str]:
    """Return the names of integrations by id, each different."""
    return {str(view.id): view.name for view in integrations}


def choose_integration(names: Mapping[str, str]) -> int | None:
    """Show the choice of an integration in the sidebar; return the one chosen, None for all."""
    with st.sidebar:
        chosen = FILTERS.select("Integration", names, "connection", ALL)
    return int(chosen) if chosen else None


def render_change(names: Mapping[str, str]) -> None:
    """Show the same choice below the heading where the window is so narrow that the sidebar is closed."""
    if st.query_params.get("connection", "") not in ("", *names):
        return  # the sidebar has said that it is not there
    with st.container(key="phone-integration"):
        BESIDE_HEADING.select("Change the integration", names, "connection", ALL)


def choose(user: CurrentUser, connection_id: int | None) -> RunFilter:
    """Show the filters above the table and return what was chosen."""
    boxes = st.container(key="filters-runs").columns([0.9, 0.9, 0.9, 1.1, 3, 1.2])
    with boxes[0]:
        status = FILTERS.select("Status", {status.value: status.value for status in RunStatus}, "status", ALL)
    with boxes[1]:
        trigger = FILTERS.select("Type", {trigger.value: trigger.value for trigger in Trigger}, "type", ALL)
    with boxes[2]:
        kind = FILTERS.select("Kind", KINDS, "kind", ALL)
    with boxes[3]:
        started_by = FILTERS.select("Started by", _starters(user), "by", "Anybody")
    with boxes[4]:
        since, until = FILTERS.date_range(user.zone, f"The first day of the runs, in {user.zone.key} time.")
    with boxes[5]:
        order = FILTERS.select("Sort", ORDERS, "sort", "Newest first")
    url_filters.render_refused()
    return RunFilter(
        connection_id,
        RunStatus(status) if status else None,
        Trigger(trigger) if trigger else None,
        since,
        until,
        RunKind(kind) if kind else None,
        int(started_by) if started_by else None,
        RunOrder(order) if order else RunOrder.NEWEST,
    )


def _starters(user: CurrentUser) -> dict[str, str]:
    people = {str(number): name for number, name in run_filter.starters(user.actor).items()}
    return {str(BY_SCHEDULE): "The schedule", **people}


def export_addresses(only: RunFilter) -> dict[str, str]:
    """Return what can be exported with these filters, with the address of each as CSV."""
    filters = {
        "connection": only.connection_id,
        "status": only.status,
        "type": only.trigger,
        "kind": only.kind,
        "by": only.started_by,
        "since": only.since,
        "until": only.until,
    }
    order = None if only.order is RunOrder.NEWEST else only.order
    return {
        "These runs": links.address("/export/runs.csv", **filters, sort=order),
        "The employees of these runs": links.address("/export/records.csv", **filters),
        "Everybody the source lists now": links.address("/export/people.csv", connection=only.connection_id),
    }
