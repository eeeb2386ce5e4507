"""One connection on the Connections page."""

from __future__ import annotations

from html import escape

import streamlit as st

from core.connections.views import ConnectionView
from core.jobs.views import JobView
from core.models import ConnectionStatus, SideState
from core.sides.side_status import SideStatus
from pages.ui.connections import delete_connection, side_panel
from pages.ui.layout import badges, decisions, links, times
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.plain_text import plain

URGENCY = {SideStatus.NEEDS_RECONNECT: 0, SideStatus.EXPIRING: 1, SideStatus.UNREACHABLE: 1}

# The labels on a card, for the list of what they mean.
LABELS = (
    *badges.CONNECTION_STATUS.values(),
    *badges.SIDE_STATUS.values(),
    *badges.RUN_LABELS,
)


def urgency(view: ConnectionView) -> int:
    """Return the sort key that puts connections that need attention first."""
    sides = (view.source, view.target)
    if view.mapping_fault is not None:
        return 0
    return min(1 if side.authoriser_left else URGENCY.get(side.status, 3) for side in sides) - (
        view.status is ConnectionStatus.DRAFT
    )


def render(user: CurrentUser, view: ConnectionView, job: JobView | None, may_change: bool) -> None:
    """Show a connection with its source and destination, its last and its next run."""
    with st.container(border=True, key=f"connection-{view.id}"):
        head = st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center")
        address = links.address("/Connections", connection=view.id)
        name = links.anchor(view.name, address, css_class="hub-name")
        head.html(f"{name} {badges.badge_html(badges.CONNECTION_STATUS[view.status])}", width="content")
        if may_change:
            with head.popover(f"More for {plain(view.name)}", icon=":material/menu:", key=f"menu {view.id}"):
                delete_connection.render_button(view)
        render_sides(user, view, may_change)
        render_runs(user, view, job)


def render_sides(user: CurrentUser, view: ConnectionView, may_change: bool) -> None:
    """Show what to do next, and the source and the destination."""
    for side in (view.source, view.target):
        side_panel.render_warnings(user, side, may_change)
    if view.mapping_fault is not None:
        st.error(plain(view.mapping_fault))
    if view.status is ConnectionStatus.DRAFT:
        missing = [
            side.system for side in (view.source, view.target) if side.state is SideState.NOT_CONNECTED
        ]
        st.info(
            f"Next step: connect {plain(' and '.join(missing))}. The connection is then Active and jobs can run."
        )
    source, arrow, target = st.columns([5, 1, 5], vertical_alignment="top")
    with source:
        side_panel.render(user, view.source, may_change)
    arrow.html('<div class="hub-arrow" aria-label="to">→</div>')
    with target:
        side_panel.render(user, view.target, may_change)


def render_runs(user: CurrentUser, view: ConnectionView, job: JobView | None) -> None:
    """Show the last and the next run."""
    if job is None or (view.status is ConnectionStatus.DRAFT and job.last_run is None):
        return
    decisions.render(job)
    last_run = "not yet"
    if job.last_run:
        run = job.last_run
        link = links.anchor(f"#{run.id}", links.address("/Reports", run=run.id))
        badge = badges.run_html(run.status, run.ending)
        last_run = f"{link} {badge} {times.format_time(run.ended_at or run.started_at, user.zone, '')}"
    next_run = times.format_time(job.schedule.next_due_at, user.zone) if job.schedule else "no schedule"
    next_run = job.no_next_run or next_run
    st.html(
        f'<span class="hub-quiet">Last run:</span> {last_run} &nbsp; '
        f'<span class="hub-quiet">Next run:</span> {escape(next_run)}'
    )


def render_first_steps(may_change: bool) -> None:
    """Show how to set up the first connection."""
    with st.container(border=True):
        st.header("No connection yet", anchor=False)
        st.write(
            "A connection links enableHR with your payroll system. Once both systems are connected, "
            "iHUB keeps your employees in sync between them."
        )
        if may_change:
            st.write(
                "1. Click **Add connection**.\n"
                "2. Click **Connect** on the source and on the destination, and sign in there.\n"
                "3. Look at a first preview; nothing is written yet."
            )
        else:
            st.write("An Account Admin can add the first connection.")
