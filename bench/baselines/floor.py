"""The floor: only the requests, with aiohttp, and nothing kept; nothing that stores rows can be much faster.

Run as ``python -m bench.baselines.floor first|source|both|changed SOURCE TARGET``.
``source`` lists the source only; ``both`` the target too; ``changed`` lists both and updates one per cent.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator

import aiohttp
import orjson
import uvloop

from bench.baselines import measuring
from bench.people import Json, changed, payroll

HEADERS = {"Content-Type": "application/json", "X-Key": "bench"}
IN_FLIGHT = 64


async def pages(session: aiohttp.ClientSession, url: str, records: str) -> AsyncIterator[list[Json]]:
    """Yield the pages of a list."""
    page, last = 0, 1
    while page < last:
        async with session.get(f"{url}?page={page}&size=200", headers=HEADERS) as response:
            listed = orjson.loads(await response.read())
        page, last = page + 1, listed["pages"]
        yield listed[records]


async def _list_target(session: aiohttp.ClientSession, url: str, ids: dict[str, str] | None) -> None:
    """List the target; keep the ids by employee number where they are wanted."""
    async for employees in pages(session, f"{url}/employees", "employees"):
        if ids is not None:
            ids.update((each["employeeNumber"], each["id"]) for each in employees)


async def run(kind: str, source: str, target: str) -> None:
    """Read everyone, and send the employees that this kind of run has to send."""
    waiting: asyncio.Queue[Json | None] = asyncio.Queue(1000)
    ids: dict[str, str] = {}

    async def read(session: aiohttp.ClientSession) -> None:
        number = 0
        async for people in pages(session, f"{source}/people", "people"):
            for person in people:
                if kind == "first" or (kind == "changed" and changed(number, 100)):
                    await waiting.put(person)
                number += 1
        for _ in range(IN_FLIGHT):
            await waiting.put(None)

    async def send(session: aiohttp.ClientSession) -> None:
        while (person := await waiting.get()) is not None:
            method, path = ("POST", "") if kind == "first" else ("PATCH", f"/{ids[person['number']]}")
            body = orjson.dumps(payroll(person))
            async with session.request(
                method, f"{target}/employees{path}", data=body, headers=HEADERS
            ) as response:
                orjson.loads(await response.read())["id"]

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=IN_FLIGHT + 2)) as session:
        listing = _list_target(session, target, ids if kind == "changed" else None)
        if kind == "changed":  # the ids are needed to update somebody
            await listing
        lists = [listing] if kind == "both" else []
        await asyncio.gather(read(session), *lists, *(send(session) for _ in range(IN_FLIGHT)))
        listing.close()


if __name__ == "__main__":
    arguments = sys.argv[1:]
    measuring.measure(lambda: uvloop.run(run(*arguments)))
