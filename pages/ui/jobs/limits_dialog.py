"""The dialog in which an Account Admin sets the limits of a job."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.jobs import limits
from core.jobs.limits import LimitFigures
from core.runs.options import Limit, Limits
from core.security.actor import Permission
from pages.ui.layout import errors, flash_messages
from pages.ui.layout.current_user import require_user
from pages.ui.layout.plain_text import plain

# Each limit with what it holds, and why somebody should look.
LIMITS = {
    "creates": (
        "New employees",
        "Holds a run that would create more than this.",
        "Many new employees at once are often people who are in payroll already and were not recognised.",
    ),
    "terminations": (
        "Terminations",
        "Holds a run in which more employees than this have left since the last one.",
        "A wrong filter or status in the HR system looks as if people had left, and they would not be paid.",
    ),
    "bank": (
        "Bank account changes",
        "Holds a run that would change more bank accounts than this.",
        "A wrong account sends somebody's pay to somebody else.",
    ),
    "tax_and_super": (
        "Tax and super changes",
        "Holds a run that would change the tax or super details of more employees than this.",
        "Wrong details mean wrong tax and super, which takes work to correct after payday.",
    ),
    "blanked": (
        "Cleared fields",
        "Holds a run that would clear fields of more employees than this.",
        "A field that is suddenly empty for many has usually been lost in the HR system, not emptied by people.",
    ),
}
APPROVERS = {
    None: "One other person, where two or more people can approve",
    0: "No extra approval",
    1: "One person other than the one who started the run",
    2: "Two people other than the one who started the run",
}
UNKNOWN = "How many that is today is known once a run has read everybody"
FIRST_RUN = (
    "The first run has yet to come, or has not dealt with nearly everybody. It is exempt from the percentage of new "
    "employees, because it may have to create everybody; the number, if set, applies. The run says so."
)


@st.dialog("Limits", width="large", on_dismiss="rerun")
def ask_limits(connection_id: int, name: str) -> None:
    """Ask for the limits of a job, and store them."""
    user = require_user(Permission.APPROVE_RUNS)
    st.write(
        f"A run of **{plain(name)}** that would exceed a limit is held before its first change, "
        "so that you can decide."
    )
    with errors.shown():
        current = limits.get_limits(user.actor, connection_id)
        figures = limits.limit_figures(user.actor, connection_id)
        if figures.is_first_run:
            st.info(FIRST_RUN)
        with st.form(f"limits {connection_id}", border=False):
            changes: dict[str, Any] = {field: _ask_limit(field, current, figures) for field in LIMITS}
            changes |= _ask_other_settings(current, figures)
            changes["people_for_bank"] = _ask_people_for_bank(current, figures)
            saved = st.form_submit_button("Save")
        if saved:
            limits.change_limits(user.actor, connection_id, changes)
            flash_messages.keep(f"The limits of {name} are saved. They apply from the next run.")
            st.rerun()


def _ask_limit(field: str, current: Limits, figures: LimitFigures) -> dict[str, Any]:
    label, sentence, why = LIMITS[field]
    limit: Limit = getattr(current, field)
    unusable = figures.unusable.get(field)
    st.markdown(f"**{plain(label)}** – {plain(sentence)}")
    st.caption(plain(unusable or f"{why} {_figures_text(field, current, figures)}"))
    left, right = st.columns(2)
    count = left.number_input(
        f"{label}: at most",
        0,
        value=limit.count,
        step=1,
        placeholder="no limit",
        key=f"{field} count",
        disabled=bool(unusable),
    )
    share = right.number_input(
        f"{label}: at most % of employees read",
        0.0,
        100.0,
        value=None if limit.share is None else _percent(limit.share),
        step=1.0,
        format="%g",
        placeholder="no limit",
        key=f"{field} share",
        disabled=bool(unusable),
    )
    return {"count": count, "share": None if share is None else _share(share)}


def _percent(share: float) -> float:
    """Return a share as it is entered: with its decimals, so that saving does not change it."""
    return round(share * 100, 6)


def _share(percent: float) -> float:
    return round(percent / 100, 8)


def _figures_text(field: str, current: Limits, figures: LimitFigures) -> str:
    """Return what the limit allows today, and what the last runs counted."""
    allowed = figures.allowed(current, field)
    today = "No limit today" if allowed is None else f"Today {allowed:,} are allowed"
    if not figures.recent:
        is_unknown = figures.percentage_applies(current, field)
        return f"{UNKNOWN}." if is_unknown else f"{today}."
    numbers = ", ".join(f"{getattr(run, field):,}" for run in figures.recent)
    return f"{today}; the last runs had {numbers} (newest first)."


def _ask_other_settings(current: Limits, figures: LimitFigures) -> dict[str, Any]:
    st.markdown("**Employees read** – Holds a run that reads far fewer employees than usual.")
    read = ", ".join(f"{run.read:,}" for run in figures.recent)
    last = f" The last runs read {read} (newest first)." if read else ""
    st.caption(plain(f"Somebody may have taken permissions from the user who connected the HR system.{last}"))
    left, right = st.columns(2)
    least_percent = left.number_input(
        "Hold if fewer than … % of the usual number are read",
        0.0,
        100.0,
        _percent(current.least_share),
        step=1.0,
        format="%g",
    )
    most_fewer = right.number_input(
        "Hold if more than … fewer than usual are read",
        0,
        value=current.most_fewer,
        step=1,
        placeholder="no limit",
    )
    return {"least_share": _share(least_percent), "most_fewer": most_fewer} | _ask_numbers(current)


def _ask_numbers(current: Limits) -> dict[str, Any]:
    st.markdown("**Small companies, and how long plans are kept**")
    left, middle, right = st.columns(3, vertical_alignment="bottom")
    return {
        "shares_from": left.number_input(
            "Percentages always allow … employees",
            0,
            value=current.shares_from,
            step=1,
            help="In a small company, a few people are a large percentage. This number of employees may always be "
            "created, changed or terminated, whatever the percentages say.",
        ),
        "held_days": middle.number_input(
            "Days to keep the plan of a held run", 1, 90, value=current.held_days, step=1
        ),
        "preview_hours": right.number_input(
            "Hours to keep the plan of a preview", 1, 168, value=current.preview_hours, step=1
        ),
    }


def _ask_people_for_bank(current: Limits, figures: LimitFigures) -> int | None:
    st.markdown(
        "**Approval of bank account changes** – Holds a run that changes any bank account until somebody else agrees."
    )
    number = figures.approvers
    people = "1 person can" if number == 1 else f"{number} people can"
    hint = f"{people} approve here: the Account Admins."
    if number < 2:
        hint += " Unless you choose otherwise, it is off: there is no second person. Add an Account Admin on Access."
    st.caption(plain(figures.unusable.get("people_for_bank") or hint))
    possible = [choice for choice in APPROVERS if choice is None or choice <= number]
    options = possible if current.people_for_bank in possible else [*possible, current.people_for_bank]
    return st.selectbox(
        "Who must approve",
        options,
        index=options.index(current.people_for_bank),
        format_func=APPROVERS.__getitem__,
        disabled="people_for_bank" in figures.unusable,
    )
