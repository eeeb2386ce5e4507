"""What a run asked of the systems: the numbers of a run, and the requests for one employee."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import streamlit as st

from core.reports import requests
from core.reports.records import RecordView
from core.reports.requests import RunMeasures, SystemRequests
from core.reports.run_list import RunView
from core.runs.request_log import KEPT, LoggedRequest
from pages.ui.layout import tables, times
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.plain_text import plain
from pages.ui.layout.tables import Column

SYSTEMS = (
    Column("System"),
    Column("Requests", number=True),
    Column("Refused", "Requests that the system refused because it had too many.", number=True),
    Column("Waited", "How long requests waited for their turn, or because the system asked for a pause."),
    Column("Slowest", "The longest time until a response."),
)
FIELDS = (Column("Field"), Column("Sent"), Column("In the response"))


def render_measures(user: CurrentUser, run: RunView) -> None:
    """Show how long the phases took, and how many requests each system got."""
    measures = requests.run_measures(user.actor, run.id)
    if not measures.systems:
        return
    with st.expander("Time and requests", icon=":material/timer:"):
        st.caption(plain(_phases(measures)))
        tables.render(SYSTEMS, [_system_row(system) for system in measures.systems])


def _phases(measures: RunMeasures) -> str:
    named = (("Reading and comparing", measures.reading), ("writing", measures.writing))
    parts = [f"{name} took {_seconds(seconds)}" for name, seconds in named if seconds is not None]
    return ", ".join(parts) + "."


def _system_row(asked: SystemRequests) -> tuple[object, ...]:
    return (asked.system, asked.calls, asked.refused, _seconds(asked.waited), _seconds(asked.slowest))


def _seconds(seconds: float) -> str:
    return f"{seconds:,.1f} s" if seconds < 60 else times.format_duration(timedelta(seconds=seconds))


def render_requests(user: CurrentUser, run: RunView, listed: Sequence[RecordView]) -> None:
    """Let a person choose one of the employees listed, and show what the target was asked for them."""
    names = {record.source_id: f"{record.name} ({record.source_id})" for record in listed}
    with st.popover("Requests", icon=":material/swap_vert:", key=f"requests {run.id}"):
        st.caption(
            f"What {plain(run.systems.target)} was asked for one employee, and its response, without any value: "
            f"only types and lengths. Kept for {KEPT.days:,} days."
        )
        chosen = st.selectbox(
            "Employee",
            list(names),
            index=None,
            placeholder="Choose an employee",
            format_func=lambda source_id: names.get(source_id, source_id),
            key=f"requests of {run.id}",
        )
        if chosen is None:
            return
        found = requests.requests_for(user.actor, run.id, chosen)
        if not found:
            st.info("No request was made for this employee, or it is no longer kept.")
        for request in found:
            _render_request(request)


def _render_request(request: LoggedRequest) -> None:
    outcome = f"status {request.status}" if request.status is not None else "no response"
    line = f"{request.method} {request.path} – {outcome}, {request.milliseconds:,} ms"
    st.markdown(f"**{plain(line)}**")
    if request.failure:
        st.caption(plain(f"The system {request.failure}."))
    sent, answered = dict(request.sent), dict(request.answer)
    if rows := [(name or "–", sent.get(name, "–"), answered.get(name, "–")) for name in sent | answered]:
        tables.render(FIELDS, rows)
