"""The whole of iHUB, started as `make run` starts it, in a home folder and on ports of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import psutil
import requests

from core.settings import ROOT
from harness.postgres import free_port

READY_SECONDS = 120
T = TypeVar("T")


def environment(home: Path, **settings: object) -> dict[str, str]:
    """Return this process's environment without iHUB's settings, plus those of a home folder of its own."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("IHUB_")}
    for name in ("DATABASE_URL", "REDIS_URL"):
        plain.pop(name, None)
    return plain | {"IHUB_HOME": str(home)} | {name: str(value) for name, value in settings.items()}


def eventually(look: Callable[[], T], what: str, seconds: float = 60) -> T:
    """Return the first answer that is true; fail with a sentence when none comes in time."""
    until = time.monotonic() + seconds
    while True:
        answer = look()
        if answer:
            return answer
        assert time.monotonic() < until, f"Within {seconds} seconds, this did not come true: {what}."
        time.sleep(0.1)


@dataclass
class Hub:
    """One running iHUB."""

    home: Path
    port: int
    sandbox_port: int
    settings: dict[str, object]
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        """Return where browsers find it."""
        return f"http://localhost:{self.port}"

    @property
    def sandbox_url(self) -> str:
        """Return where its demo systems are."""
        return f"http://127.0.0.1:{self.sandbox_port}"

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment a command line beside it needs."""
        ports = {"IHUB_PORT": self.port, "IHUB_SANDBOX_PORT": self.sandbox_port, "IHUB_DEMO": 1}
        return environment(self.home, **ports | self.settings)

    def printed(self) -> str:
        """Return everything the launcher and its processes have printed."""
        return (self.home.parent / f"{self.home.name}.log").read_text(errors="replace")

    def passwords(self) -> dict[str, str]:
        """Return the demo passwords by user name."""
        found: dict[str, str] = json.loads((self.home / "demo.json").read_text())
        return found

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one command of iHUB's command line beside it."""
        command = [sys.executable, "-m", "core", *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=300, check=False
        )

    def control(self, what: str, **change: object) -> Any:
        """Ask the sandbox's control; with keywords, tell it."""
        address = f"{self.sandbox_url}/control/{what}"
        answer = (
            requests.post(address, json=change, timeout=30) if change else requests.get(address, timeout=30)
        )
        answer.raise_for_status()
        return answer.json()

    def processes(self, words: str = "") -> list[psutil.Process]:
        """Return its processes whose command line holds these words."""
        return [each for each in processes_of(self.home) if words in " ".join(_command_line(each))]

    def stop(self, number: int = signal.SIGINT) -> int:
        """Ask it to stop as a terminal does; return its exit code."""
        self.process.send_signal(number)
        return self.process.wait(60)


def processes_of(home: Path) -> list[psutil.Process]:
    """Return all processes that run from a home folder, however they were started."""
    return [each for each in psutil.process_iter() if each.pid != os.getpid() and _belongs(each, home)]


def _belongs(process: psutil.Process, home: Path) -> bool:
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        return process.environ().get("IHUB_HOME") == str(home) or any(
            str(home) in word for word in process.cmdline()
        )
    except psutil.Error:
        return False


def _command_line(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []


def start(home: Path, port: int | None = None, sandbox_port: int | None = None, **settings: object) -> Hub:
    """Start iHUB and wait until it says that it is ready."""
    port, sandbox_port = port or free_port(), sandbox_port or free_port()
    log = home.parent / f"{home.name}.log"
    surroundings = environment(home, IHUB_PORT=port, IHUB_SANDBOX_PORT=sandbox_port, **settings)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "core.operations.launcher"],
            cwd=ROOT,
            env=surroundings,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    hub = Hub(home, port, sandbox_port, settings, process)
    try:
        eventually(
            lambda: "iHUB is ready" in hub.printed() or process.poll() is not None,
            "iHUB is ready",
            READY_SECONDS,
        )
        assert process.poll() is None, f"iHUB did not start:\n{hub.printed()}"
    except BaseException:
        end(hub)
        raise
    return hub


def end(hub: Hub) -> None:
    """Stop iHUB, hard if it must be."""
    if hub.process.poll() is None:
        try:
            hub.stop()
        except subprocess.TimeoutExpired:
            hub.process.kill()
            hub.process.wait()
    for process in processes_of(hub.home):
        with suppress(psutil.Error):
            process.kill()


@contextmanager
def running(home: Path, **settings: object) -> Iterator[Hub]:
    """Run iHUB for the length of a block."""
    hub = start(home, **settings)  # type: ignore[arg-type]
    try:
        yield hub
    finally:
        end(hub)
