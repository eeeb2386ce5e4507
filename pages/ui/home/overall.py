"""Whether all is well where nothing needs somebody; before the first run, what the next step is."""

from __future__ import annotations

import streamlit as st

from core.home.connection_list import ConnectionsPage
from core.home.urgency import Urgency
from core.security.actor import Permission
from pages.ui.home.viewer import Viewer
from pages.ui.layout import links, times
from pages.ui.layout.plain_text import plain

FINE = "Everything is all right. Nothing needs you."
FINE_SO_FAR = "Everything that has run is all right. Nothing needs you."


def render(looking: Viewer, page: ConnectionsPage, *, is_running: bool) -> None:
    """Say in one sentence that all is well, or what has to be done before anything runs."""
    if page.well:
        rest = _rest(page, page.not_run_yet)
        text = f"{FINE_SO_FAR} {rest}" if rest else FINE
        st.success(plain(text), icon=":material/check_circle:")
    elif page.not_run_yet:
        _render_not_run_yet(looking, page, is_running=is_running)
    elif page.not_connected:
        _render_not_connected(looking, page)
    else:
        st.info("iHUB is switched off in each account that has a connection, so nothing runs.")


def _render_not_run_yet(looking: Viewer, page: ConnectionsPage, *, is_running: bool) -> None:
    if is_running:
        st.info("Nothing has run to its end yet. What is in progress stands below.")
        return
    text = " ".join(
        filter(None, ("Nothing has run yet.", _first_due(looking, page), _rest(page, not_run_yet=0)))
    )
    if looking.everywhere or not looking.actor.may(Permission.CONTROL_JOBS):
        st.info(plain(text if looking.everywhere else f"{text} An Account Admin can start the first run."))
        return
    step = "look at a Preview on Jobs, which writes nothing; then choose Run now or Create schedule there"
    st.info(f"{plain(text)} **Next step:** {step}.")
    links.render_button("Go to Jobs", "/Jobs", primary=True)


def _first_due(looking: Viewer, page: ConnectionsPage) -> str:
    """Say when the first run starts by itself, as far as the shown connections have a schedule."""
    due = [
        line.schedule.next_due_at for line in page.rows if line.schedule is not None and not line.no_next_run
    ]
    return f"The first run is due {times.format_time(min(due), looking.zone)}." if due else ""


def _render_not_connected(looking: Viewer, page: ConnectionsPage) -> None:
    text = "Nothing is connected yet, so nothing can run."
    if looking.everywhere:
        st.info(text)
    elif looking.actor.may(Permission.CHANGE_CONNECTIONS):
        drafts = [line for line in page.rows if line.urgency is Urgency.DRAFT]
        first = drafts[0]
        step = (
            f"connect {first.source} and {first.target}"
            if len(drafts) == 1
            else "connect both systems of each"
        )
        st.info(f"{text} **Next step:** {plain(step)}.")
        address = links.address("/Connections", connection=first.id if len(drafts) == 1 else None)
        links.render_button("Go to Connections", address, primary=True)
    else:
        st.info(f"{text} An Account Admin has to connect the systems.")


def _rest(page: ConnectionsPage, not_run_yet: int) -> str:
    """Say how many connections have not run yet, and how many are not connected."""
    parts = []
    if not_run_yet:
        parts.append(f"{_connections(not_run_yet)} {'has' if not_run_yet == 1 else 'have'} not run yet")
    if page.not_connected:
        is_one = page.not_connected == 1
        parts.append(f"{_connections(page.not_connected)} {'is' if is_one else 'are'} not connected yet")
    return f"{', '.join(parts)}." if parts else ""


def _connections(number: int) -> str:
    return f"{number:,} connection{'' if number == 1 else 's'}"
