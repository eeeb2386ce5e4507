"""The jobs of the account, which refresh themselves: often while a run is in progress, else a few times a minute."""

from __future__ import annotations

from functools import partial

import streamlit as st

from core.jobs import views
from core.jobs.views import JobView
from core.models import ConnectionStatus
from core.paging import PAGE_SIZE, page_count
from core.security.actor import Permission
from pages.ui.jobs import job_card, run_results
from pages.ui.layout import alerts, badges, dialogs, paging, queue_notice, refreshing
from pages.ui.layout.current_user import CurrentUser, is_unattended, require_user


def render(user: CurrentUser) -> None:
    """Show the jobs; a browser asks for them again while it shows the page."""
    if not is_unattended():
        run_results.forget_shown()
    read = [_jobs(user)]
    seconds = _refresh_seconds(read[0])
    refreshing.render(partial(_render_jobs, read, seconds), seconds)


def _render_jobs(read: list[list[JobView]], seconds: float) -> None:
    """Show the jobs that were ``read`` with the page, the first time; later they are read again."""
    user = require_user(Permission.SEE_JOBS, clicked=False)
    jobs = read.pop() if read else _jobs(user)
    queue_notice.render()
    alerts.render(user)
    if not jobs:
        st.info(
            "No connection is Active yet. Connect the source and the destination of a connection on the Connections "
            "page; its job then appears here."
        )
    with st.container(key="run-results"):
        run_results.render(user, [run_id for job in jobs for run_id in job.unfinished_run_ids])
    first = (min(paging.current_page(), page_count(len(jobs))) - 1) * PAGE_SIZE
    for job in jobs[first : first + PAGE_SIZE]:
        job_card.render(user, job)
    paging.render(page_count(len(jobs)), "jobs")
    if jobs:
        badges.render_legend(badges.RUN_LABELS)
    if _refresh_seconds(jobs) != seconds:  # last, so that a click is acted on before
        dialogs.redraw_page()


def _jobs(user: CurrentUser) -> list[JobView]:
    """Return the jobs: what needs somebody first, then what runs, then the rest."""
    jobs = [job for job in views.list_jobs(user.actor) if job.status is not ConnectionStatus.DRAFT]
    return sorted(jobs, key=lambda job: job.order)


def _refresh_seconds(jobs: list[JobView]) -> float:
    return refreshing.seconds_until_next(is_in_progress=any(job.current_run_id is not None for job in jobs))
