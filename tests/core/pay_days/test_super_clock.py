"""By when super is due: the worked cases, three years of pay days in eight states, and what may be said."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import holidays
import pytest

from core.errors import InvalidError
from core.pay_days.calendar import Frequency, PayCalendar, pay_days
from core.pay_days.super_due.national_days import FILE, national_days
from core.pay_days.super_due.super_clock import Contribution, Standing, SuperDue, due
from core.settings import settings

# Number, pay day, the employer's state, usual (U) or first contribution (F), due by the safe and by the longer list.
CASES = """
    1 2026-07-09 NSW U 2026-07-20 2026-07-20
    2 2026-07-09 NSW F 2026-08-07 2026-08-07
    3 2026-07-23 NSW U 2026-08-07 2026-08-07
    4 2026-07-30 QLD U 2026-08-11 2026-08-11
    5 2026-08-05 QLD U 2026-08-14 2026-08-14
    6 2026-09-16 VIC U 2026-09-28 2026-09-29
    7 2026-09-24 VIC U 2026-10-07 2026-10-08
    8 2026-09-25 VIC U 2026-10-07 2026-10-08
    9 2026-09-30 NSW U 2026-10-12 2026-10-12
    10 2026-10-23 VIC U 2026-11-03 2026-11-04
    11 2026-10-30 NSW U 2026-11-10 2026-11-11
    12 2026-10-31 NSW U 2026-11-10 2026-11-11
    13 2026-11-02 VIC U 2026-11-24 2026-11-24
    14 2026-11-02 VIC U 2026-11-11 2026-11-12
    15 2026-11-03 VIC U 2026-11-12 2026-11-12
    16 2026-11-04 VIC U 2026-11-13 2026-11-13
    17 2026-11-23 TAS F 2026-12-21 2026-12-21
    18 2026-11-26 SA U 2026-12-07 2026-12-07
    19 2026-11-30 QLD U 2026-12-09 2026-12-09
    20 2026-12-07 NSW F 2027-01-07 2027-01-11
    21 2026-12-14 VIC F 2027-01-14 2027-01-18
    22 2026-12-15 VIC U 2026-12-24 2026-12-29
    23 2026-12-16 NSW U 2027-01-07 2027-01-08
    24 2026-12-17 SA U 2026-12-30 2027-01-04
    25 2026-12-23 QLD U 2027-01-06 2027-01-08
    26 2026-12-24 NSW U 2027-01-07 2027-01-08
    27 2026-12-29 VIC U 2027-01-08 2027-01-11
    28 2026-12-31 NT U 2027-01-12 2027-01-12
    29 2027-01-15 NSW U 2027-01-27 2027-01-27
    30 2027-01-22 ACT F 2027-02-22 2027-02-22
    31 2027-02-05 WA F 2027-03-09 2027-03-09
    32 2027-02-18 WA U 2027-03-02 2027-03-02
    33 2027-02-26 VIC U 2027-03-11 2027-03-11
    34 2027-03-01 NSW U 2027-03-11 2027-03-11
    35 2027-03-01 QLD U 2027-04-13 2027-04-13
    36 2027-03-04 ACT U 2027-03-16 2027-03-16
    37 2027-03-09 ACT U 2027-03-18 2027-03-18
    38 2027-03-17 SA F 2027-04-16 2027-04-16
    39 2027-03-25 NSW U 2027-04-07 2027-04-07
    40 2027-03-30 TAS U 2027-04-08 2027-04-08
    41 2027-04-15 NSW U 2027-04-27 2027-04-27
    42 2027-04-23 VIC U 2027-05-06 2027-05-06
    43 2027-04-26 SA U 2027-05-06 2027-05-06
    44 2027-05-20 ACT U 2027-06-01 2027-06-01
    45 2027-05-28 WA U 2027-06-10 2027-06-10
    46 2027-06-04 VIC F 2027-07-06 2027-07-06
    47 2027-06-08 NSW U 2027-06-18 2027-06-18
    48 2027-07-30 QLD U 2027-08-11 2027-08-11
    49 2027-08-04 QLD U 2027-08-13 2027-08-13
    50 2027-09-17 VIC U 2027-09-28 2027-09-30
    51 2027-10-29 TAS U 2027-11-09 2027-11-10
    52 2027-12-14 WA F 2028-01-14 2028-01-18
    53 2027-12-23 NSW U 2028-01-06 2028-01-10
    54 2027-12-31 SA U 2028-01-12 2028-01-12
    55 2028-02-24 WA U 2028-03-06 2028-03-07
    56 2028-04-13 NSW U 2028-04-27 2028-04-27
    57 2028-04-24 VIC U 2028-05-05 2028-05-05
    58 2028-05-26 WA U 2028-06-07 2028-06-08
    """
Case = tuple[int, date, str, Contribution, date, date]
USUAL, FIRST = Contribution.USUAL, Contribution.FIRST
STATES = ("ACT", "NSW", "NT", "QLD", "SA", "TAS", "VIC", "WA")
# Of the holidays of a whole state, those that not everybody counts, and one that is a part of its state only.
DISPUTED = {"Melbourne Cup Day", "The Royal Queensland Show"}
# The regular pay day that follows a pay out of cycle, and the day of a determination, by the number of the case.
NEXT_REGULAR = {13: date(2026, 11, 13), 20: date(2026, 12, 15), 23: date(2026, 12, 24)}
DETERMINED = {35: date(2027, 3, 12)}
WITHIN_FIRST = 3


def _cases() -> list[Case]:
    rows = [line.split() for line in CASES.strip().splitlines()]
    return [
        (int(number), _day(pay), state, FIRST if kind == "F" else USUAL, _day(safe), _day(listed))
        for number, pay, state, kind, safe, listed in rows
    ]


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _due(pay: date, kind: Contribution = USUAL, **more: object) -> SuperDue:
    found = due(pay, national_days(), kind, **more)  # type: ignore[arg-type]
    assert found is not None
    return found


@pytest.mark.parametrize("case", _cases(), ids=lambda case: f"{case[0]} {case[2]}")
def test_the_worked_cases(case: Case) -> None:
    number, pay, _, kind, safe, listed = case
    earlier = _due(date(2026, 7, 9), FIRST) if number == WITHIN_FIRST else None
    found = _due(
        pay,
        kind,
        regular_pay_day=NEXT_REGULAR.get(number),
        determined_on=DETERMINED.get(number),
        earlier=earlier,
    )
    assert (found.safe, found.listed) == (safe, listed)


@cache
def _undisputed() -> frozenset[date]:
    """Return the weekdays that are holidays of a whole state, found by other means than the shipped list."""
    days = set()
    for state in STATES:
        for day, name in holidays.country_holidays("AU", subdiv=state, years=range(2026, 2029)).items():
            moves = state == "WA" and (day.month == 9 or (day.year == 2028 and name != "Christmas Day"))
            if day.weekday() < 5 and name not in DISPUTED and not (moves and _only_in_wa(day)):
                days.add(day)
    # Not proclaimed yet.
    return frozenset(day for day in days if not (day.month == 9 and day.year > 2026))


def _only_in_wa(day: date) -> bool:
    others = (
        holidays.country_holidays("AU", subdiv=state, years=day.year) for state in STATES if state != "WA"
    )
    return not any(day in each for each in others)


def test_the_safe_list_is_every_undisputed_holiday_of_a_whole_state() -> None:
    days = national_days()
    assert {day for day in _undisputed() if day > date(2026, 7, 1)} == set(days.safe)
    assert days.safe < days.listed


def _count(start: date, number: int, closed: frozenset[date]) -> date:
    day = start
    while number:
        day += timedelta(days=1)
        number -= day.weekday() < 5 and day not in closed
    return day


def test_three_years_of_pay_days_in_eight_states() -> None:
    """Each deadline is counted by hand, is in the table where that has it, and is the same in every state."""
    table = {
        (pay, kind): (safe, listed)
        for number, pay, _, kind, safe, listed in _cases()
        if number not in SPECIAL
    }
    zone, days = ZoneInfo("Australia/Sydney"), national_days()
    in_table, simulated = set(), 0
    ends: dict[tuple[date, Contribution], tuple[date, date]] = {}
    for state in STATES:
        for frequency, anchor, of_month in PATTERNS:
            calendar = PayCalendar(frequency, anchor, of_month, region=f"AU-{state}")
            for pay in pay_days(calendar, zone, date(2026, 7, 1), 160):
                if pay.paid_on > date(2028, 11, 24):
                    break
                assert pay.cut_off.astimezone(zone).date() < pay.paid_on
                simulated += 1
                for kind, number in ((USUAL, 7), (FIRST, 20)):
                    found = _due(pay.paid_on, kind)
                    counted = (
                        _count(pay.paid_on, number, days.safe),
                        _count(pay.paid_on, number, days.listed),
                    )
                    assert (found.safe, found.listed) == counted
                    assert ends.setdefault((pay.paid_on, kind), counted) == counted
                    if (pay.paid_on, kind) in table:
                        in_table.add((pay.paid_on, kind))
                        assert counted == table[pay.paid_on, kind]
    assert simulated > 3_000
    assert len(in_table) > 40


# The cases that are neither usual nor first contributions.
SPECIAL = {3, 13, 20, 23, 35}
PATTERNS = (
    *((Frequency.WEEKLY, date(2026, 7, day), None) for day in (2, 6, 7, 8, 10)),
    (Frequency.FORTNIGHTLY, date(2026, 7, 9), None),
    (Frequency.FOUR_WEEKLY, date(2026, 7, 15), None),
    (Frequency.TWICE_A_MONTH, date(2026, 7, 1), "15,last"),
    (Frequency.MONTHLY, date(2026, 7, 1), "last"),
)


def test_what_is_said_before_between_and_after_the_dates() -> None:
    found = _due(date(2026, 12, 15))
    assert (found.safe, found.listed, found.repair_by) == (
        date(2026, 12, 24),
        date(2026, 12, 29),
        date(2026, 12, 17),
    )
    said = {day: found.sentence(date(2026, 12, day)) for day in (15, 18, 24, 25, 29, 30)}
    assert "Thu 24 Dec 2026" in said[15]
    assert "Thu 17 Dec 2026" in said[15]
    assert "by today" in said[18]
    assert [found.standing(date(2026, 12, day)) for day in (24, 25, 29, 30)] == [
        Standing.RUNNING,
        Standing.BETWEEN,
        Standing.BETWEEN,
        Standing.OVER,
    ]
    assert "late" not in " ".join(said[day] for day in (15, 18, 24, 25, 29))
    assert "late unless" in said[30]
    assert "on time" not in " ".join(said.values())


def test_an_ordinary_pay_is_repaired_by_the_second_business_day() -> None:
    assert _due(date(2026, 7, 9)).repair_by == date(2026, 7, 13)


def test_nothing_is_said_of_pays_before_july_2026_or_beyond_the_list() -> None:
    assert due(date(2026, 6, 30), national_days()) is None
    assert due(date(2028, 12, 28), national_days()) is None


def test_a_file_in_the_home_folder_changes_the_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IHUB_HOME", str(tmp_path))
    settings.cache_clear()
    file = tmp_path / FILE
    file.write_text("good_until: 2029-06-30\nholidays: [2029-01-01]\nbusiness_days: [2026-08-03]\n")
    assert _due(date(2026, 7, 30)).safe == date(2026, 8, 10)
    assert _due(date(2028, 12, 28)).safe == date(2029, 1, 9)
    file.write_text("holiday: [2029-01-01]\n")
    with pytest.raises(InvalidError, match=r"national-holidays\.yaml in iHUB's home folder cannot be used"):
        national_days()
    settings.cache_clear()
