"""Print measurements as a table."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """One measurement: its name, its figure, what it was measured against, and its target."""

    name: str
    figure: str
    wall: str = ""
    cpu: str = ""
    target: str = ""
    reached: bool | None = None


def heading(employees: int, concurrency: int) -> None:
    """Print the scale and the machine."""
    machine = f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    print(f"{employees} employees, {concurrency} requests at once, {machine}")
    print(f"{'what':<34} {'figure':>9} {'target':>9}      {'engine/floor by the clock':<28} of CPU")


def line(measurement: Line) -> None:
    """Print one measurement."""
    result = {None: "", True: "ok", False: "MISSED"}[measurement.reached]
    figures = f"{measurement.figure:>9} {measurement.target:>9} {result:<6} {measurement.wall:<28}"
    print(f"{measurement.name:<34} {figures} {measurement.cpu}", flush=True)
