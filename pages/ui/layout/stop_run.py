"""The button that stops a run, or takes back one that waits."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.jobs import cancellation
from core.models import RunStatus
from core.reports.run_list import RunView
from pages.ui.layout import errors
from pages.ui.layout.current_user import CurrentUser

STOP_HELP = (
    "Employees already written stay written; the rest are not written. The run ends within a few seconds."
)
TAKE_BACK_HELP = "The run does not start. Nothing has been read or written."


def render_button(user: CurrentUser, run: RunView, messages: DeltaGenerator) -> None:
    """Show the button of a run that has not ended; ``messages`` is where an error is shown."""
    if run.status is RunStatus.QUEUED:
        label, help_text = "Take back", TAKE_BACK_HELP
    else:
        label, help_text = ("Stopping …" if run.is_stopping else "Stop this run"), STOP_HELP
    if st.button(label, key=f"stop {run.id}", help=help_text, disabled=run.is_stopping):
        with messages, errors.shown():
            cancellation.cancel(user.actor, run.id)
            st.rerun()
