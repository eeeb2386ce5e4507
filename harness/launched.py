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
from harness import fork_server
from harness.postgres import free_port

READY_SECONDS = 120
T = TypeVar("T")


def environment(home: Path, **settings: object) -> dict[str, str]:
    """Return this process's environment, with the given settings of iHUB in place of its own."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("IHUB_")}
    for name in ("DATABASE_URL", "REDIS_URL"):
        inherited.pop(name, None)
    stand_ins = {"IHUB_ALLOWED_NETWORKS": "127.0.0.0/8,::1"}
    return (
        inherited
        | stand_ins
        | {"IHUB_HOME": str(home)}
        | {name: str(value) for name, value in settings.items()}
    )


def eventually(check: Callable[[], T], condition: str, seconds: float = 60) -> T:
    """Return the first result that is true; fail with a sentence when there is none in time."""
    until = time.monotonic() + seconds
    while True:
        result = check()
        if result:
            return result
        assert time.monotonic() < until, f"Not true after {seconds} seconds: {condition}."
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
        """Return its address for browsers."""
        return f"http://localhost:{self.port}"

    @property
    def sandbox_url(self) -> str:
        """Return the address of its demo systems."""
        return f"http://127.0.0.1:{self.sandbox_port}"

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment for its command line."""
        ports = {"IHUB_PORT": self.port, "IHUB_SANDBOX_PORT": self.sandbox_port, "IHUB_DEMO": 1}
        return environment(self.home, **ports | self.settings)

    def printed(self) -> str:
        """Return everything the launcher and its processes have printed."""
        return (self.home.parent / f"{self.home.name}.log").read_text(errors="replace")

    def passwords(self) -> dict[str, str]:
        """Return the demo passwords by user name."""
        passwords: dict[str, str] = json.loads((self.home / "demo.json").read_text())
        return passwords

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one command of its command line."""
        return fork_server.run(["-m", "core", *arguments], self.environment)

    def control(self, path: str, **change: object) -> Any:
        """Read from the sandbox's control API; with keywords, change it."""
        address = f"{self.sandbox_url}/control/{path}"
        response = (
            requests.post(address, json=change, timeout=30) if change else requests.get(address, timeout=30)
        )
        response.raise_for_status()
        return response.json()

    def processes(self, command: str = "") -> list[psutil.Process]:
        """Return its processes whose command line contains a text."""
        return [each for each in processes_of(self.home) if command in " ".join(_command_line(each))]

    def stop(self, number: int = signal.SIGINT) -> int:
        """Stop it as a terminal does; return its exit code."""
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
    """Start iHUB and wait until it is ready."""
    port, sandbox_port = port or free_port(), sandbox_port or free_port()
    log = home.parent / f"{home.name}.log"
    variables = environment(home, IHUB_PORT=port, IHUB_SANDBOX_PORT=sandbox_port, **settings)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "core.operations.launcher"],
            cwd=ROOT,
            env=variables,
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
    """Stop iHUB, and kill what does not stop."""
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
    """Run iHUB during a block."""
    hub = start(home, **settings)  # type: ignore[arg-type]
    try:
        yield hub
    finally:
        end(hub)
