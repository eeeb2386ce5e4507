"""What a run asked of the systems: the numbers of a run, and the requests for one employee."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import streamlit as st

from core.errors import NotFoundError
from core.reports import requests
from core.reports.records import RecordView
from core.reports.requests import RunMeasures, SystemRequests
from core.reports.run_list import RunView
from core.runs.request_log import KEPT, LoggedRequest
from pages.ui.layout import errors, links, tables, times
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.plain_text import plain
from pages.ui.layout.tables import Column
from pages.ui.people.address import address

SYSTEMS = (
    Column("System"),
    Column("Requests", number=True),
    Column("Refused", "Requests that the system refused because it had too many.", number=True),
    Column("Waited", "How long requests waited for their turn, or because the system asked for a pause."),
    Column("Slowest", "The longest time until a response."),
)
WITHOUT_VALUES = (
    "No value is shown, only types and lengths. "
    f"Kept for {KEPT.days:,} days, unless Support has set another number for this account."
)
FIELDS = (Column("Field"), Column("Sent"), Column("In the response"))


def render_measures(user: CurrentUser, run: RunView) -> None:
    """Show how long the phases took, and how many requests each system got."""
    measures = requests.run_measures(user.actor, run.id)
    failed = requests.failed_requests(user.actor, run.id)
    if not measures.systems and not failed:
        return
    with st.expander("Time and requests", icon=":material/timer:"):
        if measures.systems:
            st.caption(plain(_phases(measures)))
            tables.render(SYSTEMS, [_system_row(system) for system in measures.systems])
        if failed:
            st.subheader("Refused or without a response", anchor=False)
            st.caption(
                f"Requests that are not about one employee, such as those for a list. {WITHOUT_VALUES}"
            )
            _render_all(run, failed)


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
        st.caption(f"What was asked for one employee, and the response. {WITHOUT_VALUES}")
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
        links.render_link("What happened to them", address(run.connection_id, chosen))
        _render_all(run, requests.requests_for(user.actor, run.id, chosen))


def render_of_person(user: CurrentUser, run: RunView, source_id: str) -> None:
    """Show the requests for the employee that the address names, with the link back to what happened to them."""
    with st.container(border=True):
        st.subheader(plain(f"Requests for the employee {source_id}"), anchor=False)
        try:
            found = requests.requests_for(user.actor, run.id, source_id)
        except NotFoundError as error:
            errors.render(error)
            return
        links.render_link("← What happened to them", address(run.connection_id, source_id))
        st.caption(WITHOUT_VALUES)
        _render_all(run, found)


def _render_all(run: RunView, found: Sequence[LoggedRequest]) -> None:
    if not found:
        st.info("No request was made for this employee, or it is no longer kept.")
    for request in found:
        _render_request(request, request.system or run.systems.target)


def _render_request(request: LoggedRequest, system: str) -> None:
    outcome = f"status {request.status}" if request.status is not None else "no response"
    line = f"{system}: {request.method} {request.path} – {outcome}, {request.milliseconds:,} ms"
    st.markdown(f"**{plain(line)}**")
    if request.failure:
        st.caption(plain(f"{system} {request.failure}."))
    sent, answered = dict(request.sent), dict(request.answer)
    if rows := [(name or "–", sent.get(name, "–"), answered.get(name, "–")) for name in sent | answered]:
        tables.render(FIELDS, rows)
