"""Print measurements as a table."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Line:
    """One measurement: its name, its figure, what is to be reached, and the details behind the figure."""

    name: str
    figure: str
    target: str = ""
    reached: bool | None = None
    wall: str = ""
    cpu: str = ""
    peak: str = ""
    # The ratios of the programs that iHUB is compared with, by their names.
    others: Mapping[str, float] = field(default_factory=dict)


def heading(employees: int, others: Sequence[str]) -> None:
    """Print the scale, the machine and the names of the columns."""
    machine = f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    print(f"{employees} employees of 33 fields, {machine}")
    names = " ".join(f"{name:>7}" for name in others)
    print(
        f"{'what':<38} {'iHUB':>8} {'target':>9} {'':<6} {names}  {'iHUB / floor by the clock':<26}"
        f" {'of CPU':<30} peak",
    )


def line(measurement: Line, others: Sequence[str]) -> None:
    """Print one measurement."""
    result = {None: "", True: "ok", False: "MISSED"}[measurement.reached]
    ratios = (f"{measurement.others[name]:.2f}×" if name in measurement.others else "" for name in others)
    columns = " ".join(f"{ratio:>7}" for ratio in ratios)
    print(
        f"{measurement.name:<38} {measurement.figure:>8} {measurement.target:>9} {result:<6} {columns}"
        f"  {measurement.wall:<26} {measurement.cpu:<30} {measurement.peak}",
        flush=True,
    )
