"""The systems of the bench while they run, as the bench controls them."""

from __future__ import annotations

import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import orjson

from core.settings import ROOT

UNLIMITED = "unlimited"
KEY = {"api_key": "bench"}
TOKENS = {"access_token": "bench", "refresh_token": "bench", "expires_at": "2099-01-01T00:00:00+00:00"}


@dataclass(frozen=True)
class RunningSystem:
    """One system, and what its side of a connection is given."""

    program: str
    url: str

    @property
    def settings(self) -> dict[str, Any]:
        """Return the settings of its side."""
        if self.program == "enablehr":
            return {
                "api_url": self.url,
                "login_url": self.url,
                "account_id": "1001",
                "requests_per_second": UNLIMITED,
            }
        return {"url": self.url}

    @property
    def credentials(self) -> dict[str, str]:
        """Return the credentials of its side."""
        return TOKENS if self.program == "enablehr" else KEY

    def control(self, action: str, **options: Any) -> dict[str, Any]:
        """Do something that only the bench does."""
        request = urllib.request.Request(f"{self.url}/control/{action}", orjson.dumps(options), method="POST")  # noqa: S310
        with urllib.request.urlopen(request) as answer:  # noqa: S310 - our own address
            result: dict[str, Any] = orjson.loads(answer.read())
            return result


@dataclass(frozen=True)
class Systems:
    """A source and a target, and how many employees they have."""

    employees: int
    source: RunningSystem
    target: RunningSystem

    def reset(self, *, latency: float = 0.0, keep: bool = False, every: int = 0, version: int = 0) -> None:
        """Empty the target unless it is to keep what it has; show some employees of the source in a version."""
        for system in (self.source, self.target):
            system.control("reset", latency=latency, keep=keep, every=every, version=version)

    def requests(self) -> dict[str, int]:
        """Return how many requests the target had, and under "source" how many the source had."""
        return self.target.control("counts") | {"source": sum(self.source.control("counts").values())}

    def verify(self, *, every: int = 0, version: int = 0) -> None:
        """Stop the bench when the target does not hold exactly what it should, in every field."""
        found = self.target.control("verify", every=every, version=version)
        if found != {"wrong": 0, "missing": 0, "held": self.employees}:
            sys.exit(f"The target does not hold what it should: {found}")


@contextmanager
def running_systems(employees: int, source: str = "hr") -> Iterator[Systems]:
    """Run a source and a payroll during a block."""
    with ExitStack() as stack:
        both = [stack.enter_context(_running(program, employees)) for program in (source, "payroll")]
        yield Systems(employees, *both)


@contextmanager
def _running(program: str, employees: int) -> Iterator[RunningSystem]:
    command = [sys.executable, "-m", f"bench.servers.{program}", "--employees", str(employees)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            assert process.stdout is not None
            yield RunningSystem(program, f"http://127.0.0.1:{int(process.stdout.readline())}")
        finally:
            process.kill()
