"""One connection on the Connections page."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import streamlit as st

from connectors.connector import Authorisation, Connector
from connectors.errors import ConfigError
from connectors.registry import connector
from core import connections
from core.actor import Right
from core.connection_views import ConnectionView, SideView
from core.jobs import JobView
from core.models import ConnectionStatus, Position, SideState
from pages.ui import badges, links, refusals, times
from pages.ui.guard import Visit, require_user

ROLE = {Position.SOURCE: "Source", Position.TARGET: "Target"}


def draw(visit: Visit, view: ConnectionView, job: JobView | None, may_change: bool) -> None:
    """Draw a connection with both of its sides, its last and its next run."""
    with st.container(border=True, key=f"connection-{view.id}"):
        head = st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center")
        name = f'<span class="hub-name">{escape(view.name)}</span> {badges.badge(badges.CONNECTION[view.status])}'
        head.html(name, width="content")
        if may_change:
            with head.popover("", icon=":material/menu:", help="More", key=f"menu {view.id}"):
                if st.button("Delete connection", key=f"delete {view.id}", type="tertiary", icon=":material/delete:"):
                    _ask_delete(view.id, view.name)
        _attention(view)
        source, arrow, target = st.columns([5, 1, 5], vertical_alignment="top")
        with source:
            _side(visit, view.source, may_change)
        arrow.html('<div class="hub-arrow" aria-label="to">→</div>')
        with target:
            _side(visit, view.target, may_change)
        _runs(visit, view, job)


def _attention(view: ConnectionView) -> None:
    """Say what has to be done next, if anything."""
    for side in (view.source, view.target):
        if side.state is SideState.NEEDS_RECONNECT:
            st.warning(f"{side.system} has to be connected again. {side.state_reason or ''}")
    if view.status is ConnectionStatus.DRAFT:
        missing = [side.system for side in (view.source, view.target) if side.state is SideState.NOT_CONNECTED]
        st.info(f"Next step: connect {' and '.join(missing)}. Then the connection is Active and jobs can run.")


def _side(visit: Visit, side: SideView, may_change: bool) -> None:
    state = badges.badge(badges.SIDE[side.state])
    lines = [f'<span class="hub-quiet">{ROLE[side.position]}</span>', f"<b>{escape(side.system)}</b> {state}"]
    if side.organisation_name:
        lines.append(escape(side.organisation_name))
    if side.authorised_at and side.state is not SideState.NOT_CONNECTED:
        who = f"by {side.authorised_by}, " if side.authorised_by else ""
        lines.append(f'<span class="hub-quiet">Connected {escape(who)}{times.moment(side.authorised_at, visit.zone)}</span>')
    st.html("<br>".join(lines))
    if may_change:
        _connect(side)


def _connect(side: SideView) -> None:
    known = _connector(side.kind)
    if known is None:
        return
    if known.asks():
        if st.button("Connect" if not side.connected else "Enter another key", key=f"key {side.id}"):
            _ask_key(side.connection_id, side.position, known.asks())
    elif known.authorisation is Authorisation.NONE:
        if not side.connected and st.button("Connect", key=f"open {side.id}"):
            with refusals.shown():
                connections.connect_side(require_user(Right.CHANGE_CONNECTIONS).actor, side.connection_id, side.position, {})
                st.rerun()
    elif side.connected:
        links.link("Connect again", f"/oauth/start/{side.id}")
    else:
        links.button(
            "Reconnect" if side.state is SideState.NEEDS_RECONNECT else "Connect", f"/oauth/start/{side.id}", primary=True
        )


def _connector(kind: str) -> Connector | None:
    """Return a side's connector; None where it is gone."""
    try:
        return connector(kind)
    except ConfigError:
        return None


def _runs(visit: Visit, view: ConnectionView, job: JobView | None) -> None:
    if job is None or (view.status is ConnectionStatus.DRAFT and job.last_run is None):
        return
    last = "not yet"
    if job.last_run:
        run = job.last_run
        last = f"{links.anchor(f'#{run.id}', links.address('/Reports', run=run.id))} {badges.badge(badges.RUN[run.status])} "
        last += times.moment(run.ended_at or run.started_at, visit.zone, "")
    upcoming = times.moment(job.schedule.next_due_at, visit.zone) if job.schedule else "no schedule"
    st.html(f'<span class="hub-quiet">Last run:</span> {last} &nbsp; <span class="hub-quiet">Next run:</span> {upcoming}')


def draw_nothing(may_change: bool) -> None:
    """Lead to the first connection."""
    with st.container(border=True):
        st.subheader("No connection yet")
        st.write(
            "A connection pairs enableHR with your payroll system. Once both sides are connected, "
            "iHUB keeps your employees in payroll in step with enableHR."
        )
        if may_change:
            st.write(
                "1. Press **Add connection**.\n"
                "2. Press **Connect** on each side and sign in there.\n"
                "3. Run the job on the Jobs page."
            )
        else:
            st.write("An Account Admin can add the first one.")


@st.dialog("Delete connection")
def _ask_delete(connection_id: int, name: str) -> None:
    visit = require_user(Right.CHANGE_CONNECTIONS)
    st.write(f"Delete **{name}**?")
    st.write("**Stops:** its schedule, and iHUB's access to both systems; the credentials are wiped.")
    st.write(
        "**Is kept:** the reports of its runs, and which employee belongs to which, for a later connection of the same systems."
    )
    if st.button("Delete", type="primary"):
        with refusals.shown():
            connections.delete(visit.actor, connection_id)
            st.rerun()


@st.dialog("Enter the key")
def _ask_key(connection_id: int, position: Position, asked: Mapping[str, str]) -> None:
    visit = require_user(Right.CHANGE_CONNECTIONS)
    entered = {name: _entry(name, label) for name, label in asked.items()}
    if st.button("Test and save", type="primary", disabled=not all(entered.values())):
        with refusals.shown():
            connections.connect_side(visit.actor, connection_id, position, entered)
            st.rerun()


def _entry(name: str, label: str) -> str:
    return st.text_input(label, type="default" if name == "username" else "password", autocomplete="off")
