"""Read and write a pay calendar: what people type, and the form in which it is stored."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from core.errors import InvalidError
from core.pay_days.calendar import Frequency, HolidayRule, PayCalendar


def parse_dates(text: str) -> tuple[date, ...]:
    """Return the dates of a pasted text, each once, in their order. Raises InvalidError, with the text of no date.

    They are written as 2026-12-03, 3/12/2026 or 3 Dec 2026, on lines of their own or with commas between.
    """
    found = set()
    for part in text.replace(";", ",").replace("\t", ",").replace("\n", ",").split(","):
        if written := " ".join(part.split()):
            found.add(_date(written))
    return tuple(sorted(found))


def _date(written: str) -> date:
    for form in (
        "%Y-%m-%d",
        "%d/%m/%Y",
        "%d.%m.%Y",
        "%d-%m-%Y",
        "%d %b %Y",
        "%d %B %Y",
        "%a %d %b %Y",
        "%A %d %B %Y",
    ):
        try:
            return datetime.strptime(written, form).date()  # noqa: DTZ007 - a date has no zone
        except ValueError:
            continue
    raise InvalidError(
        f"{written[:30]} is no date that iHUB can read. Write each date as 2026-12-03 or 3/12/2026."
    )


def parse_time(text: str) -> time:
    """Return a time of day, such as 17:00. Raises InvalidError."""
    hours, _, minutes = text.strip().partition(":")
    if hours.isdecimal() and minutes.isdecimal() and int(hours) < 24 and int(minutes) < 60:
        return time(int(hours), int(minutes))
    raise InvalidError("Write the time of the cut-off as hours and minutes, such as 17:00.")


def to_document(calendar: PayCalendar) -> dict[str, Any]:
    """Return a calendar as it is stored."""
    return {
        "frequency": calendar.frequency.value,
        "anchor": calendar.anchor and calendar.anchor.isoformat(),
        "days": calendar.days,
        "dates": [day.isoformat() for day in calendar.dates],
        "holiday_rule": calendar.holiday_rule.value,
        "region": calendar.region,
        "cut_off_days": calendar.cut_off_days,
        "cut_off_time": calendar.cut_off_time.isoformat("minutes"),
        "sweep_minutes": calendar.sweep_minutes,
    }


def from_document(document: Mapping[str, Any]) -> PayCalendar:
    """Return a stored calendar."""
    anchor = document["anchor"]
    return PayCalendar(
        Frequency(document["frequency"]),
        anchor and date.fromisoformat(anchor),
        document["days"],
        tuple(date.fromisoformat(day) for day in document["dates"]),
        HolidayRule(document["holiday_rule"]),
        document["region"],
        document["cut_off_days"],
        time.fromisoformat(document["cut_off_time"]),
        document["sweep_minutes"],
    )


def tidy_days(written: str | None) -> str | None:
    """Return days of the month in one spelling: "15,last"."""
    words = [word.strip().casefold() for word in (written or "").split(",") if word.strip()]
    return ",".join(words) or None
