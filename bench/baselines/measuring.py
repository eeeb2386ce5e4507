"""Measure a program from inside, without the start of the interpreter and its imports."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Callable

import orjson

from core.settings import ROOT


def measure(program: Callable[[], object]) -> None:
    """Run a program and print what it took as one JSON object."""
    wall, cpu = time.perf_counter(), time.process_time()
    program()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(orjson.dumps({"wall": wall, "cpu": cpu, "peak": peak}).decode() + "\n")


def printed(command: list[str]) -> dict[str, float]:
    """Run a program that measures itself, and return what it printed."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        sys.exit(f"A measured program failed: {done.stderr[-2000:]}")
    result: dict[str, float] = orjson.loads(done.stdout.splitlines()[-1])
    return result
