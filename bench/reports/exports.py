"""How quickly records are exported as CSV, what memory that takes, and when an aborted download holds nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from bench.reports.fill import large_run
from bench.show import Line
from core.security.actor import Actor
from core.settings import ROOT

ROWS_A_SECOND, MEGABYTES, SECONDS = 250_000, 40, 1.0
MOST = 1_000_000


def measure(actor: Actor) -> Iterator[Line]:
    """Export the largest run, then a million rows of all runs, each in a process of its own."""
    for name, run in (("the largest run", large_run()), ("all runs", 0)):
        found = _child(actor, run)
        speed = found["rows"] / found["seconds"]
        yield Line(
            f"CSV of {name}, {found['rows']:,} rows",
            f"{speed:,.0f} rows/s",
            f"≥ {ROWS_A_SECOND:,} rows/s",
            speed >= ROWS_A_SECOND,
            f"{found['rows'] / found['cpu']:,.0f} rows per second of CPU",
        )
        megabytes, released = found["megabytes"], found["released"]
        yield Line("  memory above base", f"{megabytes:.0f} MB", f"≤ {MEGABYTES} MB", megabytes <= MEGABYTES)
        yield Line(
            "  aborted, connection released after",
            f"{released * 1000:.0f} ms",
            f"≤ {SECONDS:.0f} s",
            released <= SECONDS,
        )


def _child(actor: Actor, run: int) -> dict[str, Any]:
    words = [str(actor.user_id), str(actor.account_id), str(MOST), str(run)]
    command = [sys.executable, "-m", "bench.reports.export_child", *words]
    printed = subprocess.run(  # noqa: S603
        command, cwd=ROOT, env=os.environ, check=True, capture_output=True, text=True
    )
    found: dict[str, Any] = json.loads(printed.stdout.splitlines()[-1])
    return found
