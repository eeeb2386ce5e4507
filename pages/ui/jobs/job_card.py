"""One integration job on the Jobs page: its schedule, its last run, and its buttons."""

from __future__ import annotations

from html import escape

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.jobs import cancellation, schedules, start
from core.jobs.views import JobView
from core.models import Phase, RunKind, RunStatus
from core.reports import run_list
from core.reports.run_list import RunView
from pages.ui.jobs import guard_rails, run_results
from pages.ui.layout import badges, dialogs, errors, links, times
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.plain_text import plain

PREVIEW_HELP = "Shows what a run would do, employee by employee. Nothing is written."
FULL_HELP = "Reads and compares everybody in full, also those who seem unchanged. It takes longer."
CANCEL_HELP = (
    "Employees already written stay written; the rest are not written. The run ends within a few seconds."
)


def render(user: CurrentUser, job: JobView) -> None:
    """Show the job of one connection."""
    with st.container(border=True, key=f"job-{job.connection_id}"):
        name, schedule, last_run = st.columns([4, 3, 3], vertical_alignment="top")
        name.html(_name_html(job))
        schedule.html(_schedule_html(user, job))
        last_run.html(_last_run_html(user, job))
        if job.can_control:
            _render_buttons(user, job)
        if job.current_run_id is not None:
            _render_progress(user, job, job.current_run_id)


def _name_html(job: JobView) -> str:
    systems = f"{job.source} → {job.target}"
    second_line = "" if job.name == systems else f"<br>{_quiet_html(systems)}"
    return f'<span class="hub-name">{escape(job.name)}</span>{second_line}'


def _schedule_html(user: CurrentUser, job: JobView) -> str:
    if job.schedule is None:
        return f"{_quiet_html('Schedule')}<br>None"
    next_run = job.no_next_run or f"Next run {times.format_time(job.schedule.next_due_at, user.zone)}"
    return f"{_quiet_html('Schedule')}<br>{escape(job.schedule.sentence)}<br>{_quiet_html(next_run)}"


def _last_run_html(user: CurrentUser, job: JobView) -> str:
    run = job.last_run
    if run is None:
        return f"{_quiet_html('Last run')}<br>Not yet"
    link = links.anchor(f"#{run.id}", links.address("/Reports", run=run.id))
    badge = badges.badge_html(badges.RUN_STATUS[run.status])
    time = times.format_time(run.ended_at or run.started_at, user.zone, "")
    return f"{_quiet_html('Last run')}<br>{link} {badge}<br>{_quiet_html(time)}"


def _quiet_html(text: str) -> str:
    return f'<span class="hub-quiet">{escape(text)}</span>'


def _render_buttons(user: CurrentUser, job: JobView) -> None:
    row = st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center")
    messages = st.container()
    with row:
        _render_start_buttons(user, job, messages)
        if job.can_schedule and st.button(
            "Create", key=f"schedule {job.connection_id}", help="Create a schedule for this job."
        ):
            dialogs.ask("schedule", job.connection_id, job.name)
        guard_rails.render_button(user, job.connection_id, job.name)
        if job.can_cancel_schedule:
            with st.popover("", icon=":material/menu:", help="More", key=f"menu {job.connection_id}"):
                if st.button(
                    "Cancel Schedule",
                    key=f"cancel {job.connection_id}",
                    type="tertiary",
                    icon=":material/event_busy:",
                ):
                    _cancel_schedule(user, job.connection_id, messages)


def _render_start_buttons(user: CurrentUser, job: JobView, messages: DeltaGenerator) -> None:
    refusal = _why_not(job)
    if st.button(
        "Run now", key=f"run {job.connection_id}", type="primary", disabled=not job.can_run, help=refusal
    ):
        _start(user, job.connection_id, RunKind.SYNC, messages)
    if st.button(
        "Preview",
        key=f"preview {job.connection_id}",
        disabled=not job.can_run,
        help=refusal or PREVIEW_HELP,
    ):
        _start(user, job.connection_id, RunKind.PREVIEW, messages)
    if st.button(
        "Full compare now",
        key=f"full {job.connection_id}",
        disabled=not job.can_run,
        help=refusal or FULL_HELP,
    ):
        with messages, errors.shown():
            run_results.watch(start.compare_all(user.actor, job.connection_id))
            st.rerun()


def _why_not(job: JobView) -> str | None:
    if job.current_run_id is not None:
        return "A run is in progress. Wait until it has ended."
    return None if job.can_run else "The connection is not Active. Connect its source and destination first."


def _start(user: CurrentUser, connection_id: int, kind: RunKind, messages: DeltaGenerator) -> None:
    with messages, errors.shown():
        run_results.watch(start.run_now(user.actor, connection_id, kind))
        st.rerun()


def _cancel_schedule(user: CurrentUser, connection_id: int, messages: DeltaGenerator) -> None:
    with messages, errors.shown():
        schedules.cancel(user.actor, connection_id)
        st.rerun()


def _render_progress(user: CurrentUser, job: JobView, run_id: int) -> None:
    """Show how far a run is, and the button that cancels it."""
    run = run_list.run_details(user.actor, run_id)
    bar, button = st.columns([6, 1], vertical_alignment="bottom")
    bar.progress(_share_done(run), text=plain(_progress_text(run)))
    messages = st.container()
    if job.can_control and button.button(
        "Cancel run", key=f"cancel run {job.connection_id}", help=CANCEL_HELP, width="stretch"
    ):
        with messages, errors.shown():
            cancellation.cancel(user.actor, run_id)
            st.rerun()


def _share_done(run: RunView) -> float:
    counters = run.counters
    if run.phase is Phase.READING or not counters.read:
        return 0.0
    done = counters.unchanged + counters.filtered + counters.held + counters.written + counters.errors
    return min(1.0, done / counters.read)


def _progress_text(run: RunView) -> str:
    counters = run.counters
    if run.waits_for:
        return run.waits_for
    if run.status is RunStatus.QUEUED:
        return f"Run #{run.id} is queued."
    if run.phase is Phase.READING:
        return (
            f"Run #{run.id}: reading and comparing. {counters.read:,} read, {counters.filtered:,} filtered."
        )
    return f"Run #{run.id}: writing. {counters.read:,} read, {counters.written:,} written, {counters.errors:,} errors."
