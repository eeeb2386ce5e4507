"""The programs that iHUB is compared with, as they are started."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

from bench.baselines import measuring
from bench.installation import Measured
from bench.servers.running import Systems


@dataclass(frozen=True)
class Program:
    """A program that lists both systems and writes what is missing or differs."""

    name: str
    command: Callable[[Systems], list[str]]

    def run(self, both: Systems) -> Measured:
        """Run it once; it measures itself, without its start."""
        return Measured(**measuring.printed(self.command(both)))


def _script(both: Systems) -> list[str]:
    return [sys.executable, "-m", "bench.baselines.script", both.source.url, both.target.url]


SCRIPT = Program("script", _script)


def floor(kind: str, both: Systems) -> Measured:
    """Measure the floor of one kind of run."""
    command = [sys.executable, "-m", "bench.baselines.floor", kind, both.source.url, both.target.url]
    return Measured(**measuring.printed(command))
