"""A pay calendar: when people are paid, and the cut-off until which payroll takes changes for that pay."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from core.errors import InvalidError
from core.pay_days import public_holidays

LAST = "last"
ASK_DATE = "Enter one pay date that you know."
LONGEST_BACK, LONGEST_AHEAD = timedelta(days=3660), timedelta(days=366)
MOST_DATES, MOST_CUT_OFF_DAYS, LONGEST_SWEEP = 400, 15, 1440
# A holiday rule moves a pay date by less than this.
LONGEST_MOVE = timedelta(days=14)


class Frequency(StrEnum):
    """How often people are paid."""

    WEEKLY = "weekly"
    FORTNIGHTLY = "fortnightly"
    FOUR_WEEKLY = "four-weekly"
    TWICE_A_MONTH = "twice a month"
    MONTHLY = "monthly"
    # The dates are given one by one.
    DATES = "dates"


class HolidayRule(StrEnum):
    """On which day people are paid when the pay date is no business day."""

    BEFORE = "before"
    AFTER = "after"
    SAME = "same"


WEEKS = {Frequency.WEEKLY: 1, Frequency.FORTNIGHTLY: 2, Frequency.FOUR_WEEKLY: 4}
DAYS_A_MONTH = {Frequency.MONTHLY: 1, Frequency.TWICE_A_MONTH: 2}
RULES = {
    HolidayRule.BEFORE: "on the business day before",
    HolidayRule.AFTER: "on the business day after",
    HolidayRule.SAME: "on that day all the same",
}


class PayDay(NamedTuple):
    """One pay: the date by the calendar, the date on which it is paid, and the last moment for changes, in UTC."""

    nominal: date
    paid_on: date
    cut_off: datetime


@dataclass(frozen=True, slots=True)
class PayCalendar:
    """When people are paid. ``check`` refuses what cannot be right.

    ``anchor`` is one known pay date; nobody is paid before it. ``days`` are the days of the month, such as "15,last",
    of a monthly calendar one and of one for twice a month two; a day that a month does not have is its last. ``dates``
    are the pay dates of a calendar that has no rule. The cut-off lies ``cut_off_days`` business days of the ``region``
    before the pay date, at ``cut_off_time`` in the account's time zone, and the final sweep ``sweep_minutes`` earlier.
    """

    frequency: Frequency
    anchor: date | None = None
    days: str | None = None
    dates: tuple[date, ...] = ()
    holiday_rule: HolidayRule = HolidayRule.BEFORE
    region: str = "AU-NSW"
    cut_off_days: int = 3
    cut_off_time: time = time(12)
    sweep_minutes: int = 60

    def check(self, today: date) -> None:
        """Raise InvalidError, with what to enter instead, when this cannot be a pay calendar."""
        if self.frequency is Frequency.DATES:
            _check_dates(self.dates, today)
        else:
            _check_anchor(self.anchor, today)
        if self.frequency in DAYS_A_MONTH:
            _month_days(self.days, DAYS_A_MONTH[self.frequency])
        if self.region not in public_holidays.REGIONS:
            raise InvalidError("Choose a state or region, whose public holidays count.")
        if self.cut_off_days < 0:
            raise InvalidError(
                "The cut-off would be after the pay date. Enter how many business days before the pay date it is; "
                "0 is the pay date itself."
            )
        if self.cut_off_days > MOST_CUT_OFF_DAYS:
            raise InvalidError(
                f"Enter a cut-off of at most {MOST_CUT_OFF_DAYS} business days before the pay date."
            )
        if not 0 <= self.sweep_minutes <= LONGEST_SWEEP:
            raise InvalidError(
                "Enter how many minutes before the cut-off the final sweep starts, from 0 to 1,440."
            )

    def nominal_dates(self, start: date) -> Iterator[date]:
        """Yield the pay dates by the calendar from a day on, each once, in their order."""
        if self.frequency is Frequency.DATES:
            yield from (day for day in self.dates if day >= start)
        elif self.anchor is not None and self.frequency in WEEKS:
            step = timedelta(weeks=WEEKS[self.frequency])
            day = self.anchor + max(-((self.anchor - start) // step), 0) * step
            while True:
                yield day
                day += step
        elif self.anchor is not None:
            yield from _in_months(
                _month_days(self.days, DAYS_A_MONTH[self.frequency]), max(start, self.anchor)
            )

    def paid_on(self, nominal: date) -> date:
        """Return the day on which a pay date by the calendar is paid. Dates that were given one by one stay."""
        is_fixed = self.frequency is Frequency.DATES or self.holiday_rule is HolidayRule.SAME
        if is_fixed or public_holidays.is_business_day(self.region, nominal):
            return nominal
        return public_holidays.move(
            self.region, nominal, -1 if self.holiday_rule is HolidayRule.BEFORE else 1
        )

    def cut_off(self, paid_on: date, zone: ZoneInfo) -> datetime:
        """Return the last moment for changes of the pay of a day, in UTC."""
        day = public_holidays.move(self.region, paid_on, -self.cut_off_days)
        return datetime.combine(day, self.cut_off_time, zone).astimezone(UTC)

    def sentence(self) -> str:
        """Return the calendar in words: "Fortnightly on Thursdays, from 3 Dec 2026"."""
        if self.frequency is Frequency.DATES:
            return (
                f"On {len(self.dates):,} dates until {in_words(self.dates[-1])}"
                if self.dates
                else "On no date"
            )
        anchor = self.anchor or date.min
        if self.frequency in WEEKS:
            return f"{self.frequency.value.capitalize()} on {anchor:%A}s, from {in_words(anchor)}"
        days = " and ".join(
            "the last day" if day == LAST else f"day {day}" for day in (self.days or "").split(",")
        )
        often = "Twice a month, on" if self.frequency is Frequency.TWICE_A_MONTH else "Monthly on"
        return f"{often} {days}, from {in_words(anchor)}"

    def cut_off_sentence(self) -> str:
        """Return the cut-off in words."""
        number = self.cut_off_days
        when = (
            "on the pay date" if not number else f"{number} business day{'s' if number > 1 else ''} before it"
        )
        return f"Cut-off {when} at {self.cut_off_time:%H:%M}"


@lru_cache(maxsize=32_768)
def pay_days(calendar: PayCalendar, zone: ZoneInfo, from_day: date, number: int) -> tuple[PayDay, ...]:
    """Return the first pays that are paid on a day or later."""
    found: dict[date, PayDay] = {}
    for nominal in calendar.nominal_dates(from_day - LONGEST_MOVE):
        paid_on = calendar.paid_on(nominal)
        if paid_on >= from_day and paid_on not in found:
            found[paid_on] = PayDay(nominal, paid_on, calendar.cut_off(paid_on, zone))
            if len(found) == number:
                break
    return tuple(found[day] for day in sorted(found))


def next_pay(calendar: PayCalendar, zone: ZoneInfo, moment: datetime) -> PayDay | None:
    """Return the next pay, also the one of today; None when the calendar has no future date."""
    return next(iter(pay_days(calendar, zone, moment.astimezone(zone).date(), 1)), None)


def next_open_pay(calendar: PayCalendar, zone: ZoneInfo, moment: datetime) -> PayDay | None:
    """Return the first pay whose cut-off is still to come: a change made now counts for that one."""
    number = MOST_CUT_OFF_DAYS + 1  # a cut-off lies at most this many business days, and pays, ahead
    coming = pay_days(calendar, zone, moment.astimezone(zone).date(), number)
    return next((pay for pay in coming if pay.cut_off > moment), None)


def pay_before(calendar: PayCalendar, zone: ZoneInfo, day: date) -> PayDay | None:
    """Return the last pay before a day, as far as the calendar goes back within 70 days."""
    earlier = [pay for pay in pay_days(calendar, zone, day - timedelta(days=70), 80) if pay.paid_on < day]
    return earlier[-1] if earlier else None


def in_words(day: date) -> str:
    """Return a date as people read it: "Thu 3 Dec 2026"."""
    return f"{day:%a} {day.day} {day:%b %Y}"


def _check_anchor(anchor: date | None, today: date) -> None:
    if anchor is None:
        raise InvalidError(ASK_DATE)
    if not today - LONGEST_BACK <= anchor <= today + LONGEST_AHEAD:
        raise InvalidError("Enter a pay date of the last ten years, or of the next twelve months.")


def _check_dates(dates: tuple[date, ...], today: date) -> None:
    if not dates:
        raise InvalidError("Paste at least one pay date.")
    if len(dates) > MOST_DATES:
        raise InvalidError(f"Paste at most {MOST_DATES} pay dates.")
    if dates[-1] < today:
        raise InvalidError(
            "None of these pay dates is in the future. Paste the dates that are still to come."
        )
    if dates[0] < today - LONGEST_BACK:
        raise InvalidError("One of these pay dates is more than ten years ago. Correct its year.")
    if dates[-1] > today + LONGEST_BACK:
        raise InvalidError("One of these pay dates is more than ten years ahead. Correct its year.")


def _month_days(written: str | None, number: int) -> tuple[int, ...]:
    """Return the days of a month; 31 stands for the last one. Raises InvalidError."""
    words = [word.strip().casefold() for word in (written or "").split(",") if word.strip()]
    if not all(word == LAST or (word.isdecimal() and 1 <= int(word) <= 31) for word in words):
        raise InvalidError("A day of the month is a number from 1 to 31, or the word last.")
    days = sorted({31 if word == LAST else int(word) for word in words})
    if len(days) != number:
        meant = (
            "one day of the month, such as 15" if number == 1 else "two days of the month, such as 15, last"
        )
        raise InvalidError(f"Enter {meant}.")
    return tuple(days)


def _in_months(days: tuple[int, ...], start: date) -> Iterator[date]:
    year, month = start.year, start.month
    while True:
        length = monthrange(year, month)[1]
        for day in dict.fromkeys(min(day, length) for day in days):
            if (found := date(year, month, day)) >= start:
                yield found
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
