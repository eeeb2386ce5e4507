"""Requests are spaced evenly below the limit, and a 429 pauses all of them."""

from __future__ import annotations

import asyncio
import random
from itertools import pairwise

import pytest

from connectors.http.pacing import CATCH_UP_SECONDS, LocalPacer, Unpaced
from tests.connectors.stand_ins import FakeClock


async def _moments(pacer: LocalPacer, clock: FakeClock, count: int) -> list[float]:
    moments = []
    for _ in range(count):
        await pacer.wait_turn()
        moments.append(clock.now)
    return moments


async def test_turns_are_spaced_at_95_percent_of_the_limit() -> None:
    clock = FakeClock()
    moments = await _moments(LocalPacer(10, clock), clock, 20)
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    assert gaps == pytest.approx([1 / 9.5] * 19)


async def test_after_an_idle_time_only_a_little_is_caught_up() -> None:
    clock = FakeClock()
    pacer = LocalPacer(10, clock)
    await pacer.wait_turn()
    clock.now = 100.0
    moments = await _moments(pacer, clock, 3)
    assert moments == pytest.approx(
        [100.0, 100.0 + 1 / 9.5 - CATCH_UP_SECONDS, 100.0 + 2 / 9.5 - CATCH_UP_SECONDS]
    )


@pytest.mark.parametrize("rate", [10, 100, 1000, 5000])
async def test_late_turns_never_exceed_the_limit_in_any_second(rate: int) -> None:
    clock, chance = FakeClock(), random.Random(1)  # noqa: S311 - a test needs the same numbers each time
    pacer, moments = LocalPacer(rate, clock), []
    for _ in range(rate * 5):
        await pacer.wait_turn()
        clock.now += chance.choice((0.0, 0.0, 0.0, 0.005, 0.1))  # the event loop was busy
        moments.append(clock.now)
    assert all(later - earlier > 1 for earlier, later in zip(moments, moments[rate + 1 :], strict=False))


async def test_a_pause_stops_all_requests_which_then_continue_evenly_spaced() -> None:
    clock = FakeClock()
    pacer = LocalPacer(10, clock)
    await pacer.hold(30)
    moments = await _moments(pacer, clock, 3)
    assert moments == pytest.approx([30.0, 30.0 + 1 / 9.5, 30.0 + 2 / 9.5])


async def test_a_turn_reserved_before_a_pause_is_taken_after_it() -> None:
    clock = FakeClock()
    pacer = LocalPacer(10, clock)
    await pacer.wait_turn()
    waiting = asyncio.ensure_future(pacer.wait_turn())
    await asyncio.sleep(0)  # it has reserved its turn and waits
    await pacer.hold(5)
    await waiting
    assert clock.now >= 5


async def test_of_several_pauses_the_longest_counts() -> None:
    clock = FakeClock()
    pacer = LocalPacer(10, clock)
    await pacer.hold(20)
    await pacer.hold(1)
    await pacer.wait_turn()
    assert clock.now == 20


async def test_an_unpaced_system_can_still_ask_for_a_pause() -> None:
    class InstantClock:
        now, slept = 100.0, 0.0

        def time(self) -> float:
            return self.now

        async def sleep(self, seconds: float) -> None:
            self.now, self.slept = self.now + seconds, self.slept + seconds

    clock = InstantClock()
    pacer = Unpaced(clock)
    await pacer.wait_turn()
    await pacer.hold(5)
    await pacer.hold(2)
    await pacer.wait_turn()
    await pacer.wait_turn()
    assert clock.slept == 5
