"""Ask whose value of a field counts, with the values of both systems."""

from __future__ import annotations

import streamlit as st

from core.errors import HubError
from core.jobs import start
from core.models import ConflictState
from core.review import field_decisions
from core.review.field_conflicts import ConflictView
from core.security.actor import Permission
from pages.ui.layout import confirmation, flash_messages, times
from pages.ui.layout.current_user import CurrentUser
from pages.ui.layout.plain_text import aloud, plain

DONE = {
    ConflictState.USE_HR: "the value from {source} is sent",
    ConflictState.KEEP_PAYROLL: "the value in {target} is kept until one of the two changes",
    ConflictState.ASK_HR: "it waits for HR, and nothing is written",
}


def render(user: CurrentUser, conflict: ConflictView) -> None:
    """Show both values and the three choices; only for users who may decide."""
    render_values(conflict)
    if not user.actor.may(Permission.APPROVE_RUNS):
        return
    runs_now = user.actor.may(Permission.CONTROL_JOBS) and st.checkbox(
        f"Run {aloud(conflict.name)} now",
        key=f"now {conflict.id}",
        help="Otherwise the next run carries it out.",
    )
    labels = {
        ConflictState.USE_HR: f"Use the value from {conflict.source}",
        ConflictState.KEEP_PAYROLL: f"Keep the value in {conflict.target}",
        ConflictState.ASK_HR: "Ask HR",
    }
    with st.container(horizontal=True):
        for choice, label in labels.items():
            if choice is conflict.state:
                continue
            # The version is that of the values on the screen, also when they have changed since.
            st.button(
                plain(label),
                key=f"{choice.value} {conflict.id}",
                on_click=_decide,
                args=(user, conflict, choice, runs_now),
            )


def render_values(conflict: ConflictView) -> None:
    """Show the field with the value in each system."""
    for value in conflict.values:
        hr, payroll = (plain(times.format_value(each or "empty")) for each in (value.hr, value.payroll))
        st.write(
            f"**{plain(value.label)}** — {plain(conflict.source)}: {hr} · {plain(conflict.target)}: {payroll}"
        )


def _decide(user: CurrentUser, conflict: ConflictView, choice: ConflictState, runs_now: bool) -> None:
    try:
        field_decisions.decide(user.actor, conflict.id, choice, conflict.version)
        done = DONE[choice].format(source=conflict.source, target=conflict.target)
        sentence = f"{conflict.name}, {conflict.label}: {done}."
        if runs_now and choice.is_decided:
            run_id = start.sync_selected(user.actor, conflict.connection_id, [conflict.source_id])
            sentence += f" Run #{run_id} carries it out."
    except HubError as error:
        sentence = str(error)
    confirmation.close()
    flash_messages.keep(sentence)
