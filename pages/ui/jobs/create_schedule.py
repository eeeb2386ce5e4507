"""The dialog that creates a schedule."""

from __future__ import annotations

from datetime import time
from zoneinfo import available_timezones

import streamlit as st

from core.clock import now
from core.errors import InvalidError
from core.jobs import schedules
from core.jobs.recurrence import Rule
from core.models import Every
from core.security.actor import Permission
from pages.ui.layout import errors, times
from pages.ui.layout.current_user import CurrentUser, require_user
from pages.ui.layout.plain_text import plain

CHOICES = {
    Every.WEEKDAY: "Every weekday",
    Every.DAY: "Every day",
    Every.HOURS: "Every few hours",
    Every.MINUTES: "Every few minutes",
}
NEARBY = ("Australia/", "Pacific/Auckland")


@st.dialog("Create schedule")
def ask_schedule(connection_id: int, name: str) -> None:
    """Ask for a recurrence, show when the first run starts, and create the schedule."""
    user = require_user(Permission.CONTROL_JOBS)
    st.write(f"When should **{plain(name)}** run?")
    try:
        rule = _ask_rule(user)
        first = times.format_time(rule.next_after(now()), user.zone)
        st.info(f"{rule.sentence()}. The first run starts at about {first}.")
    except InvalidError as error:
        st.warning(plain(error))
        return
    if st.button("Create", type="primary", key="create schedule"):
        with errors.shown():
            schedules.create(user.actor, connection_id, rule)
            st.rerun()


def _ask_rule(user: CurrentUser) -> Rule:
    every = st.selectbox("How often", list(CHOICES), format_func=CHOICES.__getitem__, key="every")
    if every in (Every.HOURS, Every.MINUTES):
        largest, default = (24, 1) if every is Every.HOURS else (59, 30)
        interval = st.number_input(f"Number of {every}", 1, largest, default, step=1, key=f"interval {every}")
        return Rule(every, interval=int(interval), time_zone=user.account.time_zone)
    left, right = st.columns(2)
    at = left.time_input("Time", time(7, 0), step=300, key="at")
    zone = right.selectbox("Time zone", _time_zones(user.account.time_zone), key="zone")
    return Rule(every, at=f"{at:%H:%M}", time_zone=zone)


def _time_zones(account_zone: str) -> list[str]:
    """Return all time zones: the account's own first, then those nearby."""
    others = sorted(
        available_timezones() - {account_zone, "localtime", "Factory"},
        key=lambda zone: (not zone.startswith(NEARBY), zone),
    )
    return [account_zone, *others]
