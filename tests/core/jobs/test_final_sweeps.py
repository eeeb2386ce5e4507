"""The last run before a cut-off: when it starts, that it starts once, and what is said when it could not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from connectors.values import closed_hours
from core.db import reading, transaction
from core.jobs.calendar import final_sweeps
from core.jobs.calendar.final_sweeps import request_due, sweep_moment
from core.jobs.calendar.opening_hours import ALWAYS, OpeningHours
from core.models import Account, Connection, ConnectionStatus, PayCalendarVersion, Run, RunStatus, Trigger
from core.pay_days import stored
from core.pay_days.calendar import Frequency, PayCalendar
from core.runs import request
from core.security.actor import OPERATOR
from harness.world import active_connection

pytestmark = pytest.mark.usefixtures("store")
BRISBANE = ZoneInfo("Australia/Brisbane")
CALENDAR = PayCalendar(Frequency.FORTNIGHTLY, date(2027, 6, 10), region="AU-QLD", cut_off_time=time(12))
# Three business days before Thursday 10 June; Monday 7 June is no holiday in Queensland.
CUT_OFF = datetime(2027, 6, 7, 12, tzinfo=BRISBANE)
HOUR = timedelta(hours=1)


def hours(text: str) -> OpeningHours:
    return OpeningHours(BRISBANE, closed_hours.parse(text), text)


@pytest.mark.parametrize(
    ("closed", "starts_at"),
    [
        (None, CUT_OFF - HOUR),
        ("01:00-03:00", CUT_OFF - HOUR),
        ("11:30-14:00", CUT_OFF - 1.5 * HOUR),
        ("22:00-12:30", datetime(2027, 6, 6, 21, tzinfo=BRISBANE)),
        ("sat 00:00-24:00, sun 00:00-24:00, mon 00:00-13:00", datetime(2027, 6, 4, 23, tzinfo=BRISBANE)),
        # Half an hour between closed hours is too short.
        ("10:00-10:30, 11:00-12:00", CUT_OFF - 3 * HOUR),
    ],
)
def test_a_sweep_starts_in_open_hours_before_the_cut_off(closed: str | None, starts_at: datetime) -> None:
    assert sweep_moment(CUT_OFF, 60, hours(closed) if closed else ALWAYS) == starts_at


@pytest.fixture
def connection() -> int:
    connection_id = active_connection()
    with transaction() as session:
        session.execute(update(Account).values(time_zone="Australia/Brisbane"))
    return connection_id


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    shown = SimpleNamespace(moment=CUT_OFF - 20 * HOUR)
    for module in (final_sweeps, stored):
        monkeypatch.setattr(module, "now", lambda: shown.moment)
    return shown


def save(connection: int, calendar: PayCalendar, clock: SimpleNamespace) -> None:
    version = stored.get(OPERATOR, connection).version
    stored.save(OPERATOR, connection, calendar, version)
    with transaction() as session:
        session.execute(
            update(PayCalendarVersion)
            .where(PayCalendarVersion.number == version + 1)
            .values(created_at=clock.moment)
        )


def sweeps(connection: int) -> list[Run]:
    query = select(Run).where(Run.connection_id == connection, Run.pay_date.is_not(None)).order_by(Run.id)
    with reading() as session:
        return list(session.scalars(query))


def test_it_is_requested_once_beside_the_schedule(connection: int, clock: SimpleNamespace) -> None:
    save(connection, CALENDAR, clock)
    queued = request.request(connection, Trigger.SCHEDULED)
    assert request_due() == []
    clock.moment = CUT_OFF - HOUR
    assert final_sweeps.next_sweep(OPERATOR, connection) == datetime(2027, 6, 21, 11, tzinfo=BRISBANE)
    (run_id,) = request_due()
    assert run_id != queued
    assert request_due() == []
    (run,) = sweeps(connection)
    assert (run.id, run.pay_date, run.due_at) == (run_id, date(2027, 6, 10), CUT_OFF)
    clock.moment = CUT_OFF + HOUR
    assert request_due() == []
    clock.moment = CUT_OFF + timedelta(days=14)
    request_due()
    assert len(sweeps(connection)) == 1 + 1


def test_a_connection_that_is_not_ready_is_tried_until_the_cut_off(
    connection: int, clock: SimpleNamespace
) -> None:
    save(connection, CALENDAR, clock)
    set_status(connection, ConnectionStatus.ATTENTION)
    clock.moment = CUT_OFF - HOUR
    assert request_due() == []
    assert sweeps(connection) == []
    set_status(connection, ConnectionStatus.ACTIVE)
    clock.moment = CUT_OFF - HOUR / 2
    assert len(request_due()) == 1


def test_a_sweep_that_was_not_run_is_said_once(connection: int, clock: SimpleNamespace) -> None:
    save(connection, CALENDAR, clock)
    set_status(connection, ConnectionStatus.ATTENTION)
    clock.moment = CUT_OFF + HOUR
    request_due()
    request_due()
    (run,) = sweeps(connection)
    assert run.status is RunStatus.ERROR
    assert "final sweep before the cut-off was not run: the connection is not Active" in (run.message or "")


def test_nothing_is_missed_by_a_calendar_that_was_saved_after_the_cut_off(
    connection: int, clock: SimpleNamespace
) -> None:
    clock.moment = CUT_OFF + HOUR
    save(connection, CALENDAR, clock)
    request_due()
    assert sweeps(connection) == []


def test_a_later_cut_off_of_the_same_pay_has_a_sweep_of_its_own(
    connection: int, clock: SimpleNamespace
) -> None:
    save(connection, CALENDAR, clock)
    clock.moment = CUT_OFF - HOUR
    request_due()
    complete_runs()
    save(connection, replace(CALENDAR, cut_off_time=time(17)), clock)
    assert request_due() == []
    clock.moment = CUT_OFF + 4 * HOUR
    assert len(request_due()) == 1
    assert [run.pay_date for run in sweeps(connection)] == [date(2027, 6, 10)] * 2


def test_a_sweep_under_a_clock_that_was_ahead_runs_again(connection: int, clock: SimpleNamespace) -> None:
    save(connection, CALENDAR, clock)
    clock.moment = CUT_OFF - HOUR
    (early,) = request_due()
    complete_runs()
    clock.moment = CUT_OFF - 10 * HOUR
    assert request_due() == []
    clock.moment = CUT_OFF - HOUR
    (again,) = request_due()
    assert again != early


def set_status(connection: int, status: ConnectionStatus) -> None:
    with transaction() as session:
        session.get_one(Connection, connection).status = status


def complete_runs() -> None:
    with transaction() as session:
        session.execute(update(Run).values(status=RunStatus.COMPLETE))
