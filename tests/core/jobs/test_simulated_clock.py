"""Each due time starts one run, whatever the clocks of the six zones do and however long the scheduler is away."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from core.clock import now as right_now
from core.db import reading, transaction
from core.jobs import due_schedules, schedule_changes, schedules, skipped
from core.jobs.recurrence import Rule
from core.models import Account, Every, Job, Position, Run, RunStatus, Schedule, Side
from core.security.actor import OPERATOR
from harness.world import active_connection

ZONES = (
    *("Australia/Sydney", "Australia/Adelaide", "Australia/Lord_Howe", "Pacific/Auckland"),
    *("Australia/Brisbane", "Australia/Perth"),
)
STILL = ("Australia/Brisbane", "Australia/Perth")
BEGIN, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def transitions(zone: ZoneInfo) -> list[datetime]:
    """Return the moments from 2026 to 2028 at which the clocks of a zone change, to the half hour."""
    step, found, moment = timedelta(minutes=30), [], BEGIN
    while moment < END:
        if moment.astimezone(zone).utcoffset() != (moment + step).astimezone(zone).utcoffset():
            found.append(moment + step)
        moment += step
    return found


def first_minutes_showing(zone: ZoneInfo, around: datetime, times: list[time]) -> list[datetime]:
    """Return, minute by minute, when each time of each day is first shown or jumped over: what must be due."""
    first, last = around - timedelta(hours=30), around + timedelta(hours=30)
    waiting: dict[date, list[time]] = {}
    due, moment = [], first
    while moment < last:
        wall = moment.astimezone(zone)
        left = waiting.setdefault(wall.date(), list(times))
        shown = [each for each in left if each <= wall.time()]
        if shown:
            waiting[wall.date()] = [each for each in left if each not in shown]
            due.append(moment)
        moment += MINUTE
    # What was shown before the first minute looked at is not known.
    return [each for each in due if each > first + timedelta(hours=1)]


@pytest.mark.parametrize("name", ZONES)
def test_each_time_is_due_once_at_every_change_of_the_clocks(name: str) -> None:
    zone, times = ZoneInfo(name), [time(hour, minute) for hour in (1, 2, 3) for minute in (0, 15, 30, 45)]
    changes = transitions(zone)
    assert len(changes) == (0 if name in STILL else 6)
    rule = Rule(Every.DAY, at=",".join(f"{each:%H:%M}" for each in times), time_zone=name)
    cron = Rule(Every.CRON, cron="0,15,30,45 1-3 * * *", time_zone=name)
    for change in changes or [datetime(2027, 4, 3, 16, tzinfo=UTC)]:
        expected = first_minutes_showing(zone, change, times)
        assert len(expected) > 20
        for each in (rule, cron):
            assert walk(each, expected[0] - MINUTE, expected[-1]) == expected


@pytest.mark.parametrize("name", ZONES)
def test_a_schedule_by_the_hour_keeps_its_pace_at_every_change_of_the_clocks(name: str) -> None:
    hourly = Rule(Every.CRON, cron="0 * * * *", time_zone=name)
    elapsed = Rule(Every.HOURS, 1, time_zone=name)
    for change in transitions(ZoneInfo(name)) or [BEGIN]:
        first = change - timedelta(hours=6)
        steps = {b - a for a, b in pairs(walk(hourly, first, change + timedelta(hours=6)))}
        half = {timedelta(minutes=30), timedelta(minutes=90)} if name.endswith("Lord_Howe") else set()
        assert steps <= {timedelta(hours=1)} | half
        moments = [elapsed.next_after(first + number * timedelta(minutes=50), first) for number in range(15)]
        assert {(b - a) % timedelta(hours=1) for a, b in pairs(moments)} == {timedelta()}


def walk(rule: Rule, moment: datetime, last: datetime) -> list[datetime]:
    found = []
    while (moment := rule.next_after(moment)) <= last:
        found.append(moment)
    return found


def pairs(moments: list[datetime]) -> Iterator[tuple[datetime, datetime]]:
    return pairwise(moments)


@dataclass
class Simulated:
    """A clock, and schedulers that look at it."""

    moment: datetime
    ids: list[int] = field(default_factory=list)

    def create(self, rule: Rule) -> int:
        """Schedule a connection of its own; return the schedule's id."""
        self.ids.append(schedules.create(OPERATOR, active_connection(), rule))
        return self.ids[-1]

    def tick(self, moment: datetime) -> None:
        """Let two schedulers look at a moment, and each run end at once."""
        self.moment = moment
        due_schedules.pull_back()
        for schedule_id, due_at in due_schedules.due_moments().items():
            if due_at <= moment:
                for _ in range(2):
                    due_schedules.fire(schedule_id)
                with transaction() as session:
                    session.execute(update(Run).values(status=RunStatus.COMPLETE))


