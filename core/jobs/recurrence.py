"""Work out when a schedule is due: every N minutes or hours, or at a wall-clock time on each day or weekday.

Every N minutes or hours means elapsed time from the first due moment, which is an interval after the schedule was
made. A wall-clock time is read in the schedule's time zone: a time that the clocks skip fires
at the jump, a time that they repeat fires the first time only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from croniter import croniter

from core.errors import InvalidError
from core.models import Every

LIMITS = {Every.MINUTES: 59, Every.HOURS: 24}
SECONDS = {Every.MINUTES: 60, Every.HOURS: 3600}
DAYS = {Every.DAY: "*", Every.WEEKDAY: "1-5"}
TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


@dataclass(frozen=True, slots=True)
class Rule:
    """A recurrence. ``interval`` goes with minutes and hours, ``at`` ("HH:MM") with days and weekdays.

    Raises InvalidError when it makes no sense.
    """

    every: Every
    interval: int | None = None
    at: str | None = None
    time_zone: str = "Australia/Brisbane"

    def __post_init__(self) -> None:
        if self.time_zone not in _known_zones():
            raise InvalidError(
                "This time zone does not exist. Choose one such as Australia/Brisbane or Pacific/Auckland."
            )
        if self.every in LIMITS:
            self._check_interval()
        else:
            self._check_time()

    def _check_interval(self) -> None:
        limit = LIMITS[self.every]
        if self.interval is None or not 1 <= self.interval <= limit:
            raise InvalidError(f"Every how many {self.every}? Enter a whole number from 1 to {limit}.")
        if self.at is not None:
            raise InvalidError(f"A schedule in {self.every} has no time of day. Leave the time empty.")

    def _check_time(self) -> None:
        if self.at is None or not TIME.fullmatch(self.at):
            raise InvalidError("This is not a time of day. Enter hours and minutes, such as 07:30.")
        if self.interval is not None:
            raise InvalidError("A schedule at a time of day has no interval. Leave the number empty.")

    def next_after(self, moment: datetime, first: datetime | None = None) -> datetime:
        """Return the next due time after ``moment``, in UTC. ``first`` is the very first; None when this one is."""
        if self.interval is not None:
            return _next_interval(moment, timedelta(seconds=self.interval * SECONDS[self.every]), first)
        return self._next_wall_time(moment.astimezone(UTC))

    def _next_wall_time(self, moment: datetime) -> datetime:
        zone = ZoneInfo(self.time_zone)
        hour, minute = (self.at or "").split(":")
        # Days are counted on the wall calendar, without a zone; _first_moment_showing then finds the moment.
        wall_times = croniter(
            f"{int(minute)} {int(hour)} * * {DAYS[self.every]}", moment.astimezone(zone).replace(tzinfo=None)
        )
        while True:
            due = _first_moment_showing(wall_times.get_next(datetime), zone)
            if due > moment:
                return due

    def sentence(self) -> str:
        """Return the rule in words: "Every weekday at 07:30 (Australia/Brisbane)"."""
        if self.interval is not None:
            unit = str(self.every)
            return (
                f"Every {unit.removesuffix('s')}" if self.interval == 1 else f"Every {self.interval} {unit}"
            )
        return f"Every {self.every} at {self.at} ({self.time_zone})"


@lru_cache(maxsize=1)
def _known_zones() -> frozenset[str]:
    return frozenset(name for name in available_timezones() if name not in ("localtime", "Factory"))


def _next_interval(moment: datetime, step: timedelta, first: datetime | None) -> datetime:
    if first is None:
        return moment.astimezone(UTC).replace(second=0, microsecond=0) + step
    return first + ((moment - first) // step + 1) * step


def _first_moment_showing(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment at which a wall clock first shows a time, or jumps over it."""
    first, second = wall.replace(tzinfo=zone), wall.replace(tzinfo=zone, fold=1)
    if _offset(first) < _offset(second):
        return _moment_of_jump(second.astimezone(UTC), first.astimezone(UTC), zone)
    return first.astimezone(UTC)


def _offset(moment: datetime) -> timedelta:
    return moment.utcoffset() or timedelta()


def _moment_of_jump(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """Find the second at which the zone's offset changes between two moments."""
    low, high, old = int(before.timestamp()), int(after.timestamp()), _offset(before.astimezone(zone))
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(datetime.fromtimestamp(middle, zone)) == old:
            low = middle
        else:
            high = middle
    return datetime.fromtimestamp(high, UTC)
