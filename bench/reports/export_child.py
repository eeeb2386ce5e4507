"""Export records as CSV in a process of its own, for its speed and its memory: started by `bench.reports.exports`."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

from starlette.requests import Request
from starlette.types import Message, Scope

from core.db import engine
from core.exports import files
from core.exports.record_table import RecordsFilter
from core.security.actor import ActingRole, Actor
from web.download import send

WARM_UP = 3_000


def main() -> None:
    """Export up to a number of rows of all runs or of one, then abort another download; print the figures as JSON."""
    actor = Actor("Analyst", ActingRole.ACCOUNT_ADMIN, int(sys.argv[1]), int(sys.argv[2]))
    rows, run = int(sys.argv[3]), int(sys.argv[4])
    only = RecordsFilter(run_id=run) if run else RecordsFilter()
    _export(actor, only, WARM_UP)
    base = _reset_peak()
    began, cpu = time.perf_counter(), time.process_time()
    exported = _export(actor, only, rows)
    found = {
        "rows": exported,
        "seconds": time.perf_counter() - began,
        "cpu": time.process_time() - cpu,
        "megabytes": (_status("VmHWM") - base) / 1024,
        "released": asyncio.run(_abort(actor, only)),
    }
    print(json.dumps(found))


def _export(actor: Actor, only: RecordsFilter, most: int) -> int:
    number = -1
    for piece in files.export_records(actor, only).chunks:
        number += piece.count(b"\r\n")
        if number >= most:
            break
    return number


def _reset_peak() -> int:
    Path("/proc/self/clear_refs").write_text("5")
    return _status("VmRSS")


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


async def _abort(actor: Actor, only: RecordsFilter) -> float:
    """Return how many seconds after the client has gone no connection to the store is held any more."""
    gone_at, gone = 0.0, asyncio.Event()

    async def receive() -> Message:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def take(message: Message) -> None:
        nonlocal gone_at
        if message["type"] == "http.response.body" and message["body"]:
            gone_at = gone_at or time.perf_counter()
            gone.set()

    scope: Scope = {
        "type": "http",
        "method": "GET",
        "headers": [],
        "path": "/",
        "asgi": {"spec_version": "2.0"},
    }
    request = Request(scope, receive)
    response = await send(request, files.export_records(actor, only), lambda: True)
    await response(scope, receive, take)
    while engine().pool.checkedout():  # type: ignore[attr-defined]
        time.sleep(0.001)  # noqa: ASYNC251 - a thread releases it; nothing else is to be done
    return time.perf_counter() - gone_at


if __name__ == "__main__":
    main()
