"""The dialogs that create and change a schedule."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import streamlit as st

from core.clock import now
from core.errors import InvalidError
from core.jobs import schedule_changes, schedules
from core.jobs.calendar.wall_clock import zone_in_words
from core.jobs.recurrence import Rule
from core.jobs.schedules import ScheduleView
from core.security.actor import Permission
from pages.ui.jobs import schedule_form
from pages.ui.layout import errors, times
from pages.ui.layout.current_user import CurrentUser, require_user
from pages.ui.layout.plain_text import plain

# What the dialog has announced, in the session state: for which rule, and when.
ANNOUNCED = "announced first run"
# A run reads the whole list of employees: more often than this is rarely meant.
OFTEN = timedelta(minutes=5)
PASSED = "The time that was shown here has passed. Look at the new time, then press the button again."


@st.dialog("Create schedule", width="medium", on_dismiss="rerun")
def ask_schedule(connection_id: int, name: str) -> None:
    """Ask for a recurrence, show when the next runs start, and create the schedule."""
    user = require_user(Permission.CONTROL_JOBS)
    st.write(f"When should **{plain(name)}** run?")
    announced = _ask(user, connection_id, None)
    if announced is not None:
        with errors.shown():
            schedules.create(user.actor, connection_id, *announced)
            _close()


@st.dialog("Change schedule", width="medium", on_dismiss="rerun")
def ask_change(connection_id: int, name: str, schedule: ScheduleView) -> None:
    """Ask for another recurrence, show when the next runs start, and change the schedule that the person has seen."""
    user = require_user(Permission.CONTROL_JOBS)
    st.write(f"When should **{plain(name)}** run? Now: {plain(schedule.sentence)}.")
    announced = _ask(user, connection_id, schedule)
    if announced is not None:
        with errors.shown():
            rule, first_due_at = announced
            schedule_changes.change(user.actor, connection_id, rule, schedule.version, first_due_at)
            _close()


def _close() -> None:
    st.session_state.pop(ANNOUNCED, None)
    st.rerun()


def _ask(
    user: CurrentUser, connection_id: int, schedule: ScheduleView | None
) -> tuple[Rule, datetime] | None:
    """Draw the dialog; return the rule and its first due time once they are confirmed."""
    key = "schedule" if schedule is None else f"schedule {schedule.id} {schedule.revision}"
    try:
        rule = schedule_form.ask_rule(schedule.rule if schedule else None, user.account.time_zone, key)
        moment, has_passed = _announce(connection_id, rule)
        _render_starts(user, connection_id, rule, moment)
    except InvalidError as error:
        st.warning(plain(error))
        return None
    clicked = st.button(
        "Create schedule" if schedule is None else "Save", type="primary", key="save schedule"
    )
    if has_passed:
        st.warning(PASSED)
    return (rule, moment) if clicked and not has_passed else None


def _announce(connection_id: int, rule: Rule) -> tuple[datetime, bool]:
    """Return when the first run is due, the same until the rule is changed, and whether what was shown has passed."""
    about, moment = st.session_state.get(ANNOUNCED, (None, now()))
    has_passed = about == (connection_id, rule) and moment <= now()
    if has_passed or about != (connection_id, rule):
        moment = schedules.announce(rule, connection_id)
        st.session_state[ANNOUNCED] = (connection_id, rule), moment
    return moment, has_passed


def _render_starts(user: CurrentUser, connection_id: int, rule: Rule, first_due_at: datetime) -> None:
    """Say the rule in words and when the next five runs start."""
    starts, closed = schedules.announce_starts(user.actor, connection_id, rule, first_due_at)
    lines = "\n".join(f"- {_start_text(user, rule, start)}" for start in starts)
    st.info(f"**{plain(rule.sentence())}.** The next runs start:\n\n{lines}")
    if closed:
        st.caption(
            f"No scheduled run starts in closed hours: {plain(closed)}. What is due then is one run at their end."
        )
    if min(after - before for before, after in pairwise(starts)) < OFTEN:
        st.caption(
            ":material/warning: This is very often: each run reads the list of employees. Every 15 minutes or more is "
            "usual."
        )


def _start_text(user: CurrentUser, rule: Rule, start: datetime) -> str:
    """Return a time in the account's zone and, where that differs, in the schedule's."""
    zone = ZoneInfo(rule.time_zone)
    day, there = start.astimezone(user.zone), start.astimezone(zone)
    differs = rule.step is None and day.utcoffset() != there.utcoffset()
    theirs = f" ({there:%A %H:%M}, {zone_in_words(rule.time_zone)})" if differs else ""
    return plain(f"{day:%A}, {times.format_time(start, user.zone)}{theirs}")
