"""The dialog in which an Account Admin sets the guard rails of a job."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.jobs import limits
from core.runs.options import Limit, Limits
from core.security.actor import Permission
from pages.ui.layout import errors
from pages.ui.layout.current_user import Visit, require_user

LIMITS = {
    "creates": "New employees",
    "terminations": "Terminations",
    "bank": "Bank account changes",
    "tax_and_super": "Tax and super changes",
    "blanked": "Emptied fields",
}
PEOPLE = {
    0: "Nobody in particular",
    1: "One person who did not start the run",
    2: "Two people who did not start the run",
}


def offer(visit: Visit, connection_id: int, name: str) -> None:
    """Draw the button for those who may change the guard rails."""
    if visit.actor.may(Permission.APPROVE_RUNS) and st.button(
        "Guard rails", key=f"guard rails {connection_id}"
    ):
        _ask(connection_id, name)


@st.dialog("Guard rails", width="medium")
def _ask(connection_id: int, name: str) -> None:
    visit = require_user(Permission.APPROVE_RUNS)
    st.write(
        f"When a run of **{name}** would change more than this, it is held before its first change, for you to decide."
    )
    with errors.shown():
        now = limits.get_limits(visit.actor, connection_id)
        with st.form(f"limits {connection_id}", border=False):
            changes = {field: _limit(label, field, getattr(now, field)) for field, label in LIMITS.items()}
            changes |= _others(now)
            saved = st.form_submit_button("Save")
        if saved:
            limits.change_limits(visit.actor, connection_id, changes)
            st.rerun()


def _limit(label: str, field: str, now: Limit) -> dict[str, Any]:
    left, right = st.columns(2)
    count = left.number_input(
        f"{label}: at most", 0, value=now.count, step=1, placeholder="any number", key=f"{field} count"
    )
    percent = None if now.share is None else round(now.share * 100)
    shared = f"{label}: % of those read"
    share = right.number_input(
        shared, 0, 100, value=percent, step=1, placeholder="any share", key=f"{field} share"
    )
    return {"count": count, "share": None if share is None else share / 100}


def _others(now: Limits) -> dict[str, Any]:
    left, right = st.columns(2)
    least = left.number_input(
        "Least % of the usual number read", 0, 100, round(now.least_share * 100), step=1
    )
    fewer = right.number_input(
        "At most so many fewer than usual read", 0, value=now.most_fewer, step=1, placeholder="any number"
    )
    return {
        "least_share": least / 100,
        "most_fewer": fewer,
        "shares_from": left.number_input(
            "A % counts only above so many employees", 0, value=now.shares_from, step=1
        ),
        "held_days": right.number_input(
            "Days to keep the plan of a held run", 1, 90, value=now.held_days, step=1
        ),
        "preview_hours": left.number_input(
            "Hours to keep the plan of a preview", 1, 168, value=now.preview_hours, step=1
        ),
        "people_for_bank": st.selectbox(
            "Who has to approve changed bank accounts",
            list(PEOPLE),
            index=now.people_for_bank,
            format_func=PEOPLE.__getitem__,
        ),
    }
