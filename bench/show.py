"""Print measurements as a table."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """One measurement: what, how much, against what, and what it should be at most (or at least)."""

    name: str
    figure: str
    wall: str = ""
    cpu: str = ""
    target: str = ""
    reached: bool | None = None


def heading(employees: int, concurrency: int) -> None:
    """Say on what machine and how much is measured."""
    machine = f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    print(f"{employees} employees, {concurrency} requests at once, {machine}")
    print(f"{'what':<34} {'figure':>9} {'target':>9}      {'engine/floor by the clock':<28} of CPU")


def line(found: Line) -> None:
    """Print one measurement."""
    verdict = {None: "", True: "ok", False: "MISSED"}[found.reached]
    print(
        f"{found.name:<34} {found.figure:>9} {found.target:>9} {verdict:<6} {found.wall:<28} {found.cpu}",
        flush=True,
    )
