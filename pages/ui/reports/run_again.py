"""The button that repeats a run which could not continue, because a system was down for example."""

from __future__ import annotations

import streamlit as st

from core.jobs import start
from core.models import RunKind
from core.reports.run_list import RunView
from core.security.actor import Permission
from pages.ui.layout import errors, links
from pages.ui.layout.current_user import CurrentUser


def render(user: CurrentUser, run: RunView) -> None:
    """Offer to run again; a run of chosen employees is repeated from its list."""
    if not run.aborted or run.kind is RunKind.SELECTED or not user.actor.may(Permission.CONTROL_JOBS):
        return
    if not run.counters.written:
        st.caption("Nothing was changed. Run again when the connection says Connected.")
    if st.button("Run again", key=f"run again {run.id}", type="primary"):
        with errors.shown():
            run_id = start.run_now(user.actor, run.connection_id, run.kind)
            links.redirect(links.address("/Reports", run=run_id))
