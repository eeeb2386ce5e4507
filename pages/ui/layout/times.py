"""Times and durations as people read them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from core.reports.local_time import zone_name


def format_time(time: datetime | None, zone: ZoneInfo, missing: str = "–") -> str:
    """Return a time in a zone, with the zone's abbreviation at that time: "27 Nov 2026, 18:00 AEST"."""
    if time is None:
        return missing
    local = time.astimezone(zone)
    return f"{local.day} {local:%b %Y, %H:%M} {zone_name(local, zone)}"


def format_put_off(name: str, continues_at: datetime, why: str | None, zone: ZoneInfo) -> str:
    """Return when a run continues that waits for the end of closed hours, and why."""
    return f"{name} continues at {format_time(continues_at, zone)}. {why or ''}".rstrip()


def format_day(time: datetime, zone: ZoneInfo) -> str:
    """Return the day of a time in a zone: "27 Nov 2026"."""
    local = time.astimezone(zone)
    return f"{local.day} {local:%b %Y}"


def format_value(value: object) -> str:
    """Return a value of a field as people read it: a date as ``30 Nov 2026``, everything else as it is."""
    text = str(value)
    try:
        day = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return text
    return text if day is None else f"{day.day} {day:%b %Y}"


def format_duration(length: timedelta | None) -> str:
    """Return a duration in its two largest units: "1 min 12 s"."""
    if length is None:
        return "–"
    seconds = max(0, int(length.total_seconds()))
    hours, minutes = seconds // 3600, seconds // 60 % 60
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds % 60} s" if minutes else f"{seconds} s"
