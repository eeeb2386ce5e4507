"""Which days a schedule runs on: days of the week, or of the month, written such as "mon, thu" or "last fri"."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterable
from datetime import date

from core.errors import InvalidError

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
PLACES = ("first", "second", "third", "fourth", "last")
LAST = "last"


def check_week_days(text: str | None) -> str:
    """Return days of the week in order, "mon,thu". Raises InvalidError."""
    chosen = set(_parts(text))
    if not chosen or not chosen <= set(WEEK):
        raise InvalidError("On which days of the week? Choose from mon, tue, wed, thu, fri, sat, sun.")
    return ",".join(day for day in WEEK if day in chosen)


def check_month_days(text: str | None) -> str:
    """Return days of the month in order, such as "1,15,last" or "second tue". Raises InvalidError."""
    chosen = set(_parts(text))
    order = {**{str(day): day for day in range(1, 32)}, LAST: 32}
    order |= {
        f"{place} {day}": 33 + number * 7 + weekday
        for number, place in enumerate(PLACES)
        for weekday, day in enumerate(WEEK)
    }
    if not chosen or not chosen <= set(order):
        raise InvalidError(
            "On which days of the month? Enter days from 1 to 31, last, or such as second tue or last fri."
        )
    return ",".join(sorted(chosen, key=order.__getitem__))


def _parts(text: str | None) -> list[str]:
    parts = (" ".join(part.lower().split()) for part in (text or "").split(","))
    return [part.lstrip("0") if part.isdecimal() else part for part in parts if part]


def in_week(days: str) -> Callable[[date], bool]:
    """Return the function that says whether a date is one of some days of the week."""
    chosen = {WEEK.index(day) for day in days.split(",")}
    return lambda day: day.weekday() in chosen


def in_month(days: str) -> Callable[[date], bool]:
    """Return the function that says whether a date is one of some days of the month.

    In a month that is shorter, its last day stands for the 29th to the 31st.
    """
    chosen = days.split(",")
    return lambda day: any(_is_day(day, each) for each in chosen)


def _is_day(day: date, chosen: str) -> bool:
    length = monthrange(day.year, day.month)[1]
    if chosen == LAST:
        return day.day == length
    if chosen.isdecimal():
        return day.day == min(int(chosen), length)
    place, weekday = chosen.split()
    if day.weekday() != WEEK.index(weekday):
        return False
    return day.day + 7 > length if place == LAST else (day.day - 1) // 7 == PLACES.index(place)


def week_in_words(days: str) -> str:
    """Return days of the week in words: "Monday and Thursday"."""
    return listed(NAMES[WEEK.index(day)] for day in days.split(","))


def month_in_words(days: str) -> str:
    """Return days of the month in words: "the 1st and the last day"."""
    return listed(f"the {_day_in_words(each)}" for each in days.split(","))


def _day_in_words(chosen: str) -> str:
    if chosen == LAST:
        return "last day"
    if chosen.isdecimal():
        number = int(chosen)
        ending = "th" if 10 < number < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
        return f"{number}{ending}"
    place, weekday = chosen.split()
    return f"{place} {NAMES[WEEK.index(weekday)]}"


def listed(words: Iterable[str]) -> str:
    """Return words as a list in a sentence: "a, b and c"."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last
