"""Moments and durations as people read them."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo


def format_time(at: datetime | None, zone: ZoneInfo, nothing: str = "–") -> str:
    """Return a moment in a zone, with the zone's name at that moment: "3 Jul 2026, 07:30 AEST"."""
    if at is None:
        return nothing
    local = at.astimezone(zone)
    return f"{local.day} {local:%b %Y, %H:%M} {zone_name(local, zone)}"


def under(heading: str, at: datetime | None, zone: ZoneInfo) -> str:
    """Return a moment for a column whose heading names the zone; the zone is repeated only where it differs."""
    return format_time(at, zone).removesuffix(f" {heading}")


def zone_name(at: datetime, zone: ZoneInfo) -> str:
    """Return what the zone is called at a moment: AEST, AEDT, NZST; the zone's full name where it has none."""
    name = at.astimezone(zone).tzname() or zone.key
    return name if name.isalpha() else zone.key


def format_duration(length: timedelta | None) -> str:
    """Return a length of time in its two largest units: "1 min 12 s"."""
    if length is None:
        return "–"
    seconds = max(0, int(length.total_seconds()))
    hours, minutes = seconds // 3600, seconds // 60 % 60
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds % 60} s" if minutes else f"{seconds} s"
