"""When schedules are due, across clock changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InvalidError
from core.jobs.recurrence import Rule
from core.models import Every

ZONES = [
    "Australia/Brisbane",
    "Australia/Sydney",
    "Pacific/Auckland",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "UTC",
]
SYDNEY = "Australia/Sydney"
YEAR_2024, YEAR_2034 = 1_704_067_200, 2_019_686_400

moments = st.floats(YEAR_2024, YEAR_2034).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
times = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
wall_rules = st.builds(
    Rule, st.sampled_from([Every.DAY, Every.WEEKDAY]), at=times, time_zone=st.sampled_from(ZONES)
)
beat_rules = st.one_of(
    st.builds(Rule, st.just(Every.MINUTES), interval=st.integers(1, 1440)),
    st.builds(Rule, st.just(Every.HOURS), interval=st.integers(1, 168)),
)


def local(zone: str, text: str, fold: int = 0) -> datetime:
    """Return a wall-clock time as a UTC moment: ambiguous times of two zones never compare as equal."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def daily(zone: str, at: str) -> Rule:
    return Rule(Every.DAY, at=at, time_zone=zone)


@pytest.mark.parametrize(
    ("zone", "at", "before", "jump"),
    [
        ("Australia/Sydney", "02:30", "2026-10-03T12:00", "2026-10-04T03:00"),
        ("Pacific/Auckland", "02:15", "2026-09-26T12:00", "2026-09-27T03:00"),
        ("Australia/Lord_Howe", "02:10", "2026-10-03T12:00", "2026-10-04T02:30"),
        ("Pacific/Apia", "07:30", "2011-12-29T12:00", "2011-12-31T00:00"),
    ],
)
def test_a_time_the_clocks_skip_fires_once_at_the_jump(zone: str, at: str, before: str, jump: str) -> None:
    rule = daily(zone, at)
    due = rule.next_after(local(zone, before))
    assert due == local(zone, jump)
    assert rule.next_after(due - timedelta(seconds=1)) == due
    assert rule.next_after(due).astimezone(ZoneInfo(zone)).strftime("%H:%M") == at


@pytest.mark.parametrize(
    ("zone", "at", "before"),
    [
        ("Australia/Sydney", "02:30", "2026-04-04T12:00"),
        ("Pacific/Auckland", "02:59", "2026-04-04T12:00"),
        ("Australia/Lord_Howe", "01:45", "2026-04-04T12:00"),
    ],
)
def test_a_time_the_clocks_repeat_fires_the_first_time_only(zone: str, at: str, before: str) -> None:
    rule = daily(zone, at)
    due = rule.next_after(local(zone, before))
    assert due == local(zone, f"2026-04-05T{at}", fold=0)
    again = rule.next_after(due)
    assert again == local(zone, f"2026-04-06T{at}")
    assert rule.next_after(local(zone, f"2026-04-05T{at}", fold=1) - timedelta(minutes=1)) == again


def test_half_past_seven_stays_half_past_seven_all_year() -> None:
    rule, moment = daily("Australia/Sydney", "07:30"), local("Australia/Sydney", "2026-01-01T00:00")
    for _ in range(365):
        moment = rule.next_after(moment)
        assert moment.astimezone(ZoneInfo("Australia/Sydney")).strftime("%H:%M") == "07:30"
    assert moment == local("Australia/Sydney", "2026-12-31T07:30")


def test_weekdays_leave_the_weekend_out_by_the_local_calendar() -> None:
    rule = Rule(Every.WEEKDAY, at="07:30", time_zone="Pacific/Auckland")
    friday = rule.next_after(local("Pacific/Auckland", "2026-11-27T07:00"))
    assert friday == local("Pacific/Auckland", "2026-11-27T07:30")
    assert rule.next_after(friday) == local("Pacific/Auckland", "2026-11-30T07:30")


