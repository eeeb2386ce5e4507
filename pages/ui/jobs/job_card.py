"""One integration job on the Jobs page: its schedule, its last run, and its buttons."""

from __future__ import annotations

from html import escape
from zoneinfo import ZoneInfo

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.jobs import start
from core.jobs.schedules import ScheduleView
from core.jobs.views import JobView
from core.models import ConnectionStatus, RunKind
from pages.ui.jobs import job_menu, run_progress, run_results, schedule_menu
from pages.ui.layout import badges, decisions, dialogs, errors, links, times
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.plain_text import plain

PREVIEW_HELP = "Shows what a run would do, employee by employee. Nothing is written."
BEHIND_HELP = "A run is in progress. Another one starts when it has ended."
# How many runs this browser tab has started, by connection, in the session state.
STARTED = "runs started"


def render(user: CurrentUser, job: JobView) -> None:
    """Show the job of one connection."""
    with st.container(border=True, key=f"job-{job.connection_id}"):
        name, schedule, last_run = st.columns([4, 3, 3], vertical_alignment="top")
        name.html(_name_html(job))
        schedule.html(_schedule_html(user, job))
        last_run.html(_last_run_html(user, job))
        decisions.render(job)
        _render_obstacle(job)
        if job.can_control:
            _render_buttons(user, job)
        for run_id in job.unfinished_run_ids:
            run_progress.render(user, job, run_id)


def _name_html(job: JobView) -> str:
    does = _quiet_html(f"Employees from {job.source} to {job.target}")
    return f'<span class="hub-name">{escape(job.name)}</span><br>{does}'


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
    badge = badges.run_html(run.status, run.ending, run.decided)
    lines = [times.format_time(run.ended_at or run.started_at, user.zone, "")]
    if job.last_success is None:
        lines.append("No success yet")
    elif job.last_success.id != run.id:
        lines.append(f"Last success {times.format_time(job.last_success.ended_at, user.zone)}")
    quiet = "<br>".join(map(_quiet_html, lines))
    return f"{_quiet_html('Last run')}<br>{link} {badge}<br>{quiet}"


def _quiet_html(text: str) -> str:
    return f'<span class="hub-quiet">{escape(text)}</span>'


def _render_buttons(user: CurrentUser, job: JobView) -> None:
    row = st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center")
    messages = st.container()
    with row:
        _render_start_buttons(user, job, messages)
        if job.can_schedule and st.button(
            "Create schedule",
            key=f"schedule {job.connection_id}",
            help="Run this job by itself at set times.",
        ):
            dialogs.ask("schedule", job.connection_id, job.name)
        job_menu.render(user, job, messages)
    with messages:
        schedule_menu.render_cancelled(user, job)


def _render_start_buttons(user: CurrentUser, job: JobView, messages: DeltaGenerator) -> None:
    hint = _hint(job)
    # The keys change with each run that is started here, so that a press that a browser sends twice is one press. Runs
    # that others start leave them alone: a press is not lost because the page does not show such a run yet.
    if st.button("Run now", key=_key("run", job), type="primary", disabled=not job.can_run, help=hint):
        _start(user, job, RunKind.SYNC, messages)
    if st.button("Preview", key=_key("preview", job), disabled=not job.can_run, help=hint or PREVIEW_HELP):
        _start(user, job, RunKind.PREVIEW, messages)


def _key(button: str, job: JobView) -> str:
    return f"{button} {job.connection_id} {_started().get(job.connection_id, 0)}"


def _started() -> dict[int, int]:
    started: dict[int, int] = st.session_state.setdefault(STARTED, {})
    return started


def _hint(job: JobView) -> str | None:
    return _obstacle(job) or (BEHIND_HELP if job.current_run_id is not None else None)


def _obstacle(job: JobView) -> str:
    """Return why no run can start; empty when one can."""
    if not job.switched_on:
        return "iHUB is switched off for this account, so no run starts. enableHR Support can switch it on."
    if job.status is not ConnectionStatus.ACTIVE:
        return "A system of this connection has to be reconnected before a run can start."
    return ""


def _render_obstacle(job: JobView) -> None:
    if obstacle := _obstacle(job):
        st.warning(plain(obstacle))
        if job.status is not ConnectionStatus.ACTIVE:
            address = links.address("/Connections", connection=job.connection_id)
            links.render_link("Open the connection", address, aria_label=f"Open the connection {job.name}")


def _start(user: CurrentUser, job: JobView, kind: RunKind, messages: DeltaGenerator) -> None:
    with messages, errors.shown():
        run_results.watch_started(user, job, start.run_now(user.actor, job.connection_id, kind))
        _started()[job.connection_id] = _started().get(job.connection_id, 0) + 1
        st.rerun()
