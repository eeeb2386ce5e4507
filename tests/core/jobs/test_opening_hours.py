"""When closed hours begin and end, as moments, also where the clocks change."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from connectors.values.closed_hours import parse
from core.jobs import closed_hours, tasks
from core.jobs.calendar.opening_hours import ALWAYS, OpeningHours
from core.models import Position, RunStatus, Trigger
from core.queue import task_queue
from core.runs import request
from core.runs.closing import Closing
from core.sync import engine
from harness import world
from tests.pages.test_connections import put
from tests.web.conftest import People, people

__all__ = ["people"]

SYDNEY = ZoneInfo("Australia/Sydney")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("hours", "moment", "closes_at", "opens_at"),
    [
        # An ordinary night; what runs in closed hours runs until the next ones.
        ("22:00-06:00", "2026-11-30T12:00+11:00", "2026-11-30T22:00+11:00", "2026-12-01T06:00+11:00"),
        ("22:00-06:00", "2026-11-30T23:30+11:00", "2026-12-01T22:00+11:00", "2026-12-02T06:00+11:00"),
        ("sun 00:00-24:00", "2026-11-30T12:00+11:00", "2026-12-06T00:00+11:00", "2026-12-07T00:00+11:00"),
        # On 4 October 2026 the clocks skip 02:00 to 03:00, on 5 April they repeat it.
        ("02:30-04:00", "2026-10-04T01:00+10:00", "2026-10-04T03:00+11:00", "2026-10-04T04:00+11:00"),
        ("01:00-02:30", "2026-10-04T00:00+10:00", "2026-10-04T01:00+10:00", "2026-10-04T03:00+11:00"),
        ("02:30-04:00", "2026-04-05T01:00+11:00", "2026-04-05T02:30+11:00", "2026-04-05T04:00+10:00"),
    ],
)
def test_closed_hours_begin_next(hours: str, moment: str, closes_at: str, opens_at: str) -> None:
    closing = OpeningHours(SYDNEY, parse(hours), "iPayroll").next_closing(at(moment))
    assert closing == Closing(at(closes_at), at(opens_at), "iPayroll")


def test_what_is_always_open_never_closes() -> None:
    assert ALWAYS.next_closing(at("2026-11-30T12:00+11:00")) is None


def test_a_worker_knows_when_the_systems_of_its_run_close(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = world.active_connection(people.account)
    put(connection, Position.TARGET, settings={"closed_hours": "22:00-06:00"})
    run_id = request.request(connection, Trigger.MANUAL)
    given: list[Closing | None] = []

    def execute(_run_id: int, closing: Closing | None) -> RunStatus:
        given.append(closing)
        return RunStatus.RUNNING

    monkeypatch.setattr(engine, "execute", execute)
    monkeypatch.setattr(task_queue, "enqueue_run", lambda _run_id: True)
    tasks.sync_run(run_id)
    (closing,) = given
    assert closing is not None and closing.systems == "iPayroll 22:00-06:00"
    assert closed_hours.closing_of_run(99) is None
