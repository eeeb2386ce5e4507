"""Work out when a schedule is due: every N minutes or hours, or at wall-clock times on some days.

Every N minutes or hours means elapsed time from the first due moment. A wall-clock time is read in the schedule's time
zone: a time that the clocks skip fires at the jump, a time that they repeat fires the first time only. A cron
expression that goes by the hour also fires in the repeated hour.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.errors import InvalidError
from core.jobs.calendar import cron as cron_expressions
from core.jobs.calendar import days as calendar_days
from core.jobs.calendar import wall_clock
from core.jobs.calendar.opening_hours import OpeningHours
from core.jobs.calendar.words import describe
from core.models import Every

LIMITS = {Every.MINUTES: 1440, Every.HOURS: 168, Every.WEEK: 8}
SECONDS = {Every.MINUTES: 60, Every.HOURS: 3600}
MOST_TIMES = 24
# No due moment is looked for further back than this.
LONGEST_LOOK_BACK = timedelta(days=9 * 366)
TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


@dataclass(frozen=True, slots=True)
class Rule:
    """A recurrence. ``interval`` goes with minutes, hours and weeks; ``at``, such as "07:30,18:00", with days.

    ``days`` are those of a week ("mon,thu") or month ("15,last", "second tue"). ``starts_on`` is a date in the first
    of every several weeks. Raises InvalidError when it makes no sense.
    """

    every: Every
    interval: int | None = None
    at: str | None = None
    time_zone: str = "Australia/Brisbane"
    days: str | None = None
    cron: str | None = None
    starts_on: date | None = None

    def __post_init__(self) -> None:
        if self.time_zone not in wall_clock.known_zones():
            raise InvalidError(
                "This time zone does not exist. Choose one such as Australia/Brisbane or Pacific/Auckland."
            )
        self._check_interval()
        self._check_days()
        if self.every is Every.CRON:
            self._set("cron", cron_expressions.check(self.cron))
        elif self.cron is not None:
            raise InvalidError("Only a schedule by a cron expression has one. Leave the expression empty.")
        self._check_time()

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    def _check_interval(self) -> None:
        limit = LIMITS.get(self.every)
        weeks = self.every is Every.WEEK
        if limit is None and self.interval is not None:
            raise InvalidError("A schedule at a time of day has no interval. Leave the number empty.")
        unit = "weeks" if weeks else self.every
        number = 1 if weeks and self.interval is None else self.interval
        if limit is not None and (number is None or not 1 <= number <= limit):
            raise InvalidError(f"Every how many {unit}? Enter a whole number from 1 to {limit:,}.")
        if weeks:
            self._set("interval", number)
        if weeks and number != 1 and self.starts_on is None:
            raise InvalidError("Which is the first week? Enter a date in it.")
        if not weeks or number == 1:
            self._set("starts_on", None)

    def _check_days(self) -> None:
        if self.every is Every.WEEK:
            self._set("days", calendar_days.check_week_days(self.days))
        elif self.every is Every.MONTH:
            self._set("days", calendar_days.check_month_days(self.days))
        elif self.days is not None:
            raise InvalidError("Only a weekly or monthly schedule has days. Leave the days empty.")

    def _check_time(self) -> None:
        if self.every in SECONDS or self.every is Every.CRON:
            if self.at is not None:
                unit = "by a cron expression" if self.every is Every.CRON else f"in {self.every}"
                raise InvalidError(f"A schedule {unit} has no time of day. Leave the time empty.")
            return
        times = [each.strip(" ") for each in (self.at or "").split(",")]
        if "24:00" in times:
            raise InvalidError("24:00 is not a time of day. Enter 00:00, which begins the next day.")
        if not all(TIME.fullmatch(each) for each in times):
            raise InvalidError("This is not a time of day. Enter hours and minutes, such as 07:30.")
        if len(set(times)) > MOST_TIMES:
            raise InvalidError(f"These are more than {MOST_TIMES} times a day. Choose a number of minutes.")
        self._set("at", ",".join(sorted(set(times))))

    @property
    def step(self) -> timedelta | None:
        """Return the time between two due moments, where it is elapsed time."""
        return (
            timedelta(seconds=(self.interval or 1) * SECONDS[self.every]) if self.every in SECONDS else None
        )

    def next_after(self, moment: datetime, first: datetime | None = None) -> datetime:
        """Return the next due time after ``moment``, in UTC. ``first`` is the very first; None when this one is."""
        if self.step is not None:
            return _next_interval(moment, self.step, first)
        moment = moment.astimezone(UTC)
        return self._next_of_cron(moment) if self.every is Every.CRON else self._next_wall_time(moment)

    def last_until(self, moment: datetime, first: datetime | None = None) -> datetime | None:
        """Return the last due time up to ``moment``; None when there is none in about nine years."""
        if self.step is not None:
            return self.next_after(moment, first) - self.step
        back = timedelta(minutes=1)
        while back < LONGEST_LOOK_BACK:
            last = self.next_after(moment - back)
            if last <= moment:
                while (following := self.next_after(last)) <= moment:
                    last = following
                return last
            back *= 2
        return None

    def _next_wall_time(self, moment: datetime) -> datetime:
        zone, is_due = ZoneInfo(self.time_zone), self._is_due()
        times = [time.fromisoformat(each) for each in (self.at or "").split(",")]
        # Where the clocks skip a whole day, its times fire at the jump, on the day after.
        day = wall_clock.wall_time(moment, zone).date() - timedelta(days=1)
        day = max(day, self.starts_on) if self.starts_on else day
        while True:
            if is_due(day):
                for each in times:
                    due = wall_clock.first_moment_showing(datetime.combine(day, each), zone)
                    if due > moment:
                        return due
            day += timedelta(days=1)

    def _is_due(self) -> Callable[[date], bool]:
        """Return the function that says whether the schedule runs on a date."""
        match self.every:
            case Every.WEEK:
                in_week = calendar_days.in_week(self.days or "")
                start, weeks = self.starts_on, self.interval or 1
                return lambda day: in_week(day) and (start is None or _weeks(start, day) % weeks == 0)
            case Every.MONTH:
                return calendar_days.in_month(self.days or "")
            case Every.WEEKDAY:
                return lambda day: day.weekday() < 5
            case _:
                return lambda _day: True

    def _next_of_cron(self, moment: datetime) -> datetime:
        zone, expression = ZoneInfo(self.time_zone), self.cron or ""
        showing: Callable[[datetime, ZoneInfo], list[datetime]] = wall_clock.moments_showing
        if not cron_expressions.names_each_hour(expression):
            showing = lambda wall, zone: [wall_clock.first_moment_showing(wall, zone)]  # noqa: E731
        wall = wall_clock.wall_time(moment, zone)
        if wall_clock.clocks_change_near(moment, zone, hours=26):
            wall -= timedelta(hours=26)
        return _first_after(moment, (showing(each, zone) for each in cron_expressions.walk(expression, wall)))

    def sentence(self) -> str:
        """Return the rule in words: "Every weekday at 07:30, Brisbane time"."""
        return describe(
            self.every, self.interval, self.at, time_zone=self.time_zone, days=self.days, cron=self.cron
        )


def next_start(rule: Rule, hours: OpeningHours, moment: datetime, first: datetime | None = None) -> datetime:
    """Return when a run starts next after ``moment``: when it is due, or else when closed hours end."""
    return hours.opening(rule.next_after(moment, first))


def next_starts(
    rule: Rule, hours: OpeningHours, moment: datetime, first: datetime | None, number: int
) -> list[datetime]:
    """Return the next moments at which runs start; all that are due in the same closed hours are one."""
    starts: list[datetime] = []
    while len(starts) < number:
        moment = next_start(rule, hours, moment, first)
        starts.append(moment)
    return starts


def _weeks(start: date, day: date) -> int:
    """Return how many weeks lie between the weeks of two dates; weeks begin on Monday."""
    mondays = [each - timedelta(days=each.weekday()) for each in (start, day)]
    return (mondays[1] - mondays[0]).days // 7


def _first_after(moment: datetime, walk: Iterator[list[datetime]]) -> datetime:
    """Return the first moment after ``moment``. Each item has the moments of one time, the earliest first."""
    best: datetime | None = None
    for moments in walk:
        if best is not None and moments[0] >= best:
            return best
        best = min((each for each in moments if each > moment), default=best)
    raise InvalidError("This schedule would never run again.")  # pragma: no cover - a walk has no end


def _next_interval(moment: datetime, step: timedelta, first: datetime | None) -> datetime:
    if first is None:
        return moment.astimezone(UTC).replace(second=0, microsecond=0) + step
    return first + ((moment - first) // step + 1) * step