@given(wall_rules, moments)
def test_a_daily_rule_is_always_due_later_and_within_four_days(rule: Rule, moment: datetime) -> None:
    due = rule.next_after(moment)
    assert moment < due <= moment + timedelta(days=4)
    assert due.tzinfo is UTC
    shown = due.astimezone(ZoneInfo(rule.time_zone)).strftime("%H:%M")
    assert shown == rule.at or _clock_jumped_at(due, rule.time_zone)


def _clock_jumped_at(moment: datetime, zone: str) -> bool:
    local_moment, before = (
        each.astimezone(ZoneInfo(zone)) for each in (moment, moment - timedelta(seconds=1))
    )
    return local_moment.utcoffset() != before.utcoffset()


@given(wall_rules, moments)
def test_no_occurrence_lies_between_a_moment_and_the_next_one(rule: Rule, moment: datetime) -> None:
    due = rule.next_after(moment)
    assert rule.next_after(due - timedelta(microseconds=1)) == due
    assert rule.next_after(moment + (due - moment) / 2) == due


@given(wall_rules, moments)
@settings(max_examples=20)
def test_a_fortnight_holds_one_occurrence_a_day(rule: Rule, moment: datetime) -> None:
    zone, days = ZoneInfo(rule.time_zone), []
    for _ in range(10):
        moment = rule.next_after(moment)
        days.append(moment.astimezone(zone).date())
    assert len(set(days)) == 10
    assert rule.every is Every.DAY or all(day.weekday() < 5 for day in days)


