"""Filters of the list of runs: the integration in the sidebar; status, type and dates above the table."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.models import RunStatus, Trigger
from core.reports.run_list import IntegrationView, RunFilter
from pages.ui.layout import url_filters
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.url_filters import UrlFilters

ALL = "All"
FILTERS = UrlFilters("runs")


def choose(user: CurrentUser, integrations: Sequence[IntegrationView]) -> RunFilter:
    """Show the filters and return what was chosen."""
    with st.sidebar:
        connection_id = _choose_integration(integrations)
    first, second, third = st.columns([1, 1, 1.4])
    with first:
        status = FILTERS.select("Status", {status.value: status.value for status in RunStatus}, "status", ALL)
    with second:
        trigger = FILTERS.select("Type", {trigger.value: trigger.value for trigger in Trigger}, "type", ALL)
    with third:
        help_text = (
            f"The days on which the runs started, in {user.zone.key} time. Choose the first and the last day."
        )
        since, until = FILTERS.date_range(user.zone, help_text)
    return RunFilter(
        connection_id,
        RunStatus(status) if status else None,
        Trigger(trigger) if trigger else None,
        since,
        until,
    )


def _choose_integration(integrations: Sequence[IntegrationView]) -> int:
    """Show the choice of an integration; the default is the one that ran last."""
    names = {view.id: view.name + (" (deleted)" if view.deleted else "") for view in integrations}
    parameter = st.query_params.get("connection", "")
    if parameter in map(str, names):
        chosen = int(parameter)
    else:
        chosen = max(integrations, key=lambda view: view.last_run or 0).id
    st.selectbox(
        "Integration",
        list(names),
        index=list(names).index(chosen),
        format_func=names.__getitem__,
        key="integration",
        on_change=_store_integration,
    )
    return chosen


def _store_integration() -> None:
    url_filters.store({"connection": str(st.session_state["integration"])})
