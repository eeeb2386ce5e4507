"""All processes share the rate limit of a system through Redis; without Redis each process paces itself."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from connectors.http.pacing import CATCH_UP_SECONDS, EARLY_SECONDS
from connectors.registry import connector_of
from core.queue import redis_client
from core.queue.shared_pacer import LOOK_SECONDS, SharedPacer
from core.settings import ROOT
from core.sides import systems
from core.sides.credentials import GivenAuthoriser
from harness.sandbox import Sandbox
from tests.connectors.stand_ins import FakeClock

INTERVAL = 1 / (20 * 0.95)


async def _seconds(pacer: SharedPacer, turns: int) -> float:
    began = time.monotonic()
    for _ in range(turns):
        await pacer.wait_turn()
    return time.monotonic() - began


@pytest.mark.timing
async def test_two_pacers_of_one_system_share_its_rate(redis_url: str) -> None:
    one, other = SharedPacer("ipayroll:1", 20), SharedPacer("ipayroll:1", 20)
    took = max(await asyncio.gather(_seconds(one, 8), _seconds(other, 8)))
    assert took >= 15 * INTERVAL - CATCH_UP_SECONDS - EARLY_SECONDS - 0.01


def _most_in_a_second(moments: list[float]) -> int:
    """Return how many moments the fullest second has."""
    moments, first, most = sorted(moments), 0, 0
    for last, moment in enumerate(moments):
        while moments[first] <= moment - 1:
            first += 1
        most = max(most, last - first + 1)
    return most


@pytest.mark.timing
@pytest.mark.parametrize("senders", [8, 64])
async def test_a_fast_system_gets_nine_tenths_of_its_rate_and_in_no_second_more(
    redis_url: str, senders: int
) -> None:
    one, other, moments = SharedPacer("fast", 1000), SharedPacer("fast", 1000), list[float]()

    async def send(pacer: SharedPacer) -> None:
        while len(moments) < 2500:
            await pacer.wait_turn()
            moments.append(time.monotonic())
            await asyncio.sleep(0.003)

    await asyncio.gather(*(send(pacer) for pacer in (one, other) for _ in range(senders // 2)))
    assert len(moments) / (max(moments) - min(moments)) >= 900
    assert _most_in_a_second(moments) <= 1000


def _asked() -> int:
    """Return how often Redis has been asked for turns or a gate."""
    asked: int = redis_client.fast_client().info("commandstats").get("cmdstat_eval", {"calls": 0})["calls"]
    return asked


async def test_a_system_without_a_limit_has_no_turns(redis_url: str) -> None:
    clock, before = FakeClock(), _asked()
    for pacer in (SharedPacer("free", None, clock=clock), SharedPacer("free", None, clock=clock)):
        assert await _seconds(pacer, 3000) < 5
    assert clock.now == 0
    assert _asked() - before == 2


@pytest.mark.timing
async def test_a_system_without_a_limit_is_still_paused_for_all(redis_url: str) -> None:
    one, other = SharedPacer("free", None), SharedPacer("free", None)
    await one.wait_turn()
    await other.hold(0.8)
    assert await _seconds(other, 1) >= 0.75
    await other.hold(0.8)
    await asyncio.sleep(LOOK_SECONDS)
    assert await _seconds(one, 1) >= 0.8 - LOOK_SECONDS - 0.1


async def test_without_redis_a_system_without_a_limit_is_paused_in_this_process(home: Path) -> None:
    clock = FakeClock()
    pacer = SharedPacer("free", None, clock=clock)
    await pacer.hold(5)
    await pacer.wait_turn()
    assert 4.9 <= clock.now < 10


@pytest.mark.parametrize("held", [0, 5])
async def test_turns_move_with_the_clock_of_redis_when_it_is_set_back(redis_url: str, held: int) -> None:
    await SharedPacer("slow", 1).wait_turn()
    await SharedPacer("slow", 1).hold(held)
    redis, ahead = redis_client.fast_client(), 36_000_000_000
    for name in ("at", "next", "opens"):
        redis.hset("ihub:pace:slow", name, int(redis.hget("ihub:pace:slow", name) or 0) + ahead)
    clock = FakeClock()
    await SharedPacer("slow", 1, clock=clock).wait_turn()
    assert held - 1 <= clock.now <= max(held, 2)
    await SharedPacer("slow", 1).hold(7)
    paused = FakeClock()
    await SharedPacer("slow", 1, clock=paused).wait_turn()
    assert 6 <= paused.now <= 8


async def test_what_a_run_learned_about_concurrency_is_kept_for_each_system(
    redis_url: str, home: Path
) -> None:
    await SharedPacer("ipayroll:1", 20).keep_ceiling(5)
    assert await SharedPacer("ipayroll:1", None).recall_ceiling() == 5
    assert await SharedPacer("ipayroll:2", 20).recall_ceiling() is None


async def test_without_redis_nothing_is_recalled(home: Path) -> None:
    await SharedPacer("ipayroll:1", 20).keep_ceiling(5)
    assert await SharedPacer("ipayroll:1", 20).recall_ceiling() is None


@pytest.mark.timing
async def test_two_systems_do_not_hinder_each_other(redis_url: str) -> None:
    await SharedPacer("ipayroll:1", 20).hold(60)
    assert await _seconds(SharedPacer("ipayroll:2", 20), 2) < 30


async def test_a_fast_system_is_asked_of_redis_in_chunks(redis_url: str) -> None:
    clock = FakeClock()
    before = _asked()
    await _seconds(SharedPacer("ipayroll:1", 1000, clock=clock), 200)
    assert 5 <= _asked() - before <= 10
    assert clock.now >= 199 / 950 - 0.05


@pytest.mark.timing
async def test_a_gate_closed_by_one_is_closed_for_all(redis_url: str) -> None:
    await SharedPacer("ipayroll:1", 1000).hold(0.5)
    assert await _seconds(SharedPacer("ipayroll:1", 1000), 1) >= 0.45


@pytest.mark.timing
async def test_a_turn_waited_for_while_the_gate_closes_is_taken_anew(redis_url: str) -> None:
    slow, other = SharedPacer("ipayroll:1", 2), SharedPacer("ipayroll:1", 2)
    await slow.wait_turn()
    waiting = asyncio.create_task(_seconds(slow, 1))
    await asyncio.sleep(0.1)
    await other.hold(1.5)
    assert await waiting >= 1.5


@pytest.mark.timing
async def test_of_several_closings_the_one_that_ends_last_counts(redis_url: str) -> None:
    pacer = SharedPacer("ipayroll:1", 1000)
    await pacer.hold(0.5)
    await pacer.hold(0.1)
    assert await _seconds(pacer, 1) >= 0.45


@pytest.mark.timing
async def test_without_redis_a_process_paces_itself(home: Path) -> None:
    pacer = SharedPacer("ipayroll:1", 20)
    assert await _seconds(pacer, 5) >= 4 * INTERVAL - 0.07  # a pacer makes up for up to 50 ms of lateness
    await pacer.hold(0.3)
    assert await _seconds(pacer, 1) >= 0.25


@pytest.mark.parametrize("side_id", [None, 5])
def test_a_connected_side_is_paced_for_all_processes(sqlite_store: str, side_id: int | None) -> None:
    chosen = connector_of("ipayroll")
    settings = chosen.settings.model_validate({"url": "https://payroll.example.com"})
    system = systems.ConnectedSystem(
        chosen, settings, GivenAuthoriser(chosen, {"access_token": "x"}), side_id
    )
    assert [type(pacer) for pacer in systems._shared_pacer(system).values()] == (
        [SharedPacer] if side_id else []
    )


@pytest.mark.timing
@pytest.mark.sandbox(employees=5)
def test_two_processes_keep_to_the_limit_together(redis_url: str, sandbox: Sandbox) -> None:
    """Without sharing, a sixth of their requests would be refused; a machine that stalls may bunch a few of them."""
    sandbox.control.switches("ipayroll", rate_limit=20)
    token = sandbox.control.grant("ipayroll")["access_token"]
    command = [
        sys.executable,
        "-m",
        "bench.pacing",
        "--url",
        sandbox.ipayroll_url,
        "--requests",
        "30",
        "--rate",
        "13",
    ]
    both = [subprocess.Popen(command, cwd=ROOT, env=os.environ | {"TOKEN": token}) for _ in range(2)]
    assert [process.wait(120) for process in both] == [0, 0]
    counters = sandbox.control.counters("ipayroll")
    refused = counters["too_many_requests"]
    assert refused <= 3 and counters["requests"] == 60 + refused
