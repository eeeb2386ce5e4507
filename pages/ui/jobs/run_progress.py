"""A run that waits or is in progress, in the row of its job: how far it is, and the button that stops it."""

from __future__ import annotations

import time

import streamlit as st

from core.jobs import progress
from core.jobs.views import JobView
from core.models import Phase, RunStatus
from core.reports import run_list
from core.reports.run_list import RunView
from core.review import plans
from pages.ui.layout import stop_run, times
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.plain_text import plain

# When the page first saw each run write, and how many had been written by then, in the session state.
SEEN = "runs seen writing"
# A rate is said once it has been watched for this many seconds.
SECONDS = 6.0


def render(user: CurrentUser, job: JobView, run_id: int) -> None:
    """Show how far a run is or what it waits for, and the button that stops it."""
    run = run_list.run_details(user.actor, run_id)
    if run.status.ended:
        return
    text, button = st.columns([5, 1], vertical_alignment="center")
    with text:
        if run.status is RunStatus.QUEUED:
            st.caption(plain(run.waits_for))
        elif run.continues_at is not None:
            st.caption(
                plain(times.format_put_off(f"Run #{run.id}", run.continues_at, run.message, user.zone))
            )
        else:
            _render_bar(user, job, run)
    messages = st.container()
    if job.can_control:
        with button:
            stop_run.render_button(user, run, messages)


def _render_bar(user: CurrentUser, job: JobView, run: RunView) -> None:
    is_of_some = run.chosen is not None or plans.origin_run(user.actor, run.id) is not None
    far = progress.measure(
        run.id,
        run.phase,
        run.counters,
        usually_read=0 if is_of_some else job.usually_read,
        pace=job.pace,
        per_minute=_per_minute(run),
    )
    text = run.waits_for or far.text
    if far.share is None:
        st.html(
            f'<div class="hub-moving" role="progressbar" aria-label="Run #{run.id} is reading"><span></span></div>'
        )
        st.markdown(plain(text))
    else:
        st.progress(min(1.0, max(0.0, far.share)), text=plain(text))


def _per_minute(run: RunView) -> float | None:
    """Return how many employees are written in a minute, as this page has seen it; None while it is too early."""
    if run.phase is not Phase.WRITING:
        return None
    done = run.counters.written + run.counters.errors
    since, before = st.session_state.setdefault(SEEN, {}).setdefault(run.id, (time.monotonic(), done))
    seconds = time.monotonic() - since
    return (done - before) / seconds * 60 if seconds >= SECONDS and done > before else None
