"""The programs that iHUB is compared with, as they are started."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from bench.installation import Measured
from bench.servers.running import Systems
from core.settings import ROOT


@dataclass(frozen=True)
class Program:
    """A program that lists both systems and writes what is missing or differs: modules, each reading from the last."""

    name: str
    modules: Sequence[str]
    python: str = sys.executable

    def run(self, both: Systems, *before: str) -> Measured:
        """Run it once; each part measures itself, without its start."""
        addresses = {"SOURCE": both.source.url, "TARGET": both.target.url}
        environment = os.environ | addresses | {"PYTHONPATH": str(ROOT)}
        words = [*before, *addresses.values()]
        figures = [_figures(process) for process in self._started(words, environment)]
        wall = max(part["ended"] for part in figures) - max(part["began"] for part in figures)
        return Measured(wall, sum(part["cpu"] for part in figures), sum(part["peak"] for part in figures))

    def _started(self, words: Sequence[str], environment: dict[str, str]) -> list[subprocess.Popen[str]]:
        started: list[subprocess.Popen[str]] = []
        for module in self.modules:
            arguments = words if len(self.modules) == 1 else []
            started.append(
                subprocess.Popen(  # noqa: S603 - our own command
                    [self.python, "-m", f"bench.baselines.{module}", *arguments],
                    env=environment,
                    stdin=started[-1].stdout if started else subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL if module == self.modules[-1] else subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                )
            )
        for process in started[:-1]:
            assert process.stdout is not None
            process.stdout.close()  # the next one has it
        return started


def _figures(process: subprocess.Popen[str]) -> dict[str, float]:
    assert process.stderr is not None
    errors = process.stderr.read()
    if process.wait():
        sys.exit(f"A measured program failed: {errors[-2000:]}")
    figures: dict[str, float] = orjson.loads(errors.splitlines()[-1])
    return figures


SCRIPT = Program("script", ["script"])
FLOOR = Program("floor", ["floor"])


def floor(kind: str, both: Systems) -> Measured:
    """Measure the floor of one kind of run."""
    return FLOOR.run(both, kind)
