"""How much of a rate limit two processes use together, and how many requests are refused with 429.

python -m bench.pacing                                     measure with the sandbox
python -m bench.pacing --url ADDRESS --requests 50         one of the processes; the token is in TOKEN
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from connectors.http.client import Client
from core import settings
from core.queue.shared_pacer import SharedPacer

if TYPE_CHECKING:
    from harness.sandbox import Sandbox

PER_SECOND = 100.0
PROCESSES = 2
SECONDS = 10


class _Token:
    async def headers(self) -> Mapping[str, str]:
        """Return the headers to send."""
        return {"Authorization": f"Bearer {os.environ['TOKEN']}"}

    async def renew(self) -> None:
        """Do nothing: the token lasts as long as the measurement."""

    async def refused(self, reason: str) -> None:
        """Do nothing."""


async def send(url: str, number: int, rate: float) -> None:
    """Send a number of requests, eight at once, as fast as the pacer allows."""
    async with Client("iPayroll", url, _Token(), SharedPacer("bench", rate)) as client:
        await asyncio.gather(
            *(client.get("/api/v1/employees", {"page": 0, "size": 1}) for _ in range(number))
        )


def measure(sandbox: Sandbox) -> str:
    """Run the processes against the sandbox; return a line with the result."""
    sandbox.control.switches("ipayroll", rate_limit=PER_SECOND)
    environment = os.environ | {"TOKEN": sandbox.control.grant("ipayroll")["access_token"]}
    number = round(PER_SECOND * SECONDS / PROCESSES)
    command = [sys.executable, "-m", "bench.pacing", "--url", sandbox.ipayroll_url, "--requests", str(number)]
    processes = [subprocess.Popen(command, env=environment) for _ in range(PROCESSES)]  # noqa: S603 - our own command
    while not sandbox.control.counters("ipayroll")["requests"]:
        time.sleep(0.01)
    started, before = time.monotonic(), sandbox.control.counters("ipayroll")["requests"]
    while any(process.poll() is None for process in processes):
        time.sleep(0.01)
    seconds, counters = time.monotonic() - started, sandbox.control.counters("ipayroll")
    used = (counters["requests"] - before) / seconds / PER_SECOND
    refused = counters["too_many_requests"]
    return f"{PROCESSES} processes, {PER_SECOND:g} requests/s allowed: {used:.1%} used, {refused} refused with 429"


def main() -> None:
    """Measure, or be one of the processes."""
    parser = ArgumentParser(prog="python -m bench.pacing")
    parser.add_argument("--url")
    parser.add_argument("--requests", type=int, default=0)
    parser.add_argument("--rate", type=float, default=PER_SECOND)
    options = parser.parse_args()
    if options.url:
        asyncio.run(send(options.url, options.requests, options.rate))
        return
    from harness.redis import redis_server
    from harness.sandbox import running_sandbox

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (
            redis_server(folder / "redis") as url,
            running_sandbox(folder, employees=5, validate=False) as sandbox,
        ):
            os.environ |= {"REDIS_URL": url, "IHUB_HOME": name}
            settings.settings.cache_clear()
            print(measure(sandbox))


if __name__ == "__main__":
    main()