@pytest.fixture
def clock(store: str, monkeypatch: pytest.MonkeyPatch) -> Simulated:
    """Set the clock of everything that decides about schedules."""
    simulated = Simulated(right_now())
    for module in (due_schedules, schedules, schedule_changes, skipped):
        monkeypatch.setattr(module, "now", lambda: simulated.moment)
    return simulated


def stored(schedule_id: int) -> Schedule:
    with reading() as session:
        return session.get_one(Schedule, schedule_id)


def runs_of(schedule_id: int) -> list[datetime | None]:
    query = select(Run.due_at).where(Run.schedule_id == schedule_id, Run.skipped == 0).order_by(Run.id)
    with reading() as session:
        return list(session.scalars(query))


def test_each_due_time_is_fired_once_over_the_changes_of_the_clocks(clock: Simulated) -> None:
    for change in (datetime(2027, 4, 3, 16, tzinfo=UTC), datetime(2027, 10, 2, 16, tzinfo=UTC)):
        clock.moment = begin = change - timedelta(hours=20)
        rules = {clock.create(Rule(Every.DAY, at="02:30,18:00", time_zone=zone)): zone for zone in ZONES}
        random = Random(change.month)  # noqa: S311 - a seed
        end = change + timedelta(hours=30)
        while clock.moment < end:
            clock.tick(clock.moment + timedelta(minutes=random.choice((7, 50, 80))))
        for schedule_id, zone in rules.items():
            rule = Rule(Every.DAY, at="02:30,18:00", time_zone=zone)
            assert runs_of(schedule_id) == walk(rule, begin, clock.moment)
            schedules.cancel(OPERATOR, connection_of(schedule_id))


def connection_of(schedule_id: int) -> int:

    with reading() as session:
        return session.scalars(
            select(Job.connection_id).join(Schedule).where(Schedule.id == schedule_id)
        ).one()


