"""Readiness of a connection: how many employees the target would accept today, by branch, and what the others lack."""

from __future__ import annotations

import streamlit as st

from core.jobs import start, views
from core.models import RunKind
from core.people import readiness
from core.people.readiness import Readiness
from core.security.actor import Permission
from pages.ui.layout import dialogs, errors, tables, times
from pages.ui.layout.current_user import CurrentUser, require_user
from pages.ui.layout.plain_text import plain
from pages.ui.layout.tables import Column
from pages.ui.readiness import super_list, unused_list, value_list, waiting_list

REFRESH_SECONDS = 3
CHECK_HELP = "Starts a preview: everybody who has changed is read, and nothing is written."
BRANCHES = (
    Column("Branch"),
    Column("Ready", "Employees that the target would accept today.", number=True),
    Column("Waiting", "Employees who lack something.", number=True),
    Column("Left out", "Employees that the job does not send, for example leavers.", number=True),
    Column("Share ready", "Ready, of those that the job sends.", number=True),
)
MISSING = (
    Column("Missing"),
    Column("Employees", number=True),
    Column("Who must act", "The person who can put it right."),
)


def render(user: CurrentUser, connection_id: int) -> None:
    """Show the readiness of a connection that the user may see."""
    with readiness.judged_once():
        _render(user, connection_id)


def _render(user: CurrentUser, connection_id: int) -> None:
    found = readiness.readiness(user.actor, connection_id)
    head = st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center")
    head.header(plain(_headline(found)), anchor=False, width="content")
    if user.actor.may(Permission.CONTROL_JOBS):
        with head:
            _render_check(user, connection_id)
    if found.read_at is None:
        st.info(
            "Nothing is known yet. Run the job once, or choose Check everybody now: a preview that writes nothing."
        )
        return
    st.caption(_explain(user, found))
    _render_numbers(found)
    value_list.render(user, connection_id)
    unused_list.render(user, connection_id)
    waiting_list.render(user, connection_id, found)
    super_list.render(user, connection_id)


def _headline(found: Readiness) -> str:
    share = found.numbers.share
    if found.read_at is None:
        return "Readiness"
    return "Nobody is sent" if share is None else f"{found.numbers.percent} ready"


def _explain(user: CurrentUser, found: Readiness) -> str:
    numbers = found.numbers
    sent = numbers.ready + numbers.waiting
    if found.read_at is None:
        return ""
    return (
        f"{numbers.ready:,} of {sent:,} employees would be accepted today. {numbers.waiting:,} lack something, and "
        f"{numbers.left_out:,} are left out by the job or have left. If nothing changes, the next run counts "
        f"{found.filtered:,} as Filtered and {found.errors:,} as Errors. "
        f"Last read {times.format_time(found.read_at, user.zone)}."
    )


def _render_check(user: CurrentUser, connection_id: int) -> None:
    job = views.get_job(user.actor, connection_id)
    if job.current_run is not None:
        st.fragment(_watch, run_every=REFRESH_SECONDS)(connection_id)
    elif st.button(
        "Check everybody now",
        key=f"check readiness {connection_id}",
        help=CHECK_HELP,
        disabled=not job.can_run,
    ):
        with errors.shown():
            start.run_now(user.actor, connection_id, RunKind.PREVIEW)
            st.query_params["tab"] = "readiness"
            st.rerun()  # without a flash message, which would take the browser back to the first tab


def _watch(connection_id: int) -> None:
    """Say that a run is in progress, and show what it has found once it has ended."""
    user = require_user(Permission.CONTROL_JOBS, clicked=False)
    if views.get_job(user.actor, connection_id).current_run is None:
        dialogs.redraw_page()
    st.caption("A run is in progress. This page shows what it finds.")


def _render_numbers(found: Readiness) -> None:
    rows = [
        (name, numbers.ready, numbers.waiting, numbers.left_out, numbers.percent)
        for name, numbers in found.by_branch
    ]
    tables.render(BRANCHES, rows)
    if found.missing:
        st.header("What is missing", anchor=False)
        tables.render(
            MISSING, [(each.missing.title, each.people, each.fixer.value) for each in found.missing]
        )
