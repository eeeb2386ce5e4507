"""What narrows the list of runs: the integration in the sidebar, status, type and days above the table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeVar

import streamlit as st

from core.models import RunStatus, RunType
from core.reports.run_list import IntegrationView, RunFilter
from pages.ui.layout.current_user import CurrentUser

Choice = TypeVar("Choice", bound=StrEnum)
ALL = "All"


def choose(user: CurrentUser, integrations: Sequence[IntegrationView]) -> RunFilter:
    """Draw the filters, keep them in the page's address, and return what was chosen."""
    with st.sidebar:
        connection_id = _integration(integrations)
    first, second, third = st.columns([1, 1, 1.4])
    with first:
        status = _one_of("Status", RunStatus, "status")
    with second:
        type_ = _one_of("Type", RunType, "type")
    with third:
        since, until = _days(user)
    return RunFilter(connection_id, status, type_, since, until)


def _integration(integrations: Sequence[IntegrationView]) -> int | None:
    names = {view.id: view.name + (" (deleted)" if view.deleted else "") for view in integrations}
    wanted = st.query_params.get("connection", "")
    chosen = (
        int(wanted)
        if wanted.isdigit() and int(wanted) in names
        else max(integrations, key=lambda view: view.last_run or 0).id
    )
    st.selectbox(
        "Integration",
        list(names),
        index=list(names).index(chosen),
        format_func=names.__getitem__,
        key="integration",
        on_change=_remember,
        args=("integration", "connection"),
    )
    return chosen


def _one_of(label: str, kind: type[Choice], parameter: str) -> Choice | None:
    values = [member.value for member in kind]
    wanted = st.query_params.get(parameter)
    key = f"filter {parameter}"
    st.selectbox(
        label,
        [ALL, *values],
        index=values.index(wanted) + 1 if wanted in values else 0,
        key=key,
        on_change=_remember,
        args=(key, parameter),
    )
    return kind(wanted) if wanted in values else None


def _days(user: CurrentUser) -> tuple[date | None, date | None]:
    since, until = _day("since"), _day("until")
    value: list[Any] = [day for day in (since, until) if day]
    st.date_input(
        "Days",
        value,
        max_value=datetime.now(user.zone).date(),
        format="DD/MM/YYYY",
        key="filter days",
        on_change=_remember_days,
        help=f"The days on which runs started, in {user.zone.key} time. Choose the first and the last day.",
    )
    return since, until


def _day(parameter: str) -> date | None:
    try:
        return date.fromisoformat(st.query_params.get(parameter, ""))
    except ValueError:
        return None


def _remember(key: str, parameter: str) -> None:
    """Move a choice into the address; the page number of the old list goes away."""
    value = st.session_state[key]
    _put({parameter: None if value == ALL else str(value)})


def _remember_days() -> None:
    days = st.session_state["filter days"]
    if len(days) != 1:
        since, until = days or (None, None)
        _put({"since": since and since.isoformat(), "until": until and until.isoformat()})


def _put(changes: dict[str, str | None]) -> None:
    for parameter, value in (changes | {"page": None}).items():
        if value is not None:
            st.query_params[parameter] = value
        elif parameter in st.query_params:
            del st.query_params[parameter]
