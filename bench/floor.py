"""The floor: only the requests, with aiohttp, and nothing stored; no engine can be much faster.

Run as ``python -m bench.floor first|unchanged|changed URL CONCURRENCY EVERY``; prints one JSON object.
"""

from __future__ import annotations

import asyncio
import resource
import sys
import time
from collections.abc import AsyncIterator

import aiohttp
import orjson
import uvloop

from bench.people import Json, changed, payroll

HEADERS = {"Content-Type": "application/json", "Authorization": "Bearer bench"}


async def pages(session: aiohttp.ClientSession, url: str) -> AsyncIterator[list[Json]]:
    """Yield the pages of the source."""
    page = 0
    while True:
        async with session.get(f"{url}/people?page={page}") as response:
            people: list[Json] = orjson.loads(await response.read())
        if not people:
            return
        yield people
        page += 1


async def run(kind: str, url: str, concurrency: int, every: int) -> None:
    """Read everyone, and send the employees that this kind of run has to send."""
    waiting: asyncio.Queue[tuple[int, Json] | None] = asyncio.Queue(1000)

    async def read(session: aiohttp.ClientSession) -> None:
        number = 0
        async for people in pages(session, url):
            for person in people:
                if kind == "first" or (kind == "changed" and changed(number, every)):
                    await waiting.put((number, person))
                number += 1
        for _ in range(concurrency):
            await waiting.put(None)

    async def send(session: aiohttp.ClientSession) -> None:
        while (entry := await waiting.get()) is not None:
            number, person = entry
            method, path = ("POST", "/payroll") if kind == "first" else ("PUT", f"/payroll/T{number}")
            if kind == "changed":  # read what the target holds before it is changed
                async with session.get(url + path, headers=HEADERS) as response:
                    orjson.loads(await response.read())
            body = orjson.dumps(payroll(person))
            async with session.request(method, url + path, data=body, headers=HEADERS) as response:
                orjson.loads(await response.read())["id"]

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=concurrency + 1)) as session:
        await asyncio.gather(read(session), *(send(session) for _ in range(concurrency)))


if __name__ == "__main__":
    kind, url, concurrency, every = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    wall, cpu = time.perf_counter(), time.process_time()
    uvloop.run(run(kind, url, concurrency, every))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(orjson.dumps({"wall": wall, "cpu": cpu, "peak": peak}).decode())
