"""One connection on the Connections page, at a glance."""

from __future__ import annotations

from html import escape

import streamlit as st

from core.connections.views import ConnectionView
from core.jobs.views import JobView
from core.models import ConnectionStatus, SideState
from core.sides.side_status import SideStatus
from pages.ui.connections import delete_connection, side_panel
from pages.ui.layout import badges, links, times
from pages.ui.layout.current_user import Visit

URGENCY = {SideStatus.NEEDS_RECONNECT: 0, SideStatus.EXPIRING: 1, SideStatus.UNREACHABLE: 1}


def urgency(view: ConnectionView) -> int:
    """Return how much a connection needs somebody: the lowest number comes first."""
    sides = (view.source, view.target)
    return min(1 if side.authoriser_left else URGENCY.get(side.status, 3) for side in sides) - (
        view.status is ConnectionStatus.DRAFT
    )


def draw(visit: Visit, view: ConnectionView, job: JobView | None, may_change: bool) -> None:
    """Draw a connection with both of its sides, its last and its next run."""
    with st.container(border=True, key=f"connection-{view.id}"):
        head = st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center")
        address = links.address("/Connections", connection=view.id)
        name = links.anchor(view.name, address, style="hub-name")
        head.html(f"{name} {badges.badge(badges.CONNECTION[view.status])}", width="content")
        if may_change:
            with head.popover("", icon=":material/menu:", help="More", key=f"menu {view.id}"):
                delete_connection.button(view)
        body(visit, view, may_change)
        runs(visit, view, job)


def body(visit: Visit, view: ConnectionView, may_change: bool) -> None:
    """Draw what has to be done next, and both sides."""
    for side in (view.source, view.target):
        side_panel.warn(visit, side)
    if view.status is ConnectionStatus.DRAFT:
        missing = [
            side.system for side in (view.source, view.target) if side.state is SideState.NOT_CONNECTED
        ]
        st.info(
            f"Next step: connect {' and '.join(missing)}. Then the connection is Active and jobs can run."
        )
    source, arrow, target = st.columns([5, 1, 5], vertical_alignment="top")
    with source:
        side_panel.draw(visit, view.source, may_change)
    arrow.html('<div class="hub-arrow" aria-label="to">→</div>')
    with target:
        side_panel.draw(visit, view.target, may_change)


def runs(visit: Visit, view: ConnectionView, job: JobView | None) -> None:
    """Draw the last and the next run."""
    if job is None or (view.status is ConnectionStatus.DRAFT and job.last_run is None):
        return
    last = "not yet"
    if job.last_run:
        run = job.last_run
        last = f"{links.anchor(f'#{run.id}', links.address('/Reports', run=run.id))} {badges.badge(badges.RUN[run.status])} "
        last += times.moment(run.ended_at or run.started_at, visit.zone, "")
    upcoming = times.moment(job.schedule.next_due_at, visit.zone) if job.schedule else "no schedule"
    st.html(
        f'<span class="hub-quiet">Last run:</span> {last} &nbsp; <span class="hub-quiet">Next run:</span> {escape(upcoming)}'
    )


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
                "3. Look at a first preview; nothing is written yet."
            )
        else:
            st.write("An Account Admin can add the first one.")
