"""The dialog in which an Account Admin sets the guard rails of a job."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.jobs import limits
from core.runs.options import Limit, Limits
from core.security.actor import Permission
from pages.ui.layout import errors
from pages.ui.layout.current_user import require_user
from pages.ui.layout.plain_text import plain

LIMITS = {
    "creates": "New employees",
    "terminations": "Terminations",
    "bank": "Bank account changes",
    "tax_and_super": "Tax and super changes",
    "blanked": "Cleared fields",
}
APPROVERS = {
    0: "No extra approval",
    1: "One person other than the one who started the run",
    2: "Two people other than the one who started the run",
}


@st.dialog("Limits", width="medium", on_dismiss="rerun")
def ask_limits(connection_id: int, name: str) -> None:
    """Ask for the limits of a job, and store them."""
    user = require_user(Permission.APPROVE_RUNS)
    st.write(
        f"A run of **{plain(name)}** that would exceed a limit (guard rail) is held before its first change, "
        "so that you can decide."
    )
    with errors.shown():
        current = limits.get_limits(user.actor, connection_id)
        with st.form(f"limits {connection_id}", border=False):
            changes = {
                field: _ask_limit(label, field, getattr(current, field)) for field, label in LIMITS.items()
            }
            changes |= _ask_other_settings(current)
            saved = st.form_submit_button("Save")
        if saved:
            limits.change_limits(user.actor, connection_id, changes)
            st.rerun()


def _ask_limit(label: str, field: str, current: Limit) -> dict[str, Any]:
    left, right = st.columns(2)
    count = left.number_input(
        f"{label}: at most", 0, value=current.count, step=1, placeholder="no limit", key=f"{field} count"
    )
    percent = None if current.share is None else round(current.share * 100)
    share = right.number_input(
        f"{label}: at most % of employees read",
        0,
        100,
        value=percent,
        step=1,
        placeholder="no limit",
        key=f"{field} share",
    )
    return {"count": count, "share": None if share is None else share / 100}


def _ask_other_settings(current: Limits) -> dict[str, Any]:
    left, right = st.columns(2)
    least_percent = left.number_input(
        "Hold if fewer than … % of the usual number are read",
        0,
        100,
        round(current.least_share * 100),
        step=1,
    )
    most_fewer = right.number_input(
        "Hold if more than … fewer than usual are read",
        0,
        value=current.most_fewer,
        step=1,
        placeholder="no limit",
    )
    return {
        "least_share": least_percent / 100,
        "most_fewer": most_fewer,
        "shares_from": left.number_input(
            "Percentages always allow … employees",
            0,
            value=current.shares_from,
            step=1,
            help="In a small company, a few people are a large percentage. This number of employees may always be "
            "created, changed or terminated, whatever the percentages say.",
        ),
        "held_days": right.number_input(
            "Days to keep the plan of a held run", 1, 90, value=current.held_days, step=1
        ),
        "preview_hours": left.number_input(
            "Hours to keep the plan of a preview", 1, 168, value=current.preview_hours, step=1
        ),
        "people_for_bank": st.selectbox(
            "Approval of bank account changes",
            list(APPROVERS),
            index=current.people_for_bank,
            format_func=APPROVERS.__getitem__,
        ),
    }
