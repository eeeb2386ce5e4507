"""When schedules are due, across clock changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
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
YEAR_2024, YEAR_2034 = 1_704_067_200, 2_019_686_400

moments = st.floats(YEAR_2024, YEAR_2034).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
times = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
wall_rules = st.builds(
    Rule, st.sampled_from([Every.DAY, Every.WEEKDAY]), at=times, time_zone=st.sampled_from(ZONES)
)
beat_rules = st.one_of(
    st.builds(Rule, st.just(Every.MINUTES), interval=st.integers(1, 59)),
    st.builds(Rule, st.just(Every.HOURS), interval=st.integers(1, 24)),
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
        ({"every": Every.DAY, "at": "24:00"}, "is not a time of day"),
        ({"every": Every.DAY, "at": "07:30\n"}, "is not a time of day"),
        ({"every": Every.WEEKDAY}, "is not a time of day"),
        ({"every": Every.DAY, "at": "07:30", "interval": 2}, "has no interval"),
        ({"every": Every.MINUTES, "interval": 0}, "from 1 to 59"),
        ({"every": Every.MINUTES, "interval": 60}, "from 1 to 59"),
        ({"every": Every.HOURS, "interval": 25}, "from 1 to 24"),
        ({"every": Every.HOURS}, "from 1 to 24"),
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
        (Rule(Every.WEEKDAY, at="07:30"), "Every weekday at 07:30 (Australia/Brisbane)"),
        (Rule(Every.DAY, at="23:05", time_zone="Pacific/Auckland"), "Every day at 23:05 (Pacific/Auckland)"),
        (Rule(Every.MINUTES, interval=15), "Every 15 minutes"),
        (Rule(Every.MINUTES, interval=1), "Every minute"),
        (Rule(Every.HOURS, interval=1), "Every hour"),
        (Rule(Every.HOURS, interval=6), "Every 6 hours"),
    ],
)
def test_a_rule_is_told_in_words(rule: Rule, sentence: str) -> None:
    assert rule.sentence() == sentence
