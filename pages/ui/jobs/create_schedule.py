"""The dialog that creates a schedule."""

from __future__ import annotations

from datetime import datetime, time

import streamlit as st

from core.clock import now
from core.errors import InvalidError
from core.jobs import schedules
from core.jobs.recurrence import Rule
from core.models import Every
from core.security.actor import Permission
from pages.ui.layout import errors, time_zones, times
from pages.ui.layout.current_user import CurrentUser, require_user
from pages.ui.layout.plain_text import plain

CHOICES = {
    Every.WEEKDAY: "Every weekday",
    Every.DAY: "Every day",
    Every.HOURS: "Every few hours",
    Every.MINUTES: "Every few minutes",
}
# What the dialog has announced, in the session state: for which rule, and when.
ANNOUNCED = "announced first run"


@st.dialog("Create schedule", on_dismiss="rerun")
def ask_schedule(connection_id: int, name: str) -> None:
    """Ask for a recurrence, show when the first run starts, and create the schedule."""
    user = require_user(Permission.CONTROL_JOBS)
    st.write(f"When should **{plain(name)}** run?")
    try:
        rule = _ask_rule(user)
        announced, has_passed = _announce(connection_id, rule)
    except InvalidError as error:
        st.warning(plain(error))
        return
    st.info(f"{rule.sentence()}. The first run starts at {times.format_time(announced, user.zone)}.")
    clicked = st.button("Create", type="primary", key="create schedule")
    if has_passed:
        st.warning("The time that was shown here has passed. Look at the new time, then press Create again.")
    elif clicked:
        with errors.shown():
            schedules.create(user.actor, connection_id, rule, announced)
            del st.session_state[ANNOUNCED]
            st.rerun()


def _announce(connection_id: int, rule: Rule) -> tuple[datetime, bool]:
    """Return when the first run starts, the same until the rule is changed, and whether what was shown has passed."""
    about, moment = st.session_state.get(ANNOUNCED, (None, now()))
    has_passed = about == (connection_id, rule) and moment <= now()
    if has_passed or about != (connection_id, rule):
        moment = schedules.announce(rule)
        st.session_state[ANNOUNCED] = (connection_id, rule), moment
    return moment, has_passed


def _ask_rule(user: CurrentUser) -> Rule:
    every = st.selectbox("How often", list(CHOICES), format_func=CHOICES.__getitem__, key="every")
    if every in (Every.HOURS, Every.MINUTES):
        largest, default = (24, 1) if every is Every.HOURS else (59, 30)
        interval = st.number_input(f"Number of {every}", 1, largest, default, step=1, key=f"interval {every}")
        return Rule(every, interval=int(interval), time_zone=user.account.time_zone)
    left, right = st.columns(2)
    at = left.time_input("Time", time(7, 0), step=300, key="at")
    zone = right.selectbox("Time zone", time_zones.options(user.account.time_zone), key="zone")
    return Rule(every, at=f"{at:%H:%M}", time_zone=zone)
