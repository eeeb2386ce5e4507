"""The fields of a schedule: its kind first, then only what that kind needs."""

from __future__ import annotations

from datetime import date, datetime

import streamlit as st

from core.jobs.calendar import days as calendar_days
from core.jobs.recurrence import LIMITS, Rule
from core.models import Every
from pages.ui.layout import time_zones

KINDS = {
    Every.WEEKDAY: "Every weekday, Monday to Friday",
    Every.DAY: "Every day",
    Every.WEEK: "On chosen days of the week",
    Every.MONTH: "On chosen days of the month",
    Every.HOURS: "Every few hours",
    Every.MINUTES: "Every few minutes",
    Every.CRON: "By a cron expression",
}
WEEK = dict(zip(calendar_days.WEEK, calendar_days.NAMES, strict=True))
MONTH = [*map(str, range(1, 32)), calendar_days.LAST]
TIMES = [f"{hour:02}:{minute:02}" for hour in range(24) for minute in (0, 15, 30, 45)]
DEFAULTS = {Every.HOURS: 1, Every.MINUTES: 30}
BY_DATE, BY_WEEKDAY = "Dates", "A day of the week"


def ask_rule(current: Rule | None, zone: str, key: str) -> Rule:
    """Ask for a schedule, with ``current`` filled in, and return it. Raises InvalidError.

    ``zone`` is the time zone that is offered first. Fields of one ``key`` keep what was entered.
    """
    kinds = list(KINDS)
    index = kinds.index(current.every) if current else 0
    every = st.selectbox("How often", kinds, index, format_func=KINDS.__getitem__, key=f"{key} every")
    before = current if current is not None and current.every is every else None
    if every in (Every.HOURS, Every.MINUTES):
        return Rule(every, _ask_number(every, before, key), time_zone=zone)
    days = _ask_days(every, before, key)
    if every is Every.CRON:
        cron = _ask_cron(before, key)
        return Rule(every, time_zone=_ask_zone(current, zone, key), cron=cron)
    interval, starts_on = _ask_weeks(before, key) if every is Every.WEEK else (None, None)
    at, chosen_zone = _ask_times(current, key), _ask_zone(current, zone, key)
    return Rule(every, interval, at, chosen_zone, days, starts_on=starts_on)


def _ask_number(every: Every, before: Rule | None, key: str) -> int:
    default = (before.interval if before else None) or DEFAULTS[every]
    label = f"Number of {every}"
    return int(st.number_input(label, 1, LIMITS[every], default, step=1, key=f"{key} interval {every}"))


def _ask_days(every: Every, before: Rule | None, key: str) -> str | None:
    chosen = before.days.split(",") if before and before.days else []
    if every is Every.WEEK:
        days = st.pills(
            "Days",
            list(WEEK),
            selection_mode="multi",
            default=chosen or ["mon"],
            format_func=WEEK.__getitem__,
            key=f"{key} week days",
        )
        return ",".join(days)
    return _ask_month(chosen, key) if every is Every.MONTH else None


def _ask_month(chosen: list[str], key: str) -> str:
    weekdays = [day for day in chosen if day not in MONTH]
    if len(chosen) > 1 and weekdays:  # entered on the command line
        return st.text_input("Days of the month", ", ".join(chosen), key=f"{key} month days")
    by = st.radio(
        "Choose by", [BY_DATE, BY_WEEKDAY], int(bool(weekdays)), horizontal=True, key=f"{key} month by"
    )
    if by == BY_DATE:
        default = [day for day in chosen if day in MONTH] or ["15"]
        return ",".join(
            st.multiselect("Days of the month", MONTH, default, format_func=_day_label, key=f"{key} dates")
        )
    place, weekday = weekdays[0].split() if weekdays else (calendar_days.LAST, "fri")
    left, right = st.columns(2)
    places = list(calendar_days.PLACES)
    place = left.selectbox(
        "Which", places, places.index(place), format_func=str.capitalize, key=f"{key} place"
    )
    days = list(WEEK)
    weekday = right.selectbox(
        "Day", days, days.index(weekday), format_func=WEEK.__getitem__, key=f"{key} weekday"
    )
    return f"{place} {weekday}"


def _day_label(day: str) -> str:
    return "Last day" if day == calendar_days.LAST else day


def _ask_weeks(before: Rule | None, key: str) -> tuple[int, date | None]:
    left, right = st.columns(2)
    default = (before.interval if before else None) or 1
    weeks = int(
        left.number_input("Every … weeks", 1, LIMITS[Every.WEEK], default, step=1, key=f"{key} weeks")
    )
    if weeks == 1:
        return weeks, None
    first = (before.starts_on if before else None) or "today"
    chosen: date | None = right.date_input("First week: a day in it", first, key=f"{key} first week")
    return weeks, chosen


def _ask_times(current: Rule | None, key: str) -> str:
    default = current.at.split(",") if current and current.at else ["07:00"]
    options = sorted({*TIMES, *default})
    chosen = st.multiselect(
        "Times",
        options,
        default,
        accept_new_options=True,
        key=f"{key} times",
        help="Choose one or several, or type a time such as 07:05 and press Enter.",
    )
    return ",".join(_typed(each) for each in chosen)


def _typed(text: str) -> str:
    """Return a time as it was meant: 7:05 is 07:05."""
    text = text.strip()
    try:
        return f"{datetime.strptime(text, '%H:%M'):%H:%M}"  # noqa: DTZ007 - a wall-clock time
    except ValueError:
        return text


def _ask_cron(before: Rule | None, key: str) -> str:
    return st.text_input(
        "Cron expression",
        before.cron or "" if before else "30 18 * * 1-5",
        max_chars=100,
        key=f"{key} cron",
        help="Five parts: minute, hour, day of the month, month and weekday (0 or 7 is Sunday).",
    )


def _ask_zone(current: Rule | None, zone: str, key: str) -> str:
    first = current.time_zone if current and current.step is None else zone
    return st.selectbox("Time zone", time_zones.options(first), key=f"{key} zone")
