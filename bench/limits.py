"""What iHUB may take at most, whatever the floor: requests at once, memory, and the start of a command and a run."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator

from bench import systems
from bench.baselines.floor import IN_FLIGHT
from bench.installation import installation
from bench.ratios import LATENCY, Scale, fill, quickest
from bench.servers.running import running_systems
from bench.show import Line
from core.settings import ROOT

MEMORY_SIZES = (10_000, 50_000, 300_000)
FEW = 200


def enablehr(scale: Scale) -> Iterator[Line]:
    """Read a tenth of the employees from enableHR, five requests for each of them, at 20 ms."""
    with running_systems(scale.employees // 10, "enablehr") as both, installation(both) as hub:
        both.reset(latency=LATENCY)
        ours = hub.run()
        requests = both.requests()
        both.verify()
    number = sum(requests.values())
    least = number * LATENCY / IN_FLIGHT
    yield Line(
        f"enableHR's details, {number} requests",
        f"{ours.wall / least:.2f}×",
        "≤ 1.1×",
        ours.wall <= 1.1 * least,
        f"{ours.wall:.2f} s / {least:.2f} s",
        f"{ours.cpu:.2f} s",
        f"{ours.peak:.0f} MB",
    )


def memory(scale: Scale) -> Iterator[Line]:
    """Measure all processes together as employees grow, in a first run and one without changes; and the time."""
    sizes = MEMORY_SIZES if scale.employees >= 50_000 else (scale.employees // 5, scale.employees)
    peaks, each = [], []
    for size in sizes:
        with running_systems(size) as both, installation(both, systems.BATCHES) as hub:
            runs = [hub.run() for _ in range(2)]
            both.verify()
        peaks.append(max(run.peak for run in runs))
        each.append(sum(run.wall for run in runs) / size)
        name, figure = f"memory of all processes, {size}", f"{peaks[-1]:.0f} MB"
        wall = " ".join(f"{run.wall:.2f} s" for run in runs)
        yield Line(name, figure, "≤ 220 MB", peaks[-1] <= 220, wall, f"{each[-1] * 1e6:.0f} µs per employee")
    growth, slower = peaks[-1] - peaks[0], each[-1] / each[0]
    yield Line("  growth", f"{growth:.1f} MB", "≤ 10 MB", growth <= 10)
    yield Line("  time per employee, most ÷ fewest", f"{slower:.2f}×", "≤ 1.1×", slower <= 1.1)


def start_up(_scale: Scale) -> Iterator[Line]:
    """Measure what a command and a run of 200 unchanged employees take, by a worker and in the command itself."""
    yield _seconds("python -m core --help", 0.3, min(_command_seconds("--help") for _ in range(5)))
    with running_systems(FEW) as both, installation(both) as hub:
        fill(hub, both)
        runs = [hub.run() for _ in range(10)]
        by_worker = quickest(runs)
        name, requested = f"{FEW} unchanged, in a worker", min(run.requested for run in runs)
        yield _seconds(name, 0.3, by_worker.wall, f"{requested:.2f} s from the request")
        words = ("run", str(hub.connection_id), "--inline")
        yield _seconds(f"{FEW} unchanged, --inline", 1.5, min(_command_seconds(*words) for _ in range(5)))


def _command_seconds(*words: str) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", "core", *words], cwd=ROOT, check=True, capture_output=True)  # noqa: S603
    return time.perf_counter() - began


def _seconds(name: str, target: float, seconds: float, wall: str = "") -> Line:
    return Line(name, f"{seconds:.2f} s", f"≤ {target} s", round(seconds, 2) <= target, wall)