AT_SIX = Rule(Every.DAY, at="18:00", time_zone="Australia/Sydney")
SIX = datetime(2027, 6, 8, 18, tzinfo=ZoneInfo("Australia/Sydney")).astimezone(UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def test_after_downtime_there_is_one_run_and_none_when_the_next_is_near(clock: Simulated) -> None:
    clock.moment = SIX - HOUR
    schedule_id = clock.create(AT_SIX)
    clock.tick(SIX + 3 * DAY + 5 * HOUR)
    clock.tick(SIX + 3 * DAY + 6 * HOUR)
    assert runs_of(schedule_id) == [SIX]
    clock.tick(SIX + 6 * DAY - 2 * HOUR)  # the next one is due within 2.4 hours
    assert runs_of(schedule_id) == [SIX]
    clock.tick(SIX + 6 * DAY)
    assert runs_of(schedule_id) == [SIX, SIX + 6 * DAY]
    clock.tick(SIX + 7 * DAY + 21 * HOUR)  # three hours are too long to wait
    assert runs_of(schedule_id) == [SIX, SIX + 6 * DAY, SIX + 7 * DAY]


def test_a_clock_a_day_ahead_and_then_an_hour_back_loses_and_doubles_nothing(clock: Simulated) -> None:
    clock.moment = SIX - 6 * HOUR
    schedule_id = clock.create(AT_SIX)
    clock.tick(clock.moment + DAY)  # the clock jumps a day ahead, and is put right
    clock.tick(SIX - 5 * HOUR)
    assert stored(schedule_id).next_due_at == SIX
    clock.tick(SIX + MINUTE)
    assert [due for due in runs_of(schedule_id) if due] == [SIX]
    clock.tick(SIX - HOUR + MINUTE)  # the clock is set back an hour: 18:00 comes a second time
    for minutes in range(10, 130, 10):
        clock.tick(SIX - HOUR + minutes * MINUTE)
    assert [due for due in runs_of(schedule_id) if due] == [SIX]
    clock.tick(SIX + DAY)
    assert [due for due in runs_of(schedule_id) if due] == [SIX, SIX + DAY]


def test_what_is_due_within_closed_hours_runs_at_their_end(clock: Simulated) -> None:
    clock.moment = SIX - HOUR
    connection = active_connection()
    close(connection, "17:30-21:00")
    every_day = schedules.create(OPERATOR, connection, AT_SIX)
    assert stored(every_day).next_due_at == SIX + 3 * HOUR
    for minutes in range(0, 240, 20):
        clock.tick(SIX + minutes * MINUTE)
    assert runs_of(every_day) == [SIX + 3 * HOUR]
    assert stored(every_day).next_due_at == SIX + DAY + 3 * HOUR
    close(connection, "")
    clock.tick(SIX + 5 * HOUR)
    assert stored(every_day).next_due_at == SIX + DAY


def close(connection: int, hours: str) -> None:

    target = Side.connection_id == connection, Side.position == Position.TARGET
    with transaction() as session:
        session.execute(update(Side).where(*target).values(settings={"closed_hours": hours}))
        session.execute(update(Account).values(time_zone="Australia/Sydney"))


def test_many_due_times_in_closed_hours_are_one_run(clock: Simulated) -> None:
    clock.moment = SIX
    connection = active_connection()
    close(connection, "20:00-06:00")
    rule = Rule(Every.CRON, cron="*/30 * * * *", time_zone="Australia/Sydney")
    starts, closed = schedules.announce_starts(OPERATOR, connection, rule, SIX + 90 * MINUTE)
    assert starts[:2] == [SIX + 90 * MINUTE, SIX + 12 * HOUR] and closed == "iPayroll 20:00-06:00"
    schedule_id = schedules.create(OPERATOR, connection, rule, SIX + 30 * MINUTE)
    for minutes in range(0, 13 * 60, 10):
        clock.tick(SIX + minutes * MINUTE)
    evening = [SIX + number * 30 * MINUTE for number in (1, 2, 3)]
    assert runs_of(schedule_id) == [*evening, SIX + 12 * HOUR, SIX + 12 * HOUR + 30 * MINUTE]


def test_closed_hours_entered_after_a_run_was_planned_put_it_off(clock: Simulated) -> None:
    clock.moment = SIX - HOUR
    connection = active_connection()
    schedule_id = schedules.create(OPERATOR, connection, AT_SIX)
    close(connection, "17:30-21:00")
    clock.tick(SIX)
    assert (runs_of(schedule_id), stored(schedule_id).next_due_at) == ([], SIX + 3 * HOUR)
    clock.tick(SIX + 3 * HOUR)
    assert runs_of(schedule_id) == [SIX + 3 * HOUR]


def test_a_pause_ends_by_itself_and_runs_nothing_before(clock: Simulated) -> None:
    clock.moment = SIX - HOUR
    schedule_id = clock.create(AT_SIX)
    connection = connection_of(schedule_id)
    schedule_changes.pause(OPERATOR, connection, date(2027, 6, 11), version(connection))
    assert stored(schedule_id).next_due_at == SIX + 3 * DAY
    for hours in range(0, 80, 6):
        clock.tick(SIX + hours * HOUR)
    assert runs_of(schedule_id) == [SIX + 3 * DAY]


def version(connection: int) -> schedules.Version:
    schedule = schedules.active_schedule(OPERATOR, connection)
    assert schedule is not None
    return schedule.version


def test_what_is_due_when_a_schedule_is_changed_still_runs_once(clock: Simulated) -> None:
    clock.moment = SIX - HOUR
    schedule_id = clock.create(AT_SIX)
    clock.moment = SIX + MINUTE  # due, but no scheduler has looked yet
    connection = connection_of(schedule_id)
    at_nine = Rule(Every.DAY, at="21:00", time_zone="Australia/Sydney")
    schedule_changes.change(OPERATOR, connection, at_nine, version(connection))
    clock.tick(SIX + 2 * MINUTE)
    assert (runs_of(schedule_id), stored(schedule_id).next_due_at) == ([SIX], SIX + 3 * HOUR)
    clock.tick(SIX + 3 * HOUR)
    clock.tick(SIX + DAY)
    assert runs_of(schedule_id) == [SIX, SIX + 3 * HOUR]


@pytest.mark.both_engines
def test_a_schedule_changed_while_it_fires_loses_and_doubles_nothing(clock: Simulated) -> None:
    at_nine = Rule(Every.DAY, at="21:00", time_zone="Australia/Sydney")
    for _ in range(6):
        clock.moment = SIX - HOUR
        schedule_id = clock.create(AT_SIX)
        connection = connection_of(schedule_id)
        seen = version(connection)
        clock.moment = SIX + MINUTE
        both = [
            threading.Thread(target=due_schedules.fire, args=(schedule_id,)),
            threading.Thread(target=schedule_changes.change, args=(OPERATOR, connection, at_nine, seen)),
        ]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join()
        clock.tick(SIX + 2 * MINUTE)
        assert (runs_of(schedule_id), stored(schedule_id).at) == ([SIX], "21:00")
        assert stored(schedule_id).next_due_at == SIX + 3 * HOUR
