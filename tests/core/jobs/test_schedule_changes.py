"""Schedules are changed, paused, resumed and restored, and nobody overwrites what somebody else did meanwhile."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from core.clock import now
from core.connections import side_settings
from core.db import reading, transaction
from core.errors import ConflictError, InvalidError
from core.jobs import schedule_changes, schedules, views
from core.jobs.due_schedules import fire
from core.jobs.recurrence import Rule
from core.models import Audit, Every, Position, Run, RunStatus, Schedule, Side, Trigger
from core.reports import audit_wording
from core.runs import request
from core.security.actor import OPERATOR
from core.sides import systems
from harness.world import active_connection

WEEKDAYS = Rule(Every.WEEKDAY, at="07:30")
FRIDAYS = Rule(Every.WEEK, at="18:00", days="fri", time_zone="Australia/Sydney")


@pytest.fixture
def connection(store: str) -> int:
    """Add an Active connection with a schedule."""
    connection = active_connection()
    schedules.create(OPERATOR, connection, WEEKDAYS)
    return connection


def seen(connection: int) -> schedules.ScheduleView:
    schedule = schedules.active_schedule(OPERATOR, connection)
    assert schedule is not None
    return schedule


def audited() -> list[tuple[str, str]]:
    with reading() as session:
        rows = session.scalars(select(Audit).order_by(Audit.id)).all()
    return [(row.action, audit_wording.details_text(row.detail)) for row in rows]


def make_due(connection: int, **values: object) -> None:
    with transaction() as session:
        values |= {"next_due_at": now() - timedelta(seconds=1)}
        session.execute(update(Schedule).where(Schedule.id == seen(connection).id).values(**values))


@pytest.mark.both_engines
def test_a_change_is_one_act_that_the_audit_shows_before_and_after(connection: int) -> None:
    before = seen(connection)
    schedule_changes.change(OPERATOR, connection, FRIDAYS, before.version)
    after = seen(connection)
    assert (after.id, after.rule, after.revision) == (before.id, FRIDAYS, before.revision + 1)
    assert after.next_due_at == FRIDAYS.next_after(now())
    assert audited()[1:] == [
        (
            "schedule.change",
            "Schedule: Every weekday at 07:30, Brisbane time → Every Friday at 18:00, Sydney time",
        )
    ]


@pytest.mark.parametrize(
    "rule",
    [
        Rule(Every.MONTH, at="07:30,18:00", days="15,last fri"),
        Rule(Every.WEEK, 2, at="07:30", days="mon,tue", starts_on=date(2026, 12, 1)),
        Rule(Every.CRON, cron="30 18 * * 1-5", time_zone="Pacific/Auckland"),
        Rule(Every.MINUTES, 90),
    ],
)
def test_every_kind_comes_back_as_it_was_entered(connection: int, rule: Rule) -> None:
    schedule_changes.change(OPERATOR, connection, rule, seen(connection).version)
    assert seen(connection).rule == rule
    with pytest.raises(InvalidError, match="says this already"):
        schedule_changes.change(OPERATOR, connection, rule, seen(connection).version)


def test_of_two_tabs_the_second_is_told_what_the_first_has_saved(connection: int) -> None:
    version = seen(connection).version
    schedule_changes.change(OPERATOR, connection, FRIDAYS, version)
    daily = Rule(Every.DAY, at="05:00")
    now_it_is = "It is now: Every Friday at 18:00, Sydney time"
    with pytest.raises(ConflictError, match=now_it_is):
        schedule_changes.change(OPERATOR, connection, daily, version)
    with pytest.raises(ConflictError, match=now_it_is):
        schedule_changes.pause(OPERATOR, connection, now().date() + timedelta(days=2), version)
    with pytest.raises(ConflictError, match=now_it_is):
        schedule_changes.resume(OPERATOR, connection, version)
    assert seen(connection).rule == FRIDAYS
    schedules.cancel(OPERATOR, connection)
    with pytest.raises(ConflictError, match="cancelled meanwhile"):
        schedule_changes.change(OPERATOR, connection, daily, version)
    schedules.create(OPERATOR, connection, WEEKDAYS)
    with pytest.raises(ConflictError, match="It is now: Every weekday"):
        schedule_changes.change(OPERATOR, connection, daily, version)


def test_a_pause_cancels_the_queued_run_and_can_be_ended(connection: int) -> None:
    make_due(connection)
    run_id = fire(seen(connection).id).run_id
    due_at, until = seen(connection).next_due_at, now().date() + timedelta(days=40)
    schedule_changes.pause(OPERATOR, connection, until, seen(connection).version)
    with reading() as session:
        assert session.get_one(Run, run_id).status is RunStatus.CANCELLED
    paused = seen(connection)
    assert paused.is_paused and paused.next_due_at > now() + timedelta(days=38)
    assert fire(paused.id).run_id is None
    schedule_changes.change(OPERATOR, connection, FRIDAYS, paused.version)
    assert seen(connection).is_paused and seen(connection).next_due_at > now() + timedelta(days=38)
    schedule_changes.change(OPERATOR, connection, WEEKDAYS, seen(connection).version)
    schedule_changes.resume(OPERATOR, connection, seen(connection).version)
    assert (seen(connection).is_paused, seen(connection).next_due_at) == (False, due_at)
    with pytest.raises(ConflictError, match="not paused"):
        schedule_changes.resume(OPERATOR, connection, seen(connection).version)
    assert ("schedule.pause", f"Every weekday at 07:30, Brisbane time; Until: {until}") in audited()


@pytest.mark.parametrize("days", [-1, 0, 400])
def test_a_pause_ends_within_a_year(connection: int, days: int) -> None:
    with pytest.raises(InvalidError, match="Choose a date from"):
        schedule_changes.pause(
            OPERATOR, connection, now().date() + timedelta(days=days), seen(connection).version
        )


def test_a_cancelled_schedule_is_restored_as_it_was(connection: int) -> None:
    before = seen(connection)
    assert schedules.cancel(OPERATOR, connection) == "Every weekday at 07:30, Brisbane time"
    schedule_changes.restore(OPERATOR, connection)
    after = seen(connection)
    assert (after.id, after.rule, after.next_due_at) == (before.id, before.rule, before.next_due_at)
    with pytest.raises(ConflictError, match="no cancelled schedule"):
        schedule_changes.restore(OPERATOR, connection)
    schedules.cancel(OPERATOR, connection)
    schedules.create(OPERATOR, connection, FRIDAYS)
    with pytest.raises(ConflictError, match="another active schedule"):
        schedule_changes.restore(OPERATOR, connection)


def test_a_zone_that_no_longer_exists_asks_for_attention_and_loses_no_run(connection: int) -> None:
    make_due(connection, time_zone="Mars/Olympus")
    other = active_connection()
    job, _ = views.list_jobs(OPERATOR)
    assert job.schedule is not None and job.schedule.rule is None
    assert job.no_next_run.startswith("No run: the time zone Mars/Olympus of this schedule no longer exists.")
    with pytest.raises(InvalidError, match="does not exist"):
        fire(job.schedule.id)
    schedule_changes.change(OPERATOR, connection, FRIDAYS, job.schedule.version)
    fired = fire(job.schedule.id)
    assert fired.run_id is not None and fired.next_due_at == FRIDAYS.next_after(now())
    assert views.get_job(OPERATOR, connection).no_next_run == ""
    assert views.get_job(OPERATOR, other).schedule is None


def test_hourly_schedules_of_connections_are_spread_over_the_hour_and_stay_where_they_are(store: str) -> None:
    hourly = Rule(Every.HOURS, 1)
    minutes = [schedules.announce(hourly, number).minute for number in range(1, 61)]
    assert sorted(minutes) == list(range(60))
    assert schedules.announce(Rule(Every.HOURS, 6), 7).minute == minutes[6]
    for rule in (hourly, Rule(Every.HOURS, 24)):
        assert rule.step is not None
        for number in range(60):
            assert now() < schedules.announce(rule, number) <= now() + rule.step


def test_closed_hours_that_cannot_be_used_are_refused_with_a_sentence() -> None:
    with pytest.raises(InvalidError, match="never be open"):
        side_settings.valid_settings(Position.TARGET, "ipayroll", {"closed_hours": "00:00-24:00"})
    with pytest.raises(InvalidError) as refused:
        side_settings.valid_settings(Position.TARGET, "ipayroll", {"closed_hours": "22:00"})
    assert str(refused.value) == (
        "Settings of iPayroll cannot be used: Closed hours (These are not hours of a day. Enter them such as "
        "22:00-06:00, or mon-fri 01:00-03:30, sun 00:00-24:00)."
    )
    kept = side_settings.valid_settings(Position.TARGET, "ipayroll", {"closed_hours": " 22:00-06:00"})
    assert kept == {"closed_hours": "22:00-06:00"}


def test_closed_hours_do_not_make_a_run_read_everybody_again(connection: int) -> None:
    before = systems.load_system_pair(connection).system_settings
    with transaction() as session:
        session.execute(update(Side).values(settings={"closed_hours": "22:00-06:00"}))
    assert systems.load_system_pair(connection).system_settings == before


def test_closed_hours_that_are_set_later_are_said_of_the_next_run(connection: int) -> None:
    due_at = seen(connection).next_due_at
    with transaction() as session:
        session.execute(update(Side).values(settings={"closed_hours": "07:00-08:00"}))
    schedule = views.get_job(OPERATOR, connection).schedule
    assert schedule is not None and schedule.waits_for_opening
    assert schedule.next_due_at == due_at + timedelta(minutes=30)


def test_a_manual_run_is_not_kept_back_by_closed_hours(connection: int) -> None:
    with transaction() as session:
        session.execute(update(Side).values(settings={"closed_hours": "00:00-23:59"}))
    assert request.request(connection, Trigger.MANUAL)
