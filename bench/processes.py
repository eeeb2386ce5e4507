"""What a process and its children use: CPU seconds, and memory where shared pages count once."""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
GONE = (FileNotFoundError, ProcessLookupError, PermissionError)


def children(pid: int) -> list[int]:
    """Return the child processes of a process."""
    with suppress(*GONE):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def tree(pid: int) -> list[int]:
    """Return a process with all that descend from it."""
    return [pid, *(each for child in children(pid) for each in tree(child))]


def cpu_seconds(pid: int) -> float:
    """Return the CPU seconds of a process and of its children that have ended."""
    numbers = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(each) for each in numbers[11:15]) / TICKS


def memory(pid: int) -> float:
    """Return the MB of a process and all that descend from it; of pages that others share, only their part (PSS)."""
    kilobytes = 0
    for each in tree(pid):
        with suppress(*GONE):
            lines = Path(f"/proc/{each}/smaps_rollup").read_text().splitlines()
            kilobytes += next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
    return kilobytes / 1024


class MemoryPeak(threading.Thread):
    """Watches the memory of a process and its descendants, and takes at most a thirtieth of the time for it."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid, self._closing = pid, threading.Event()
        self.megabytes = 0.0

    def run(self) -> None:
        """Look again and again until closed."""
        pause = 0.0
        while not self._closing.wait(pause):
            began = time.perf_counter()
            self.megabytes = max(self.megabytes, memory(self._pid))
            pause = max(0.05, 30 * (time.perf_counter() - began))

    def close(self) -> float:
        """Stop, and return the most MB that were seen."""
        self._closing.set()
        self.join()
        return self.megabytes
