"""The menu of a job: its schedule, a run for one person, its limits, and stopping its run."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.jobs import cancellation, start
from core.jobs.views import JobView
from core.models import RunStatus
from core.security.actor import Permission
from pages.ui.jobs import run_results, schedule_menu
from pages.ui.layout import dialogs, errors
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.plain_text import plain

ONE_PERSON, FULL, LIMITS = "Run for one person", "Full compare now", "Limits"
STOP, TAKE_BACK = "Stop this run", "Take back the waiting run"
ICONS = schedule_menu.ICONS | {
    ONE_PERSON: "person",
    FULL: "difference",
    LIMITS: "speed",
    STOP: "stop_circle",
    TAKE_BACK: "undo",
}


def render(user: CurrentUser, job: JobView, messages: DeltaGenerator) -> None:
    """Show the menu; ``messages`` is where an error is shown."""
    entry = st.menu_button(
        f"More for {plain(job.name)}",
        entries(user, job),
        icon=":material/menu:",
        key=f"menu {job.connection_id}",
        format_func=lambda entry: f":material/{ICONS[entry]}: {entry}",
    )
    if entry is not None:
        _choose(user, job, entry, messages)


def entries(user: CurrentUser, job: JobView) -> list[str]:
    """Return what the menu offers."""
    found = schedule_menu.entries(job.schedule) if job.schedule is not None else []
    found += [ONE_PERSON, FULL]
    if user.actor.may(Permission.APPROVE_RUNS):
        found.append(LIMITS)
    if job.current_run is not None:
        found.append(STOP if job.current_run.status is RunStatus.RUNNING else TAKE_BACK)
    return found


def _choose(user: CurrentUser, job: JobView, entry: str, messages: DeltaGenerator) -> None:
    if entry == ONE_PERSON:
        dialogs.ask("one_person", job.connection_id, job.name)
    if entry == LIMITS:
        dialogs.ask("limits", job.connection_id, job.name)
    if entry == FULL:
        with messages, errors.shown():
            run_results.watch_started(user, job, start.compare_all(user.actor, job.connection_id))
            st.rerun()
    elif entry in (STOP, TAKE_BACK) and job.current_run is not None:
        with messages, errors.shown():
            cancellation.cancel(user.actor, job.current_run.id)
            st.rerun()
    elif job.schedule is not None:
        schedule_menu.choose(user, job, job.schedule, entry, messages)
