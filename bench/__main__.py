"""Measure a first and an unchanged run of the demo connection: `python -m bench [EMPLOYEES]`."""

from __future__ import annotations

import json
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.support.launched import Hub, running

EMPLOYEES = 2_000


def measured(hub: Hub) -> tuple[float, int, dict[str, Any]]:
    """Run the connection once; return its seconds, the requests it made, and its counters."""
    before = requests(hub)
    done = hub.command("run", "1", "--wait", "--json")
    if done.returncode not in (0, 1):
        sys.exit(f"The run could not be made: {done.stderr}")
    run = json.loads(done.stdout)
    seconds = (datetime.fromisoformat(run["ended_at"]) - datetime.fromisoformat(run["started_at"])).total_seconds()
    return seconds, requests(hub) - before, run["counters"]


def requests(hub: Hub) -> int:
    """Return how many requests both systems have had."""
    return sum(int(system["requests"]) for system in hub.control("state")["counters"].values())


def main(employees: int) -> None:
    """Measure and print; the sandbox answers at once, its systems allow 200 requests a second each."""
    with tempfile.TemporaryDirectory() as folder, running(Path(folder) / "home") as hub:
        hub.control("reset", seed=1, employees=employees)
        for name in ("first run", "unchanged run"):
            seconds, asked, counters = measured(hub)
            rate = counters["read"] / seconds
            print(
                f"{name:<14} {seconds:7.1f} s  {rate:7.0f} employees/s  {asked:6} requests  "
                f"{counters['written']:6} written  {counters['unchanged']:6} unchanged"
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else EMPLOYEES)
