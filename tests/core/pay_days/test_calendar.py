"""Pay dates and cut-offs by the calendar, and what cannot be a pay calendar."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from core.errors import InvalidError
from core.pay_days.calendar import Frequency, HolidayRule, PayCalendar, next_open_pay, next_pay, pay_days
from core.pay_days.calendar_text import from_document, parse_dates, parse_time, to_document
from core.pay_days.public_holidays import REGIONS, holidays_of

SYDNEY = ZoneInfo("Australia/Sydney")
TODAY = date(2026, 11, 30)
THURSDAYS = PayCalendar(Frequency.FORTNIGHTLY, date(2026, 12, 3), region="AU-NSW")
A_YEAR = {
    Frequency.WEEKLY: 52,
    Frequency.FORTNIGHTLY: 26,
    Frequency.FOUR_WEEKLY: 13,
    Frequency.TWICE_A_MONTH: 24,
    Frequency.MONTHLY: 12,
}


def paid(calendar: PayCalendar, start: date, number: int) -> list[str]:
    return [f"{pay.paid_on:%a %d %b %Y}" for pay in pay_days(calendar, SYDNEY, start, number)]


@pytest.mark.parametrize(("frequency", "number"), A_YEAR.items())
def test_each_frequency_has_its_number_of_pays_a_year(frequency: Frequency, number: int) -> None:
    days = {Frequency.MONTHLY: "15", Frequency.TWICE_A_MONTH: "15,last"}.get(frequency)
    calendar = PayCalendar(frequency, date(2027, 1, 4), days, holiday_rule=HolidayRule.SAME)
    in_year = [
        pay for pay in pay_days(calendar, SYDNEY, date(2027, 1, 1), 60) if pay.paid_on < date(2028, 1, 3)
    ]
    assert len(in_year) == number


def test_the_pattern_goes_on_from_an_old_date_and_begins_with_a_coming_one() -> None:
    old = replace(THURSDAYS, anchor=date(2019, 1, 3))
    assert paid(old, date(2026, 12, 1), 2) == ["Thu 10 Dec 2026", "Thu 24 Dec 2026"]
    assert paid(THURSDAYS, date(2026, 11, 1), 1) == ["Thu 03 Dec 2026"]


def test_a_day_that_a_month_does_not_have_is_its_last() -> None:
    calendar = PayCalendar(Frequency.MONTHLY, date(2027, 1, 1), "30", holiday_rule=HolidayRule.SAME)
    assert paid(calendar, date(2027, 1, 1), 3) == ["Sat 30 Jan 2027", "Sun 28 Feb 2027", "Tue 30 Mar 2027"]


@pytest.mark.parametrize(
    ("rule", "paid_on"),
    [
        (HolidayRule.BEFORE, "Thu 24 Dec 2026"),
        (HolidayRule.AFTER, "Tue 29 Dec 2026"),
        (HolidayRule.SAME, "Fri 25 Dec 2026"),
    ],
)
def test_a_pay_date_on_christmas_day(rule: HolidayRule, paid_on: str) -> None:
    calendar = PayCalendar(Frequency.WEEKLY, date(2026, 12, 4), holiday_rule=rule)
    assert paid(calendar, date(2026, 12, 19), 1) == [paid_on]


def test_a_holiday_of_another_state_does_not_count_and_the_brisbane_show_is_none() -> None:
    cup_day = PayCalendar(Frequency.WEEKLY, date(2026, 11, 3))
    assert paid(replace(cup_day, region="AU-VIC"), date(2026, 11, 1), 1) == ["Mon 02 Nov 2026"]
    assert paid(replace(cup_day, region="AU-NSW"), date(2026, 11, 1), 1) == ["Tue 03 Nov 2026"]
    assert date(2026, 8, 12) not in holidays_of("AU-QLD", 2026)


@pytest.mark.parametrize("region", REGIONS)
def test_every_region_has_its_holidays(region: str) -> None:
    assert len(holidays_of(region, 2027)) > 8


def test_the_cut_off_is_so_many_business_days_before_in_the_accounts_time() -> None:
    (pay,) = pay_days(replace(THURSDAYS, cut_off_time=time(17)), SYDNEY, date(2026, 12, 31), 1)
    # 28 December is a holiday, and so is New Year's Day.
    assert pay.cut_off.astimezone(SYDNEY) == datetime(2026, 12, 24, 17, tzinfo=SYDNEY)
    assert pay.cut_off.utcoffset() is not None


def test_a_change_after_the_cut_off_counts_for_the_next_pay() -> None:
    before = datetime(2026, 11, 30, 11, 59, tzinfo=SYDNEY)
    after = datetime(2026, 11, 30, 12, 0, tzinfo=SYDNEY)
    first, second = next_open_pay(THURSDAYS, SYDNEY, before), next_open_pay(THURSDAYS, SYDNEY, after)
    assert first is not None
    assert second is not None
    assert (first.paid_on, second.paid_on) == (date(2026, 12, 3), date(2026, 12, 17))
    on_the_day = next_pay(THURSDAYS, SYDNEY, datetime(2026, 12, 3, 23, tzinfo=SYDNEY))
    assert on_the_day is not None
    assert on_the_day.paid_on == date(2026, 12, 3)


def test_pasted_dates_stay_as_they_are_and_end() -> None:
    dates = parse_dates("2026-12-03\n17/12/2026, 25 Dec 2026\tThu 3 Dec 2026\n\n")
    calendar = PayCalendar(Frequency.DATES, dates=dates)
    calendar.check(TODAY)
    assert paid(calendar, date(2026, 12, 4), 9) == ["Thu 17 Dec 2026", "Fri 25 Dec 2026"]
    assert next_pay(calendar, SYDNEY, datetime(2027, 1, 1, tzinfo=SYDNEY)) is None


PASTED = """3/12/2026, 17.12.2026
Fri, 4 Dec 2026, Friday, 18 December 2026
December 5, 2026
6th Dec 2026; 7-Dec-26
2026/12/08\t20261209
10/12/26
2026-12-11T00:00:00
12/12/2026 12:00:00 AM
\u200b１３/12/2026\u00a0
14 Sept 2026"""


def test_pasted_dates_are_read_as_people_and_tables_write_them() -> None:
    days = [*range(3, 14), 17, 18]
    assert parse_dates(PASTED) == (date(2026, 9, 14), *(date(2026, 12, day) for day in days))
    for wrong in ("12/13/2026", "31/2/2026", "3/12", "tomorrow", "2026-12-03 17:00", "3 Dec 2026, pay day"):
        with pytest.raises(InvalidError, match=r"is no date that iHUB can read"):
            parse_dates(wrong)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"anchor": None}, "Enter one pay date"),
        ({"anchor": date(2206, 12, 3)}, "last ten years, or of the next twelve months"),
        ({"frequency": Frequency.DATES}, "Paste at least one"),
        (
            {"frequency": Frequency.DATES, "dates": (date(2026, 11, 5),)},
            "None of these pay dates is in the future",
        ),
        ({"frequency": Frequency.DATES, "dates": (date(2206, 11, 5),)}, "Correct its year"),
        ({"frequency": Frequency.DATES, "dates": (date(26, 12, 3), date(2026, 12, 3))}, "ten years ago"),
        ({"cut_off_days": -1}, "cut-off would be after the pay date"),
        ({"cut_off_days": 40}, "at most 15 business days"),
        ({"region": "AU-XYZ"}, "Choose a state or region"),
        ({"frequency": Frequency.MONTHLY}, "one day of the month"),
        ({"frequency": Frequency.TWICE_A_MONTH, "days": "15"}, "two days of the month"),
        ({"frequency": Frequency.MONTHLY, "days": "32"}, "from 1 to 31"),
        ({"sweep_minutes": -5}, "from 0 to 1,440"),
    ],
)
def test_what_cannot_be_a_pay_calendar_is_refused_with_what_to_enter(
    change: dict[str, object], said: str
) -> None:
    with pytest.raises(InvalidError, match=said):
        replace(THURSDAYS, **change).check(TODAY)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["32/12/2026", "soon", "2026-13-01", "12/25/2026"])
def test_a_text_that_is_no_date_is_named(text: str) -> None:
    with pytest.raises(InvalidError, match="is no date that iHUB can read"):
        parse_dates(f"2026-12-03, {text}")


@pytest.mark.parametrize("text", ["25:00", "noon", "", "9", "12:60"])
def test_a_text_that_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(InvalidError, match="such as 17:00"):
        parse_time(text)


@pytest.mark.parametrize(
    "calendar",
    [
        THURSDAYS,
        PayCalendar(Frequency.TWICE_A_MONTH, date(2026, 12, 1), "15,last", region="NZ-AUK"),
        PayCalendar(Frequency.DATES, dates=(date(2026, 12, 3),), cut_off_time=time(9, 30)),
    ],
)
def test_a_calendar_is_stored_as_it_is_and_said_in_words(calendar: PayCalendar) -> None:
    assert from_document(to_document(calendar)) == calendar
    assert calendar.sentence()
    assert "Cut-off 3 business days before it" in calendar.cut_off_sentence()