@given(beat_rules, moments, moments)
def test_intervals_keep_their_distance_from_the_first_due_moment(
    rule: Rule, created: datetime, moment: datetime
) -> None:
    assert rule.interval is not None
    step = timedelta(**{str(rule.every): rule.interval})
    first = rule.next_after(created)
    assert created < first <= created + step
    assert rule.next_after(created, first) == first
    due = rule.next_after(moment, first)
    assert moment < due <= moment + step
    assert (due - first) % step == timedelta()
    assert rule.next_after(due, first) == due + step
    assert rule.next_after(due + 3.5 * step, first) == due + 4 * step


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"every": Every.DAY, "at": "07:30", "time_zone": "Mars/Olympus"}, "time zone does not exist"),
        ({"every": Every.DAY, "at": "07:30", "time_zone": "../etc/passwd"}, "time zone does not exist"),
        ({"every": Every.DAY, "at": "7:30"}, "is not a time of day"),
        ({"every": Every.DAY, "at": "24:00"}, "Enter 00:00, which begins the next day"),
        ({"every": Every.DAY, "at": "07:30,"}, "is not a time of day"),
        (
            {"every": Every.DAY, "at": ",".join(f"{n // 60:02}:{n % 60:02}" for n in range(25))},
            "more than 24",
        ),
        ({"every": Every.DAY, "at": "07:30", "days": "mon"}, "Leave the days empty"),
        ({"every": Every.DAY, "at": "07:30", "cron": "0 1 * * *"}, "Leave the expression empty"),
        ({"every": Every.WEEK, "at": "07:30"}, "Choose from mon"),
        ({"every": Every.WEEK, "at": "07:30", "days": "monday"}, "Choose from mon"),
        ({"every": Every.WEEK, "days": "mon"}, "is not a time of day"),
        ({"every": Every.WEEK, "at": "07:30", "days": "mon", "interval": 9}, "from 1 to 8"),
        ({"every": Every.WEEK, "at": "07:30", "days": "mon", "interval": 2}, "first week"),
        ({"every": Every.MONTH, "at": "07:30"}, "days of the month"),
        ({"every": Every.MONTH, "at": "07:30", "days": "0"}, "days of the month"),
        ({"every": Every.MONTH, "at": "07:30", "days": "32"}, "days of the month"),
        ({"every": Every.MONTH, "at": "07:30", "days": "fifth mon"}, "days of the month"),
        ({"every": Every.CRON, "cron": "0 7 * * *", "at": "07:30"}, "has no time of day"),
        ({"every": Every.CRON, "cron": "0 7 * * *", "interval": 2}, "has no interval"),
        ({"every": Every.CRON}, "not a cron expression"),
        ({"every": Every.CRON, "cron": "0 0 31 2 *"}, "would never run"),
        ({"every": Every.CRON, "cron": "0 0 30,31 2 *"}, "would never run"),
        ({"every": Every.CRON, "cron": "0 0 31 4,6,9,11 *"}, "would never run"),
        ({"every": Every.CRON, "cron": "0 30 18 * * *"}, "no seconds"),
        ({"every": Every.CRON, "cron": "@daily"}, "@daily are not used"),
        ({"every": Every.CRON, "cron": "0 24 * * *"}, "hours from 0 to 23"),
        ({"every": Every.CRON, "cron": "60 1 * * *"}, "minutes go from 0 to 59"),
        ({"every": Every.CRON, "cron": "0 1 1,L * *"}, "stands alone"),
        ({"every": Every.CRON, "cron": "*/0 * * * *"}, "not a cron expression"),
        ({"every": Every.CRON, "cron": "0 1 * *"}, "not a cron expression"),
        ({"every": Every.CRON, "cron": "H 1 * * *"}, "not a cron expression"),
        ({"every": Every.CRON, "cron": "0 1 * * 1" + ",1" * 60}, "not a cron expression"),
        ({"every": Every.DAY, "at": "07:30\n"}, "is not a time of day"),
        ({"every": Every.WEEKDAY}, "is not a time of day"),
        ({"every": Every.DAY, "at": "07:30", "interval": 2}, "has no interval"),
        ({"every": Every.MINUTES, "interval": 0}, "from 1 to 1,440"),
        ({"every": Every.MINUTES, "interval": 1441}, "from 1 to 1,440"),
        ({"every": Every.MINUTES, "interval": 1_000_000}, "from 1 to 1,440"),
        ({"every": Every.HOURS, "interval": 169}, "from 1 to 168"),
        ({"every": Every.HOURS, "interval": -1}, "from 1 to 168"),
        ({"every": Every.HOURS}, "from 1 to 168"),
        ({"every": Every.HOURS, "interval": 2, "at": "07:30"}, "has no time of day"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_with_a_sentence(
    fields: dict[str, object], sentence: str
) -> None:
    with pytest.raises(InvalidError, match=sentence):
        Rule(**fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        (Rule(Every.WEEKDAY, at="07:30"), "Every weekday at 07:30, Brisbane time"),
        (Rule(Every.DAY, at="23:05", time_zone="Pacific/Auckland"), "Every day at 23:05, Auckland time"),
        (Rule(Every.MINUTES, interval=15), "Every 15 minutes"),
        (Rule(Every.MINUTES, interval=1), "Every minute"),
        (Rule(Every.HOURS, interval=1), "Every hour"),
        (Rule(Every.HOURS, interval=6), "Every 6 hours"),
        (Rule(Every.DAY, at="18:00, 07:30"), "Every day at 07:30 and 18:00, Brisbane time"),
        (Rule(Every.DAY, at="07:30", time_zone="Australia/Lord_Howe"), "Every day at 07:30, Lord Howe time"),
        (Rule(Every.DAY, at="07:30", time_zone="UTC"), "Every day at 07:30, UTC"),
        (Rule(Every.WEEK, at="18:00", days="thu, Mon"), "Every Monday and Thursday at 18:00, Brisbane time"),
        (
            Rule(Every.WEEK, 2, at="18:00", days="tue", starts_on=date(2026, 12, 1)),
            "Every 2 weeks on Tuesday at 18:00, Brisbane time",
        ),
        (
            Rule(Every.MONTH, at="18:00", days="last,15,01"),
            "On the 1st, the 15th and the last day of every month at 18:00, Brisbane time",
        ),
        (
            Rule(Every.MONTH, at="18:00", days="31"),
            "On the 31st of every month (the last day of a shorter month) at 18:00, Brisbane time",
        ),
        (
            Rule(Every.MONTH, at="18:00", days="last fri,second tue"),
            "On the second Tuesday and the last Friday of every month at 18:00, Brisbane time",
        ),
        (
            Rule(Every.CRON, cron="30 18 * * mon-fri"),
            "At 18:30, Monday through Friday (cron 30 18 * * MON-FRI), Brisbane time",
        ),
        (
            Rule(Every.CRON, cron="*/45 * * * *"),
            "At 0 and 45 minutes past the hour (cron */45 * * * *), Brisbane time",
        ),
        (
            Rule(Every.CRON, cron="0 8 */10 JAN-MAR/2 *"),
            "At 08:00, on day 1, 11, 21, and 31 of the month, only in January and March"
            " (cron 0 8 */10 JAN-MAR/2 *), Brisbane time",
        ),
        (
            Rule(Every.CRON, cron="0 9 1 * 1"),
            "At 09:00, on day 1 of the month, or on Monday (cron 0 9 1 * 1), Brisbane time",
        ),
    ],
)
def test_a_rule_is_told_in_words(rule: Rule, sentence: str) -> None:
    assert rule.sentence() == sentence


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        (Rule(Every.WEEK, at="18:00", days="mon,thu"), ["12-03", "12-07", "12-10", "12-14"]),
        (
            Rule(Every.WEEK, 2, at="18:00", days="tue", starts_on=date(2026, 12, 4)),
            ["12-15", "12-29", "01-12", "01-26"],
        ),
        (Rule(Every.MONTH, at="18:00", days="15"), ["12-15", "01-15", "02-15", "03-15"]),
        (Rule(Every.MONTH, at="18:00", days="30"), ["12-30", "01-30", "02-28", "03-30"]),
        (Rule(Every.MONTH, at="18:00", days="last"), ["12-31", "01-31", "02-28", "03-31"]),
        (Rule(Every.MONTH, at="18:00", days="31,last"), ["12-31", "01-31", "02-28", "03-31"]),
        (Rule(Every.MONTH, at="18:00", days="first mon"), ["12-07", "01-04", "02-01", "03-01"]),
        (Rule(Every.MONTH, at="18:00", days="last fri"), ["12-25", "01-29", "02-26", "03-26"]),
        (Rule(Every.CRON, cron="0 18 * * 5#2"), ["12-11", "01-08", "02-12", "03-12"]),
        (Rule(Every.CRON, cron="0 18 1 * *"), ["12-01", "01-01", "02-01", "03-01"]),
    ],
)
def test_the_days_of_weeks_and_months(rule: Rule, days: list[str]) -> None:
    zone, moment = ZoneInfo(rule.time_zone), local("Australia/Brisbane", "2026-11-30T19:00")
    for day in days:
        moment = rule.next_after(moment)
        assert f"{moment.astimezone(zone):%m-%d %H:%M}" == f"{day} 18:00"


@pytest.mark.parametrize(
    ("rule", "moment", "last"),
    [
        (daily("Australia/Sydney", "07:30,18:00"), "2026-11-30T09:00", "2026-11-30T07:30"),
        (daily("Australia/Sydney", "07:30,18:00"), "2026-11-30T07:30", "2026-11-30T07:30"),
        (
            Rule(Every.MONTH, at="18:00", days="15", time_zone="Australia/Sydney"),
            "2026-11-30T09:00",
            "2026-11-15T18:00",
        ),
        (
            Rule(Every.CRON, cron="0 0 29 2 *", time_zone="Australia/Sydney"),
            "2026-11-30T09:00",
            "2024-02-29T00:00",
        ),
    ],
)
def test_the_last_due_moment_is_found(rule: Rule, moment: str, last: str) -> None:
    assert rule.last_until(local("Australia/Sydney", moment)) == local("Australia/Sydney", last)


def test_a_schedule_that_has_not_begun_has_no_last_due_moment() -> None:
    rule = Rule(Every.WEEK, 2, at="18:00", days="tue", starts_on=date(2026, 12, 4))
    assert rule.last_until(local("Australia/Brisbane", "2026-12-01T00:00")) is None
