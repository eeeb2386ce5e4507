"""Read calendar dates, however a system writes them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Any

from connectors.values.invisible import drop_invisible, plain_digits

_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)"
    r"(?:[T ]+(\d\d):?(\d\d)(?::?(\d\d)(?:[.,]\d+)?)?\s*(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?)?",
    re.ASCII | re.IGNORECASE,
)
_PLAIN = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_BASIC = re.compile(r"\d{8}", re.ASCII)
# Milliseconds since 1970 in UTC, as older .NET systems write a moment, with the offset of the place it was entered in.
_TICKS = re.compile(r"\\?/Date\((-?\d{1,15})([+-]\d{4})?\)\\?/", re.ASCII)
_MIDNIGHT = re.compile(r"[T ]+(?:0?0:00(?::00(?:\.0+)?)?|12:00(?::00)?\s*AM)$", re.IGNORECASE)
_FORMS = ("%d-%b-%Y", "%d-%B-%Y", "%d/%m/%Y", "%d.%m.%Y", "%d %b %Y", "%d %B %Y")
# Formats that need not be named for a system.
KNOWN_FORMS = frozenset({*_FORMS, "%Y-%m-%d", "%Y%m%d"})
# No date is written with more characters; the patterns above take long for what is far longer.
_LONGEST = 200
# Earlier dates, and those that are still to come by more years, are placeholders and slips of the pen.
_BIRTHS_FROM, YOUNGEST_YEARS = date(1900, 1, 2), 10
_DATES_FROM, MOST_YEARS_AHEAD = date(1950, 1, 1), 5
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def day(value: Any, zone: tzinfo = UTC, further_forms: tuple[str, ...] = ()) -> date | None:
    """Return the calendar date of a value; None where it cannot be read.

    Known are 1980-02-01, 19800201, 1-Feb-1980, 1/2/1980 and 1.2.1980 (the day comes first), /Date(318211200000)/ and
    the ``further_forms``. A time that is midnight, has no zone or has an offset belongs to the date as it is written.
    Any other time in UTC is a moment: it counts as the date that people in ``zone`` had. A number of seconds or
    milliseconds is no date.
    """
    if type(value) is str and len(value) == 10 and not further_forms and _PLAIN.fullmatch(value):
        return _plain(value)  # by far the most
    if isinstance(value, datetime):
        return _in_zone(value.date(), value, zone)
    if isinstance(value, date):
        return value
    if value is None or isinstance(value, bool | float | dict | list):
        return None
    written = str(value).strip()
    if not written.isascii():
        written = plain_digits(drop_invisible(written)).strip()
    if further_forms and (found := parse(written, further_forms)) is not None:
        return found
    return _standard(written, zone)


def iso_day(value: str, zone: tzinfo = UTC) -> date | None:
    """Return the calendar date of 1980-02-01, with or without a time; None where it is written in another way."""
    iso = _ISO.fullmatch(plain_digits(value).strip())
    return None if iso is None else _from_iso(iso, zone)


def _standard(written: str, zone: tzinfo) -> date | None:
    if len(written) > _LONGEST:
        return None
    if iso := _ISO.fullmatch(written):
        return _from_iso(iso, zone)
    if ticks := _TICKS.fullmatch(written):
        return _from_ticks(int(ticks[1]), ticks[2], zone)
    if _BASIC.fullmatch(written):
        return _date(written[:4], written[4:6], written[6:])
    return parse(_MIDNIGHT.sub("", " ".join(written.split())), _FORMS)


def parse(written: str, forms: tuple[str, ...]) -> date | None:
    """Return a date that is written in one of some forms (``%d/%m/%Y`` and the like); None when it is in none."""
    for form in forms:
        try:
            return datetime.strptime(written, form).date()  # noqa: DTZ007 - a calendar date has no zone
        except ValueError:
            continue
    return None


def _plain(written: str) -> date | None:
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None


def _date(*parts: str) -> date | None:
    try:
        return date(*(int(part) for part in parts))
    except ValueError:
        return None


def _from_iso(iso: re.Match[str], zone: tzinfo) -> date | None:
    written = _date(iso[1], iso[2], iso[3])
    if written is None or iso[4] is None:
        return written
    try:
        moment = datetime(
            written.year, written.month, written.day, int(iso[4]), int(iso[5]), int(iso[6] or 0), tzinfo=UTC
        )
    except ValueError:
        return None
    is_utc = (iso[7] or "").upper() in {"Z", "UTC", "GMT"} or (iso[7] or "1").strip("+-0:") == ""
    return _in_zone(written, moment, zone) if is_utc else written


def _in_zone(written: date, moment: datetime, zone: tzinfo) -> date:
    """Return the date of a moment in UTC in a zone, and the date as written of any other and of midnight."""
    is_midnight = (moment.hour, moment.minute, moment.second) == (0, 0, 0)
    if is_midnight or moment.utcoffset() != timedelta(0):
        return written
    try:
        return moment.astimezone(zone).date()
    except OverflowError:  # on the first or the last day there is
        return written


def _from_ticks(milliseconds: int, offset: str | None, zone: tzinfo) -> date | None:
    try:
        moment = _EPOCH + timedelta(milliseconds=milliseconds)
        minutes = int(f"{(offset or '+0')[0]}1") * (
            int((offset or "+0000")[1:3]) * 60 + int((offset or "+0000")[3:])
        )
        if (moment.hour, moment.minute, moment.second) != (0, 0, 0) and minutes:
            zone = timezone(timedelta(minutes=minutes))
        return _in_zone(moment.date(), moment, zone)
    except (OverflowError, ValueError):
        return None


def plausible_dates(today: date, *, birth: bool) -> tuple[date, date]:
    """Return the first and the last date of an employee that can be right: a birth date, or any other."""
    if birth:
        return _BIRTHS_FROM, _years_later(today, -YOUNGEST_YEARS)
    return _DATES_FROM, _years_later(today, MOST_YEARS_AHEAD)


def _years_later(day: date, years: int) -> date:
    last = 28 if (day.month, day.day) == (2, 29) else day.day
    return day.replace(year=day.year + years, day=last)
