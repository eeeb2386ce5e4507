"""The process of everybody who clicks: `python -m bench.web.clients`, which the bench starts and speaks with.

It reads one line of JSON: the address, the password, and for each person the user name and what they click on. Once
everybody has signed in it prints a line, waits for a line with the seconds to click, and prints what was measured.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from typing import Any

from bench.web.person import Person
from bench.web.protocol import Address, Widget
from bench.web.visits import FILTER

# Each person clicks this often, in seconds; they begin spread over as long.
EVERY = 2.0
AT_ONCE = 4
STATUS, CHOSEN = "Status", "ERROR"

Clicks = list[tuple[str, float, int]]


class Clicker:
    """One person, and what they click on."""

    def __init__(self, url: str, visits: list[tuple[str, str, str]]) -> None:
        self.person = Person(url)
        self._visits, self._next = visits, 0
        self._filter: Widget | None = None

    async def prepare(self, username: str) -> None:
        """Open each kind of page once, and look that it shows no failure."""
        await self.person.read(Address("", self._visits[0][2] if "account" in self._visits[0][2] else ""))
        opened: set[str] = set()
        for name, page, query in self._visits:
            if name not in opened:
                opened.add(name)
                shown = await self.person.read(Address(page, query))
                if failure := shown.failure():
                    raise SystemExit(f"{username}, {name}: {failure}")
                if name == FILTER:
                    self._filter = shown.widgets[STATUS]
        self.person.rest()

    async def click_until(self, end: float, begin: float, clicks: Clicks) -> None:
        """Click every two seconds until a time of the clock; after a slow page at once."""
        at = begin
        while at < end:
            await asyncio.sleep(at - time.perf_counter())
            name, page, query = self._visits[self._next % len(self._visits)]
            self._next += 1
            address = Address(page, query)
            chosen = {self._filter: CHOSEN} if name == FILTER and self._filter is not None else {}
            drawn = await self.person.open(address, chosen)
            clicks.append((name, drawn.seconds, drawn.size))
            at = max(at + EVERY, time.perf_counter())


async def main() -> None:
    """Sign everybody in, wait for the word, click, and print what was measured."""
    plan: dict[str, Any] = json.loads(sys.stdin.readline())
    clickers = [Clicker(plan["url"], each["visits"]) for each in plan["people"]]
    door, turns = asyncio.Lock(), asyncio.Semaphore(AT_ONCE)

    async def prepare(clicker: Clicker, username: str) -> None:
        async with door:  # several at once from one address look like somebody who guesses
            await clicker.person.start(username, plan["password"])
        async with turns:
            await clicker.prepare(username)

    names = [each["username"] for each in plan["people"]]
    await asyncio.gather(*map(prepare, clickers, names))
    gc.collect()
    gc.freeze()
    print("ready", flush=True)
    seconds = float(await asyncio.to_thread(sys.stdin.readline))
    clicks: Clicks = []
    cpu, began = time.process_time(), time.perf_counter()
    await asyncio.gather(
        *(
            clicker.click_until(began + seconds, began + EVERY * at / len(clickers), clicks)
            for at, clicker in enumerate(clickers)
        )
    )
    result = {"clicks": clicks, "cpu": time.process_time() - cpu, "seconds": time.perf_counter() - began}
    print(json.dumps(result), flush=True)
    for clicker in clickers:
        await clicker.person.close()


if __name__ == "__main__":
    asyncio.run(main())
