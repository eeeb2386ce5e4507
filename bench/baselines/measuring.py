"""Measure a program from inside, without the start of the interpreter and its imports."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path


def measure(program: Callable[[], object]) -> None:
    """Run a program, and print as the last line of standard error what it took."""
    began, cpu = time.time(), time.process_time()
    try:
        program()
    except SystemExit as exit:  # command lines end so
        if exit.code:
            raise
    figures = {
        "began": began,
        "ended": time.time(),
        "cpu": time.process_time() - cpu,
        "peak": _peak(),
    }
    sys.stderr.write("\n" + json.dumps(figures) + "\n")


def _peak() -> float:
    """Return the most MB of this process since it was started."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024
