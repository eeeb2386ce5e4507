"""Runs with a store process, started where no other thread runs: ``python -m tests.core.sync.in_own_process WHAT``.

Prints the outcome as JSON.

die      Runs whose store process dies at one request after another, before the work or after it; each is then resumed.
whole    A run in which nothing happens.
orphan   Prints the store process's process id, and is then killed.
errors   What errors of the work become here.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

import orjson
from sqlalchemy.exc import OperationalError

from core.errors import HubError, LeaseLostError
from core.sync.runtime import store_executor
from core.sync.runtime.store_executor import StoreProcess, StoreProcessError
from harness.world import active_connection
from tests.core.sync.conftest import Hub
from tests.core.sync.fakes import person

PEOPLE = 5
answer = store_executor._execute


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def add_people(hub: Hub, number: int) -> None:
    for one in range(len(hub.source.people), len(hub.source.people) + number):
        hub.source.put(f"s{one}", person(one))


def dying(at: int, after: bool) -> Callable[..., tuple[str, Any]]:
    """Return what a store process does that dies at its nth request."""
    asked = 0

    def mortal(*given: Any) -> tuple[str, Any]:
        nonlocal asked
        asked += 1
        if asked == at and not after:
            os._exit(9)
        answered = answer(*given)
        if asked == at:
            os._exit(9)
        return answered

    return mortal


def die() -> dict[str, Any]:
    hub, deaths = Hub(active_connection()), 0
    for after in (False, True):
        at = 0
        while True:
            at += 1
            add_people(hub, PEOPLE)
            store_executor._execute = dying(at, after)
            run_id = hub.request()
            try:
                hub.execute(run_id, store_process=True)
            except OperationalError:
                deaths += 1
                assert not hub.row(run_id).status.ended
                store_executor._execute = answer
                hub.resume(run_id)
            else:
                break
            assert hub.ended(run_id).counters.errors == 0 and hub.everybody_once(), (at, after)
    return {
        "deaths": deaths,
        "people": len(hub.source.people),
        "created": hub.target.steps.done["create.done"],
    }


def whole() -> dict[str, Any]:
    hub = Hub(active_connection())
    add_people(hub, PEOPLE)
    hub.target.adopt("1001", hub.source.people["s1"])
    run_id = hub.request()
    hub.execute(run_id, store_process=True)
    ended = hub.ended(run_id)
    again = hub.request()
    hub.execute(again, store_process=True)
    return {
        "counters": ended.counters.columns(),
        "once": hub.everybody_once(),
        "again": hub.ended(again).counters.columns(),
    }


def orphan() -> None:
    with StoreProcess() as one:
        say(str(one.pid))

        async def wait() -> None:
            await one.run(time.sleep, 60)

        signal.setitimer(signal.ITIMER_REAL, 0.5)
        signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
        asyncio.run(wait())


def lost() -> None:
    raise LeaseLostError("Run 7 has passed to another worker.")


def unreachable() -> None:
    raise OperationalError("SELECT 1", {"tax": "865414088"}, ConnectionRefusedError("tax 865414088"))


def broken() -> None:
    number = "865414088"
    raise ValueError(f"not a number: {number}")


def late(number: int) -> int:
    time.sleep(0.2)
    return number


async def error_text(one: StoreProcess, work: Callable[[], None]) -> str:
    try:
        await one.run(work)
    except (HubError, OperationalError, StoreProcessError) as error:
        return f"{type(error).__name__}: {error}"
    return "nothing"


async def ask(one: StoreProcess) -> dict[str, Any]:
    waiting = asyncio.ensure_future(one.run(late, 1))
    await asyncio.sleep(0.05)
    waiting.cancel()
    following = await one.run(late, 2)
    found = {work.__name__: await error_text(one, work) for work in (lost, unreachable, broken)}
    os.kill(one.pid, signal.SIGKILL)
    return found | {"following": following, "gone": await error_text(one, lost)}


def errors() -> dict[str, Any]:
    with StoreProcess() as one:
        return asyncio.run(ask(one))


if __name__ == "__main__":
    sys.modules["tests.core.sync.in_own_process"] = sys.modules[
        "__main__"
    ]  # where the store process finds what it is asked to do
    say(
        orjson.dumps({"die": die, "whole": whole, "orphan": orphan, "errors": errors}[sys.argv[1]]()).decode()
    )
