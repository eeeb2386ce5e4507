"""Requests are spaced evenly below the limit, and a 429 closes one gate for all."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from connectors.http.pacing import LATENESS, LocalPacer
from connectors.http.retry import seconds_to_wait
from tests.connectors.stand_ins import FakeClock


async def _moments(pacer: LocalPacer, clock: FakeClock, count: int) -> list[float]:
    moments = []
    for _ in range(count):
        await pacer.turn()
        moments.append(clock.now)
    return moments


async def test_turns_are_spaced_at_95_percent_of_the_limit() -> None:
    clock = FakeClock()
    moments = await _moments(LocalPacer(10, clock), clock, 20)
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    assert gaps == pytest.approx([1 / 9.5] * 19)


async def test_a_quiet_time_is_made_up_for_by_a_twentieth_of_a_second_at_most() -> None:
    clock = FakeClock()
    pacer = LocalPacer(10, clock)
    await pacer.turn()
    clock.now = 100.0
    moments = await _moments(pacer, clock, 3)
    assert moments == pytest.approx([100.0, 100.0 + 1 / 9.5 - LATENESS, 100.0 + 2 / 9.5 - LATENESS])


async def test_no_second_sees_more_than_the_limit_however_late_turns_are_taken() -> None:
    clock, chance = FakeClock(), random.Random(1)  # noqa: S311 - a test wants the same numbers again
    pacer, moments = LocalPacer(100, clock), []
    for _ in range(2000):
        await pacer.turn()
        clock.now += chance.choice((0.0, 0.0, 0.0, 0.005, 0.1))  # the loop was busy
        moments.append(clock.now)
    assert all(later - earlier > 1 for earlier, later in zip(moments, moments[101:], strict=False))


async def test_nobody_passes_while_the_gate_is_closed_and_then_one_by_one() -> None:
    clock = FakeClock()
    pacer = LocalPacer(10, clock)
    await pacer.hold(30)
    moments = await _moments(pacer, clock, 3)
    assert moments == pytest.approx([30.0, 30.0 + 1 / 9.5, 30.0 + 2 / 9.5])


async def test_a_turn_reserved_before_the_hold_is_taken_after_it() -> None:
    clock = FakeClock()
    pacer = LocalPacer(10, clock)
    await pacer.turn()
    waiting = asyncio.ensure_future(pacer.turn())
    await asyncio.sleep(0)  # it has reserved its turn and waits
    await pacer.hold(5)
    await waiting
    assert clock.now >= 5


async def test_of_several_holds_the_longest_counts() -> None:
    clock = FakeClock()
    pacer = LocalPacer(10, clock)
    await pacer.hold(20)
    await pacer.hold(1)
    await pacer.turn()
    assert clock.now == 20


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        (" 1.5 ", 1.5),
        ("Wed, 01 Jul 2026 00:00:30 GMT", 30),
        ("Tue, 30 Jun 2026 00:00:00 GMT", 0),
        ("soon", None),
        ("-5", None),
        ("", None),
        (None, None),
        ("Fri, 31 Dec 2027 23:59:59 +99999999999999999999", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, seconds: float | None) -> None:
    assert seconds_to_wait(header, datetime(2026, 7, 1, tzinfo=UTC)) == seconds
