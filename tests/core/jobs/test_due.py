"""What is announced is when it runs, whatever the clock does; what could not be run is said."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from core import clock
from core.accounts import accounts
from core.clock import now
from core.db import reading, transaction
from core.errors import InvalidError
from core.jobs import due_schedules, schedules, views
from core.jobs.recurrence import Rule
from core.models import (
    Account,
    Connection,
    ConnectionStatus,
    Every,
    Position,
    Run,
    RunStatus,
    Schedule,
    Side,
    SideState,
    Trigger,
)
from core.queue.routing import BIG, routes_for
from core.runs import request
from core.security.actor import OPERATOR
from harness.world import active_connection

DAILY = Rule(Every.HOURS, interval=24)
HOURLY = Rule(Every.HOURS, interval=1)


def stored(schedule_id: int) -> Schedule:
    with reading() as session:
        return session.get_one(Schedule, schedule_id)


def runs_of(connection: int) -> list[Run]:
    with reading() as session:
        return list(session.scalars(select(Run).where(Run.connection_id == connection).order_by(Run.id)))


def set_due(schedule_id: int, moment: datetime) -> None:
    """Let a schedule be due, and count its times from then: the next is never near."""
    with transaction() as session:
        due_at = {"next_due_at": moment, "first_due_at": moment}
        session.execute(update(Schedule).where(Schedule.id == schedule_id).values(**due_at))


def clock_says(patch: pytest.MonkeyPatch, ahead: timedelta) -> None:
    """Set the clock of everything that decides about schedules."""
    for module in (due_schedules, schedules):
        patch.setattr(module, "now", lambda: clock.now() + ahead)


@pytest.mark.parametrize(
    "rule", [DAILY, HOURLY, Rule(Every.MINUTES, interval=7), Rule(Every.DAY, at="07:30")]
)
def test_what_is_announced_is_when_the_first_run_is_due(store: str, rule: Rule) -> None:
    for _ in range(3):
        connection = active_connection()
        announced = schedules.announce(rule, connection)
        starts, closed = schedules.announce_starts(OPERATOR, connection, rule, announced)
        assert (starts[0], len(starts), sorted(set(starts)), closed) == (announced, 5, starts, "")
        schedule_id = schedules.create(OPERATOR, connection, rule, announced)
        assert stored(schedule_id).next_due_at == announced
        assert rule.next_after(announced, stored(schedule_id).first_due_at) - announced <= timedelta(hours=25)


def test_an_announced_moment_that_has_passed_is_announced_again(store: str) -> None:
    connection = active_connection()
    for impossible in (now() - timedelta(minutes=1), now() + timedelta(hours=2)):
        with pytest.raises(InvalidError, match="announced"):
            schedules.create(OPERATOR, connection, HOURLY, impossible)
    with pytest.raises(InvalidError, match="announced"):
        schedules.create(OPERATOR, connection, Rule(Every.DAY, at="07:30"), now() + timedelta(minutes=1))
    assert views.get_job(OPERATOR, connection).schedule is None


def test_intervals_count_on_from_the_first_due_moment(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    schedule_id = schedules.create(OPERATOR, active_connection(), DAILY)
    first = stored(schedule_id).next_due_at
    clock_says(monkeypatch, timedelta(hours=24, minutes=20))  # the scheduler was away for some time
    assert due_schedules.fire(schedule_id).next_due_at == first + timedelta(hours=24)


@pytest.mark.both_engines
@pytest.mark.parametrize("rule", [HOURLY, Rule(Every.DAY, at="07:30"), Rule(Every.MINUTES, interval=1)])
def test_a_clock_that_was_ahead_for_a_while_costs_no_run(
    store: str, monkeypatch: pytest.MonkeyPatch, rule: Rule
) -> None:
    connection = active_connection()
    schedule_id = schedules.create(OPERATOR, connection, rule)
    due = stored(schedule_id).next_due_at
    with monkeypatch.context() as patch:
        clock_says(patch, timedelta(days=8))
        due_schedules.fire(schedule_id)
        due_schedules.fire(schedule_id)
    assert stored(schedule_id).next_due_at > due + timedelta(days=6)
    with transaction() as session:
        session.execute(update(Run).values(status=RunStatus.COMPLETE))
    due_schedules.pull_back()
    assert stored(schedule_id).next_due_at == rule.next_after(now(), stored(schedule_id).first_due_at)
    with monkeypatch.context() as patch:
        clock_says(patch, stored(schedule_id).next_due_at - now() + timedelta(minutes=10))
        assert due_schedules.fire(schedule_id).run_id is not None
    due_schedules.pull_back()


def test_what_is_right_is_not_pulled_back(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [
        schedules.create(OPERATOR, active_connection(), rule)
        for rule in (HOURLY, DAILY, Rule(Every.WEEKDAY, at="07:30"))
    ]
    before = [stored(schedule_id).next_due_at for schedule_id in ids]
    due_schedules.pull_back()
    assert [stored(schedule_id).next_due_at for schedule_id in ids] == before
    set_due(ids[0], now() - timedelta(seconds=1))
    fired = due_schedules.fire(ids[0])
    clock_says(monkeypatch, timedelta(seconds=-2))  # the clock is set by two seconds just after
    due_schedules.pull_back()
    assert stored(ids[0]).next_due_at == fired.next_due_at


def test_a_rule_that_makes_no_sense_keeps_no_other_schedule_back(store: str) -> None:
    bad, good = (schedules.create(OPERATOR, active_connection(), HOURLY) for _ in range(2))
    with transaction() as session:
        session.get_one(Schedule, bad).time_zone = "Mars/Olympus"
    for schedule_id in (bad, good):
        set_due(schedule_id, now() + timedelta(days=3))
    due_schedules.pull_back()
    assert stored(good).next_due_at <= now() + timedelta(hours=1)


def needs_reconnect(connection: int) -> None:
    with transaction() as session:
        session.get_one(Connection, connection).status = ConnectionStatus.ATTENTION
        target = Side.connection_id == connection, Side.position == Position.TARGET
        session.execute(update(Side).where(*target).values(state=SideState.NEEDS_RECONNECT))


def skip(schedule_id: int, times: int) -> None:
    for number in range(times):
        set_due(schedule_id, now() - timedelta(hours=times - number))
        assert due_schedules.fire(schedule_id).run_id is None


@pytest.mark.both_engines
def test_an_occurrence_that_is_not_run_is_a_line_that_counts_on(store: str) -> None:
    connection = active_connection()
    schedule_id = schedules.create(OPERATOR, connection, HOURLY)
    needs_reconnect(connection)
    skip(schedule_id, 1)
    (line,) = runs_of(connection)
    assert (line.status, line.read, line.skipped, line.started_at) == (RunStatus.ERROR, 0, 1, None)
    assert line.message == "Not run: iPayroll needs to be reconnected, on the Connections page."
    skip(schedule_id, 3)
    (line,) = runs_of(connection)
    assert (line.skipped, (line.message or "")[:25]) == (4, "Not run 4 times in a row:")
    assert stored(schedule_id).next_due_at > now()


def test_another_reason_and_a_run_in_between_begin_another_line(store: str) -> None:
    connection = active_connection()
    schedule_id = schedules.create(OPERATOR, connection, HOURLY)
    needs_reconnect(connection)
    skip(schedule_id, 2)
    with transaction() as session:
        session.execute(update(Account).values(ihub_enabled=False))
        session.execute(update(Side).values(state=SideState.CONNECTED))
    skip(schedule_id, 2)
    with transaction() as session:
        session.execute(update(Account).values(ihub_enabled=True))
        session.get_one(Connection, connection).status = ConnectionStatus.ACTIVE
    set_due(schedule_id, now() - timedelta(seconds=1))
    run_id = due_schedules.fire(schedule_id).run_id
    with transaction() as session:
        session.get_one(Run, run_id).status = RunStatus.COMPLETE
    needs_reconnect(connection)
    skip(schedule_id, 1)
    assert [run.skipped for run in runs_of(connection)] == [2, 2, 0, 1]


def test_a_line_that_was_not_run_says_nothing_about_the_size_of_a_run(store: str) -> None:
    connection = active_connection()
    schedule_id = schedules.create(OPERATOR, connection, HOURLY)
    set_due(schedule_id, now() - timedelta(seconds=1))
    run_id = due_schedules.fire(schedule_id).run_id
    with transaction() as session:
        run = session.get_one(Run, run_id)
        run.status, run.read, run.unchanged, run.ended_at = RunStatus.COMPLETE, 5000, 5000, now()
        session.get_one(Connection, connection).status = ConnectionStatus.ATTENTION
    skip(schedule_id, 1)
    with transaction() as session:
        session.get_one(Connection, connection).status = ConnectionStatus.ACTIVE
    (route,) = routes_for([request.request(connection, Trigger.MANUAL)])
    assert route.queue == BIG


def test_no_next_run_is_promised_that_will_not_come(store: str) -> None:
    connection = active_connection()
    schedule_id = schedules.create(OPERATOR, connection, HOURLY)
    assert views.get_job(OPERATOR, connection).no_next_run == ""
    set_due(schedule_id, now() - timedelta(minutes=2))
    assert "scheduler" in views.get_job(OPERATOR, connection).no_next_run
    needs_reconnect(connection)
    assert "Active" in views.get_job(OPERATOR, connection).no_next_run
    with transaction() as session:
        account_id = session.get_one(Connection, connection).account_id
    accounts.set_enabled(account_id, False)
    assert "switched on" in views.get_job(OPERATOR, connection).no_next_run


def test_schedules_keep_their_zones_when_the_account_changes_its_own(store: str) -> None:
    connection = active_connection()
    schedule_id = schedules.create(
        OPERATOR, connection, Rule(Every.DAY, at="07:30", time_zone="Pacific/Auckland")
    )
    due = stored(schedule_id).next_due_at
    with transaction() as session:
        session.execute(update(Account).values(time_zone="Australia/Perth"))
    due_schedules.pull_back()
    assert (stored(schedule_id).time_zone, stored(schedule_id).next_due_at) == ("Pacific/Auckland", due)
