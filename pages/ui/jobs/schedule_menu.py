"""What a job's menu does to its schedule: change, pause, resume, cancel, and take the cancellation back."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.clock import now
from core.jobs import schedule_changes, schedules
from core.jobs.schedules import ScheduleView
from core.jobs.views import JobView
from core.security.actor import Permission
from pages.ui.layout import dialogs, errors
from pages.ui.layout.current_user import CurrentUser, require_user
from pages.ui.layout.plain_text import plain

CHANGE, PAUSE, RESUME, CANCEL = "Change schedule", "Pause until…", "Resume schedule", "Cancel Schedule"
ICONS = {CHANGE: "edit_calendar", PAUSE: "pause_circle", RESUME: "play_circle", CANCEL: "event_busy"}
DIALOGS = {CHANGE: "change_schedule", PAUSE: "pause_schedule", CANCEL: "cancel_schedule"}
# What was cancelled on this page, in the session state: the sentence of each connection's schedule.
CANCELLED = "cancelled schedules"


def entries(schedule: ScheduleView) -> list[str]:
    """Return what the menu offers for a schedule."""
    pause = [RESUME] if schedule.is_paused else [PAUSE] if schedule.rule is not None else []
    return [CHANGE, *pause, CANCEL]


def choose(
    user: CurrentUser, job: JobView, schedule: ScheduleView, entry: str, messages: DeltaGenerator
) -> None:
    """Do what was chosen in the menu."""
    if entry in DIALOGS:
        dialogs.ask(DIALOGS[entry], job.connection_id, job.name, schedule)
    if entry == RESUME:
        with messages, errors.shown():
            schedule_changes.resume(user.actor, job.connection_id, schedule.version)
            st.rerun()


@st.dialog("Pause schedule", on_dismiss="rerun")
def ask_pause(connection_id: int, name: str, schedule: ScheduleView) -> None:
    """Ask until when a schedule is paused."""
    user = require_user(Permission.CONTROL_JOBS)
    zone = ZoneInfo(schedule.rule.time_zone) if schedule.rule else user.zone
    today = now().astimezone(zone).date()
    st.write(f"**{plain(name)}**: {plain(schedule.sentence)}.")
    until = st.date_input(
        "Pause until",
        today + timedelta(days=7),
        min_value=today + timedelta(days=1),
        max_value=today + schedule_changes.LONGEST_PAUSE,
        format="DD/MM/YYYY",
        key="pause until",
    )
    st.write(
        "No scheduled run starts before that day. A queued one is cancelled, a running one continues. Run now still "
        "works."
    )
    if st.button("Pause", type="primary", key="pause schedule"):
        with errors.shown():
            schedule_changes.pause(user.actor, connection_id, until, schedule.version)
            st.rerun()


@st.dialog("Cancel Schedule", on_dismiss="rerun")
def ask_cancel(connection_id: int, name: str, schedule: ScheduleView) -> None:
    """Confirm that a schedule ends."""
    user = require_user(Permission.CONTROL_JOBS)
    st.write(f"**{plain(name)}** no longer runs by itself. Now: {plain(schedule.sentence)}.")
    st.write("A queued scheduled run is cancelled too, a running one continues. Run now still works.")
    cancel, keep = st.columns(2)
    if keep.button("Keep it", key="keep schedule", width="stretch"):
        st.rerun()
    if cancel.button("Cancel Schedule", type="primary", key="cancel schedule", width="stretch"):
        with errors.shown():
            sentence = schedules.cancel(user.actor, connection_id)
            st.session_state.setdefault(CANCELLED, {})[connection_id] = sentence
            st.rerun()


def render_cancelled(user: CurrentUser, job: JobView) -> None:
    """Say which schedule was cancelled on this page just now, and offer to take that back."""
    cancelled: dict[int, str] = st.session_state.get(CANCELLED, {})
    if job.schedule is not None:
        cancelled.pop(job.connection_id, None)
    if job.connection_id not in cancelled:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.success(f"Schedule cancelled: {plain(cancelled[job.connection_id])}.")
        if st.button("Undo", key=f"undo {job.connection_id}", help="Make the schedule active again."):
            with errors.shown():
                schedule_changes.restore(user.actor, job.connection_id)
                st.rerun()
