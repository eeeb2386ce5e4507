"""Say in words when a schedule runs: "Every weekday at 18:00, Sydney time"."""

from __future__ import annotations

from core.jobs.calendar import cron as cron_expressions
from core.jobs.calendar import days as calendar_days
from core.jobs.calendar.wall_clock import zone_in_words
from core.models import Every


def describe(
    every: Every,
    interval: int | None = None,
    at: str | None = None,
    *,
    time_zone: str = "",
    days: str | None = None,
    cron: str | None = None,
) -> str:
    """Return when a schedule runs. The time zone need not exist (any more)."""
    if every in (Every.MINUTES, Every.HOURS):
        return _often(str(every).removesuffix("s"), interval or 1)
    if every is Every.CRON:
        text = f"{cron_expressions.in_words(cron or '')} (cron {cron})"
    else:
        times = calendar_days.listed((at or "").split(","))
        text = f"{_days(every, interval or 1, days or '')} at {times}"
    return f"{text}, {zone_in_words(time_zone)}"


def _often(unit: str, number: int) -> str:
    return f"Every {unit}" if number == 1 else f"Every {number:,} {unit}s"


def _days(every: Every, weeks: int, days: str) -> str:
    if every is Every.WEEK:
        names = calendar_days.week_in_words(days)
        return f"Every {names}" if weeks == 1 else f"Every {weeks} weeks on {names}"
    if every is Every.MONTH:
        short = any(day.isdecimal() and int(day) > 28 for day in days.split(","))
        shorter = " (the last day of a shorter month)" if short else ""
        text = f"{calendar_days.month_in_words(days)} of every month{shorter}"
        return f"On {text}"
    return f"Every {every}"
