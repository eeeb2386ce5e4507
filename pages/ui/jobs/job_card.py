"""One integration job on the Jobs page: its schedule, its last run, and its buttons."""

from __future__ import annotations

from html import escape
from zoneinfo import ZoneInfo

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.jobs import start
from core.jobs.schedules import ScheduleView
from core.jobs.views import JobView
from core.models import Phase, RunKind, RunStatus
from core.reports import run_list
from core.reports.run_list import RunView
from pages.ui.jobs import guard_rails, run_results, schedule_menu
from pages.ui.layout import badges, dialogs, errors, links, stop_run, times
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.plain_text import plain

PREVIEW_HELP = "Shows what a run would do, employee by employee. Nothing is written."
FULL_HELP = "Reads and compares everybody in full, also those who seem unchanged. It takes longer."
BEHIND_HELP = "A run is in progress. Another one starts when it has ended."


def render(user: CurrentUser, job: JobView) -> None:
    """Show the job of one connection."""
    with st.container(border=True, key=f"job-{job.connection_id}"):
        name, schedule, last_run = st.columns([4, 3, 3], vertical_alignment="top")
        name.html(_name_html(job))
        schedule.html(_schedule_html(user, job))
        last_run.html(_last_run_html(user, job))
        if job.can_control:
            _render_buttons(user, job)
        for run_id in job.unfinished_run_ids:
            _render_progress(user, job, run_id)


def _name_html(job: JobView) -> str:
    systems = f"{job.source} → {job.target}"
    second_line = "" if job.name == systems else f"<br>{_quiet_html(systems)}"
    return f'<span class="hub-name">{escape(job.name)}</span>{second_line}'


def _schedule_html(user: CurrentUser, job: JobView) -> str:
    if job.schedule is None:
        return f"{_quiet_html('Schedule')}<br>None"
    lines = [_quiet_html("Schedule"), escape(job.schedule.sentence)]
    if job.schedule.is_paused and job.schedule.paused_until is not None:
        lines.append(
            f"Paused until {times.format_day(job.schedule.paused_until, _schedule_zone(user, job.schedule))}"
        )
    next_run = job.no_next_run or f"Next run {times.format_time(job.schedule.next_due_at, user.zone)}"
    if job.schedule.waits_for_opening and not job.no_next_run:
        next_run += f", at the end of closed hours ({job.schedule.closed_hours})"
    lines.append(escape(next_run) if job.schedule.problem else _quiet_html(next_run))
    return "<br>".join(lines)


def _schedule_zone(user: CurrentUser, schedule: ScheduleView) -> ZoneInfo:
    return ZoneInfo(schedule.rule.time_zone) if schedule.rule else user.zone


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
        _render_menu(user, job, messages)
    with messages:
        schedule_menu.render_cancelled(user, job)


def _render_menu(user: CurrentUser, job: JobView, messages: DeltaGenerator) -> None:
    if job.schedule is None or not job.can_cancel_schedule:
        return
    entry = st.menu_button(
        "",
        schedule_menu.entries(job.schedule),
        icon=":material/menu:",
        help="More",
        key=f"menu {job.connection_id}",
        format_func=lambda entry: f":material/{schedule_menu.ICONS[entry]}: {entry}",
    )
    if entry is not None:
        schedule_menu.choose(user, job, job.schedule, entry, messages)


def _render_start_buttons(user: CurrentUser, job: JobView, messages: DeltaGenerator) -> None:
    hint = _hint(job)
    # The keys change with each run, so that a press that a browser sends twice is one press.
    if st.button("Run now", key=_key("run", job), type="primary", disabled=not job.can_run, help=hint):
        _start(user, job, RunKind.SYNC, messages)
    if st.button("Preview", key=_key("preview", job), disabled=not job.can_run, help=hint or PREVIEW_HELP):
        _start(user, job, RunKind.PREVIEW, messages)
    if st.button("Full compare now", key=_key("full", job), disabled=not job.can_run, help=hint or FULL_HELP):
        with messages, errors.shown():
            run_results.watch(start.compare_all(user.actor, job.connection_id))
            st.rerun()


def _key(button: str, job: JobView) -> str:
    last = job.last_run.id if job.last_run is not None else 0
    return f"{button} {job.connection_id} after {max([last, *job.unfinished_run_ids])}"


def _hint(job: JobView) -> str | None:
    if not job.can_run:
        return "The connection is not Active. Connect its source and destination first."
    return BEHIND_HELP if job.current_run_id is not None else None


def _start(user: CurrentUser, job: JobView, kind: RunKind, messages: DeltaGenerator) -> None:
    with messages, errors.shown():
        run_id = start.run_now(user.actor, job.connection_id, kind)
        run_results.watch(run_id)
        if run_id in job.unfinished_run_ids:
            waits_for = run_list.run_details(user.actor, run_id).waits_for
            st.toast(plain(f"Nothing was added, because the same waits already. {waits_for}"))
        st.rerun()


def _render_progress(user: CurrentUser, job: JobView, run_id: int) -> None:
    """Show how far a run is or what it waits for, and the button that stops it."""
    run = run_list.run_details(user.actor, run_id)
    if run.status.ended:
        return
    text, button = st.columns([5, 1], vertical_alignment="center")
    if run.status is RunStatus.QUEUED:
        text.caption(plain(run.waits_for))
    else:
        text.progress(_share_done(run), text=plain(_progress_text(run)))
    messages = st.container()
    if job.can_control:
        with button:
            stop_run.render_button(user, run, messages)


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
    if run.phase is Phase.READING:
        return (
            f"Run #{run.id}: reading and comparing. {counters.read:,} read, {counters.filtered:,} filtered."
        )
    return f"Run #{run.id}: writing. {counters.read:,} read, {counters.written:,} written, {counters.errors:,} errors."
