"""When a mail may leave: at once or with the next digest, and never in quiet hours."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.alerts.preferences import Preferences, Timing
from core.clock import now

WEEK = 7


def mail_due_at(preferences: Preferences, zone: ZoneInfo, moment: datetime) -> datetime:
    """Return when something of ``moment`` may be sent to a person, at ``moment`` or later."""
    return _after_quiet_hours(preferences, zone, _next_digest(preferences, zone, moment))


def _next_digest(preferences: Preferences, zone: ZoneInfo, moment: datetime) -> datetime:
    if preferences.timing is Timing.AT_ONCE:
        return moment
    at, day = time.fromisoformat(preferences.digest_at), moment.astimezone(zone).date()
    for _ in range(WEEK + 2):
        due_at = datetime.combine(day, at, zone).astimezone(now().tzinfo)
        is_day = preferences.timing is Timing.DAILY or day.weekday() == preferences.weekday
        if is_day and due_at >= moment:
            return due_at
        day += timedelta(days=1)
    raise AssertionError("A week has every weekday.")


def _after_quiet_hours(preferences: Preferences, zone: ZoneInfo, moment: datetime) -> datetime:
    if not preferences.quiet_from:
        return moment
    begin, end = (time.fromisoformat(text) for text in (preferences.quiet_from, preferences.quiet_until))
    wall = moment.astimezone(zone)
    clock = wall.time()
    is_quiet = begin <= clock < end if begin < end else clock >= begin or clock < end
    if not is_quiet:
        return moment
    day = wall.date() if clock < end else wall.date() + timedelta(days=1)
    # An hour that comes twice ends the quiet hours of its second time.
    until = datetime.combine(day, end, zone).replace(fold=wall.fold)
    return max(moment, until.astimezone(now().tzinfo))
