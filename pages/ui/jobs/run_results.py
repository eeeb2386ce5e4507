"""The results of runs that ended while the Jobs page was open, at its top until the next click."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from core.errors import NotFoundError
from core.jobs.views import JobView
from core.models import RunStatus
from core.reports import run_list
from core.reports.outcomes.endings import Ending
from pages.ui.layout import links
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.plain_text import plain

# The runs that the page has seen in progress, and those whose end it shows, in the session state.
WATCHED, SHOWN = "watched runs", "shown results"


def watch(run_id: int) -> None:
    """Show the result of a run once it has ended."""
    st.session_state.setdefault(WATCHED, set()).add(run_id)


def watch_started(user: CurrentUser, job: JobView, run_id: int) -> None:
    """Show the result of a run that was asked for; say so when the same run waited already."""
    watch(run_id)
    if run_id in job.unfinished_run_ids:
        waits_for = run_list.run_details(user.actor, run_id).waits_for
        st.toast(plain(f"Nothing was added, because the same waits already. {waits_for}"))


def forget_shown() -> None:
    """Take away the results that have been shown, when somebody has clicked."""
    st.session_state[SHOWN] = []


def render(user: CurrentUser, in_progress: Iterable[int]) -> None:
    """Show what has ended, and watch what is in progress."""
    watched, shown = st.session_state.setdefault(WATCHED, set()), st.session_state.setdefault(SHOWN, [])
    running = set(in_progress)
    shown += sorted(watched - running)
    st.session_state[WATCHED] = running
    for run_id in shown:
        _render_result(user, run_id)


def _render_result(user: CurrentUser, run_id: int) -> None:
    try:
        run = run_list.run_details(user.actor, run_id)
    except NotFoundError:
        return
    if not run.status.ended:
        return
    is_failure = run.status is RunStatus.ERROR and run.ending is not Ending.FINISHED_WITH_ERRORS
    message_box = st.error if is_failure else st.success if run.status is RunStatus.COMPLETE else st.warning
    name, words = plain(run.connection_name), run.status.value
    if run.status is RunStatus.ERROR:
        words += f", {run.ending}"
    message_box(f"**{name}** · Run #{run.id}: {words}. {plain(run.message or '')}")
    links.render_link("Go to the report", links.address("/Reports", run=run.id))
