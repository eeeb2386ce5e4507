"""Read and write a pay calendar: what people type, and the form in which it is stored."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any
from unicodedata import category, normalize

from core.errors import InvalidError
from core.pay_days.calendar import Frequency, HolidayRule, PayCalendar


def parse_dates(text: str) -> tuple[date, ...]:
    """Return the dates of a pasted text, each once, in their order. Raises InvalidError, with the text of no date.

    They are written as 2026-12-03, 3/12/2026, 3 Dec 2026 or Thursday, December 3, 2026, on lines of their own or with
    commas between; the day comes before the month. A time of midnight, as tables add it, is left out.
    """
    found: set[date] = set()
    visible = "".join(letter for letter in normalize("NFKC", text) if category(letter) != "Cf")
    for line in re.split(r"[\n\r;\t]+", _WEEKDAY.sub("", visible)):
        whole = _readable(line)
        parts = [line] if whole is not None else line.split(",")
        found.update(_date(part) for part in parts if part.strip())
    return tuple(sorted(found))


_WEEKDAY = re.compile(
    r"\b(mon(day)?|tue(s|sday)?|wed(nesday)?|thu(r|rs|rsday)?|fri(day)?|sat(urday)?|sun(day)?)\b[.,]*",
    re.IGNORECASE,
)
_ORDINAL = re.compile(r"(\d)(st|nd|rd|th)\b", re.IGNORECASE)
_MIDNIGHT = re.compile(r"[T\s]+(00:00(:00(\.0+)?)?Z?|12:00(:00)?\s*am)$", re.IGNORECASE)
_FORMS = (
    *("%Y/%m/%d", "%d/%m/%Y", "%d/%m/%y", "%d/%b/%Y", "%d/%B/%Y", "%d/%b/%y", "%d/%B/%y"),
    *("%b/%d/%Y", "%B/%d/%Y", "%Y%m%d"),
)


def _readable(written: str) -> date | None:
    """Return the one date that is written in any of the usual forms; None when it is none of them."""
    plain = _ORDINAL.sub(r"\1", _MIDNIGHT.sub("", " ".join(written.split())))
    parts = "/".join(re.split(r"[\s,./\-–]+", plain.strip(" ,.\"'"))).replace("Sept/", "Sep/")
    for form in _FORMS:
        try:
            return datetime.strptime(parts, form).date()  # noqa: DTZ007 - a date has no zone
        except ValueError:
            continue
    return None


def _date(written: str) -> date:
    found = _readable(written)
    if found is None:
        shown = " ".join(written.split())[:30]
        raise InvalidError(
            f"{shown} is no date that iHUB can read. Write each date as 2026-12-03 or 3/12/2026."
        )
    return found


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
