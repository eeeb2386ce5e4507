"""One integration job: its schedule, its last and its next run, and what can be done with it."""

from __future__ import annotations

from html import escape

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.jobs import cancellation, schedules, start
from core.jobs.views import JobView
from core.models import Phase, RunKind, RunStatus
from core.reports import run_list
from core.reports.run_list import RunView
from core.security.actor import Permission
from pages.ui.jobs import create_schedule, guard_rails
from pages.ui.layout import badges, errors, links, times
from pages.ui.layout.current_user import Visit, require_user

REFRESH_SECONDS = 2
WATCHED = "watched run"
PREVIEW = "Shows what a run would do, person by person, and writes nothing."
CANCEL = "What is written stays; the rest is not written. The run ends within a few seconds."


def draw(visit: Visit, job: JobView) -> None:
    """Draw the job of one connection."""
    with st.container(border=True, key=f"job-{job.connection_id}"):
        integration, schedule, last = st.columns([4, 3, 3], vertical_alignment="top")
        integration.html(_name(job))
        schedule.html(_schedule(visit, job))
        last.html(_last_run(visit, job))
        if job.can_control:
            _actions(visit, job)
        if job.current_run_id is not None:
            st.fragment(_progress, run_every=REFRESH_SECONDS)(job.current_run_id)


def _name(job: JobView) -> str:
    systems = f"{job.source} → {job.target}"
    known = "" if job.name == systems else f"<br>{_quiet(systems)}"
    return f'<span class="hub-name">{escape(job.name)}</span>{known}'


def _schedule(visit: Visit, job: JobView) -> str:
    if job.schedule is None:
        return f"{_quiet('Schedule')}<br>None"
    upcoming = f"Next run {times.moment(job.schedule.next_due_at, visit.zone)}"
    return f"{_quiet('Schedule')}<br>{escape(job.schedule.sentence)}<br>{_quiet(upcoming)}"


def _last_run(visit: Visit, job: JobView) -> str:
    run = job.last_run
    if run is None:
        return f"{_quiet('Last run')}<br>Not yet"
    link = links.anchor(f"#{run.id}", links.address("/Reports", run=run.id))
    when = times.moment(run.ended_at or run.started_at, visit.zone, "")
    return f"{_quiet('Last run')}<br>{link} {badges.badge(badges.RUN[run.status])}<br>{_quiet(when)}"


def _quiet(text: str) -> str:
    return f'<span class="hub-quiet">{escape(text)}</span>'


def _actions(visit: Visit, job: JobView) -> None:
    row, said = (
        st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"),
        st.container(),
    )
    with row:
        if st.button(
            "Run now",
            key=f"run {job.connection_id}",
            type="primary",
            disabled=not job.can_run,
            help=_why_not(job),
        ):
            _start(visit, job.connection_id, RunKind.SYNC, said)
        if st.button(
            "Preview",
            key=f"preview {job.connection_id}",
            disabled=not job.can_run,
            help=_why_not(job) or PREVIEW,
        ):
            _start(visit, job.connection_id, RunKind.PREVIEW, said)
        if job.can_schedule and st.button("Create schedule", key=f"schedule {job.connection_id}"):
            create_schedule.ask(job.connection_id, job.name)
        if job.current_run_id is not None and st.button(
            "Cancel run", key=f"cancel run {job.connection_id}", help=CANCEL
        ):
            _cancel_run(visit, job.current_run_id, said)
        guard_rails.offer(visit, job.connection_id, job.name)
        if job.can_cancel_schedule:
            with st.popover("", icon=":material/menu:", help="More", key=f"menu {job.connection_id}"):
                if st.button(
                    "Cancel schedule",
                    key=f"cancel {job.connection_id}",
                    type="tertiary",
                    icon=":material/event_busy:",
                ):
                    _cancel(visit, job.connection_id, said)


def _cancel_run(visit: Visit, run_id: int, said: DeltaGenerator) -> None:
    with said, errors.shown():
        cancellation.cancel(visit.actor, run_id)
        st.session_state[WATCHED] = run_id
        st.rerun()


def _cancel(visit: Visit, connection_id: int, said: DeltaGenerator) -> None:
    with said, errors.shown():
        schedules.cancel(visit.actor, connection_id)
        st.rerun()


def _why_not(job: JobView) -> str | None:
    if job.current_run_id is not None:
        return "A run is going on. Wait until it has ended."
    return None if job.can_run else "The connection is not Active. Connect both of its sides first."


def _start(visit: Visit, connection_id: int, kind: RunKind, said: DeltaGenerator) -> None:
    with said, errors.shown():
        st.session_state[WATCHED] = start.run_now(visit.actor, connection_id, kind)
        st.rerun()


def _progress(run_id: int) -> None:
    """Show how far a run is; redraws the page when it has ended."""
    visit = require_user(Permission.SEE_JOBS, clicked=False)
    run = run_list.run_details(visit.actor, run_id)
    if run.status.ended:
        st.session_state[WATCHED] = run_id
        st.rerun()
    st.progress(_share(run), text=_words(run))


def _share(run: RunView) -> float:
    counters = run.counters
    if run.phase is Phase.READING or not counters.read:
        return 0.0
    dealt = counters.unchanged + counters.filtered + counters.held + counters.written + counters.errors
    return min(1.0, dealt / counters.read)


def _words(run: RunView) -> str:
    counters = run.counters
    if run.status is RunStatus.QUEUED:
        return f"Run #{run.id} waits for its turn."
    if run.phase is Phase.READING:
        return (
            f"Run #{run.id} is reading and comparing: {counters.read:,} read, {counters.filtered:,} filtered."
        )
    return f"Run #{run.id} is writing: {counters.written:,} written, {counters.errors:,} errors, {counters.read:,} read."


def draw_result(visit: Visit) -> None:
    """Say how the run ended that was started or watched here."""
    run_id = st.session_state.get(WATCHED)
    if run_id is None:
        return
    run = run_list.run_details(visit.actor, run_id)
    if not run.status.ended:
        return
    del st.session_state[WATCHED]
    box = {RunStatus.COMPLETE: st.success, RunStatus.ERROR: st.error}.get(run.status, st.warning)
    box(f"Run #{run.id}: {run.status}. {run.message or ''}")
    links.link("See the report", links.address("/Reports", run=run.id))
