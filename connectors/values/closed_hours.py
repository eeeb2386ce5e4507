"""The hours of a week in which a system takes no work, such as "22:00-06:00, sun 00:00-24:00"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY, WEEK = 24 * 60, 7 * 24 * 60
EXAMPLES = "Enter them such as 22:00-06:00, or mon-fri 01:00-03:30, sun 00:00-24:00."
_DAY = "|".join(DAYS)
_PART = re.compile(
    rf"(?:(?P<first>{_DAY})(?:\s*-\s*(?P<last>{_DAY}))?\s+)?(?P<start>\d\d:\d\d)\s*-\s*(?P<end>\d\d:\d\d)"
)


@dataclass(frozen=True, slots=True)
class ClosedHours:
    """The closed minutes of a week that begins on Monday: one byte a minute, 1 where the system is closed."""

    minutes: bytes

    def is_closed(self, wall: datetime) -> bool:
        """Say whether the system is closed at a wall-clock time, which has no zone."""
        return bool(self.minutes[_minute(wall)])

    def opening(self, wall: datetime) -> datetime:
        """Return the first wall-clock time from this one on at which the system is open."""
        minute = _minute(wall)
        if not self.minutes[minute]:
            return wall
        start = wall.replace(second=0, microsecond=0)
        return start + timedelta(minutes=(self.minutes + self.minutes).find(b"\0", minute) - minute)

    def closing(self, wall: datetime) -> datetime:
        """Return the first wall-clock time from this one on at which the system is closed."""
        minute = _minute(wall)
        if self.minutes[minute]:
            return wall
        start = wall.replace(second=0, microsecond=0)
        return start + timedelta(minutes=(self.minutes + self.minutes).find(b"\1", minute) - minute)

    def joined(self, other: ClosedHours) -> ClosedHours:
        """Return the minutes in which one of two systems is closed."""
        return ClosedHours(bytes(map(max, self.minutes, other.minutes)))


def _minute(wall: datetime) -> int:
    return wall.weekday() * DAY + wall.hour * 60 + wall.minute


@lru_cache(maxsize=256)
def parse(text: str) -> ClosedHours | None:
    """Return the closed hours that a text names; None when it is blank.

    Hours that end before they begin last until the next day. Raises ValueError with a sentence.
    """
    if not text.strip():
        return None
    minutes = bytearray(WEEK)
    for part in text.lower().split(","):
        _close(minutes, part.strip())
    if all(minutes):
        raise ValueError("With these hours the system would never be open. Leave some time open.")
    return ClosedHours(bytes(minutes))


def _close(minutes: bytearray, part: str) -> None:
    match = _PART.fullmatch(part)
    if match is None:
        raise ValueError(f"These are not hours of a day. {EXAMPLES}")
    start, end = _time(match["start"]), _time(match["end"])
    if start in (end, DAY):
        raise ValueError("Closed hours have to begin and end at different times. A whole day is 00:00-24:00.")
    length = end - start if end > start else end + DAY - start
    for day in _days(match["first"], match["last"]):
        for minute in range(day * DAY + start, day * DAY + start + length):
            minutes[minute % WEEK] = 1


def _time(text: str) -> int:
    hours, minutes = map(int, text.split(":"))
    if minutes > 59 or hours * 60 + minutes > DAY:
        raise ValueError(f"{text} is not a time of day. {EXAMPLES}")
    return hours * 60 + minutes


def _days(first: str | None, last: str | None) -> list[int]:
    if first is None:
        return list(range(7))
    start = DAYS.index(first)
    end = DAYS.index(last) if last else start
    return [(start + day) % 7 for day in range((end - start) % 7 + 1)]
