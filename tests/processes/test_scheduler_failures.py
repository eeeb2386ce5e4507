"""Each due time starts one run, whatever is wiped, stopped or killed, and however the clock jumps."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from core.db import transaction
from core.jobs import due_schedules, scheduler, schedules
from core.jobs.calendar import final_sweeps
from core.jobs.recurrence import Rule
from core.jobs.scheduler import HubScheduler
from core.models import Account, Every, PayCalendarVersion, Run, RunStatus
from core.pay_days import stored
from core.pay_days.calendar import Frequency, PayCalendar
from core.security.actor import OPERATOR
from harness.world import active_connection
from tests.processes.conftest import Hub
from tests.processes.test_scheduler import runs_of, scheduled


def test_whatever_fails_each_due_time_starts_one_run(embedded: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four days by a simulated clock, in which Redis is wiped and stopped, leaders die, and the clock jumps."""
    six = datetime(2027, 6, 8, 18, tzinfo=ZoneInfo("Australia/Sydney")).astimezone(UTC)
    clock = SimpleNamespace(moment=six - timedelta(hours=6))
    for module in (due_schedules, schedules, final_sweeps, stored):
        monkeypatch.setattr(module, "now", lambda: clock.moment)
    shown = SimpleNamespace(monotonic=time.monotonic, sleep=time.sleep)
    shown.time = lambda: due_schedules.now().timestamp()  # type: ignore[attr-defined]
    monkeypatch.setattr(scheduler, "time", shown)
    server = embedded.start_redis()
    daily = Rule(Every.DAY, at="18:00", time_zone="Australia/Sydney")
    connections = [active_connection() for _ in range(3)]
    for connection in connections:
        scheduled(connection, daily)
    swept = [with_cut_offs(six + timedelta(days=day, minutes=-150)) for day in (0, 1, 2, 3)]
    leaders = [embedded.leader(), embedded.leader()]
    jumps = {40: timedelta(days=1), 42: timedelta(days=-1), 55: timedelta(hours=-1)}
    for hour in range(96):
        clock.moment += timedelta(hours=1) + jumps.get(hour, timedelta())
        if hour == 12:
            embedded.redis.flushall()
        if hour == 28:  # Redis is away when 18:00 comes
            server.kill()
            server.wait()
        if hour == 32:
            server = embedded.start_redis()
        if hour == 60:  # both die, and their lock expires
            leaders = [embedded.leader(), embedded.leader()]
            embedded.redis.delete(HubScheduler.scheduler_lock_key)
        for leader in leaders:
            leader._repaired_at = float("-inf")
            with suppress(*scheduler.OUTAGES):
                leader._tick()
        with transaction() as session:
            session.execute(update(Run).values(status=RunStatus.COMPLETE))
    expected = [six + timedelta(days=day) for day in range(4)]
    for connection in connections:
        assert [run.due_at for run in runs_of(connection) if run.due_at] == expected
    sweeps = [(run.due_at, run.skipped) for each in swept for run in runs_of(each) if run.due_at]
    assert sweeps == [(each - timedelta(minutes=150), 0) for each in expected]


def with_cut_offs(cut_off: datetime) -> int:
    """Add a connection with one pay, that of the day of its cut-off, which was entered long before."""
    connection, zone = active_connection(), ZoneInfo("Australia/Sydney")
    with transaction() as session:
        session.execute(update(Account).values(time_zone=zone.key))
    wall = cut_off.astimezone(zone)
    calendar = PayCalendar(
        Frequency.DATES, dates=(wall.date(),), cut_off_days=0, cut_off_time=wall.time(), sweep_minutes=60
    )
    stored.save(OPERATOR, connection, calendar, 0)
    with transaction() as session:
        session.execute(update(PayCalendarVersion).values(created_at=cut_off - timedelta(days=30)))
    return connection
