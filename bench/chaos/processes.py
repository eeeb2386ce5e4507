"""One program of the cluster: started, killed, frozen, and restarted whenever it has ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import psutil

from core.settings import ROOT


class ManagedProcess:
    """A program that should always run."""

    def __init__(self, name: str, command: list[str], environment: Mapping[str, str], log: Path) -> None:
        """Take a command without the interpreter; it is not started yet."""
        self.name, self._command, self._environment, self._log = name, command, environment, log
        self._process: subprocess.Popen[bytes] | None = None

    def ensure_running(self) -> None:
        """Start the program unless it runs."""
        if self._process is not None and self._process.poll() is None:
            return
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own command
                [sys.executable, *self._command],
                cwd=ROOT,
                env=dict(self._environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def children(self) -> list[psutil.Process]:
        """Return its child processes that are alive."""
        if self._process is None or self._process.poll() is not None:
            return []
        return _living_children(self._process.pid)

    def family(self) -> list[psutil.Process]:
        """Return the program with its children, as far as they are alive."""
        if self._process is None or self._process.poll() is not None:
            return []
        return [psutil.Process(self._process.pid), *self.children()]

    def signal(self, number: int) -> None:
        """Send a signal to the program itself."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)

    def kill(self) -> None:
        """Kill it, as the kernel does when memory runs out, and wait for its end."""
        self.signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()

    def freeze(self, *, itself: bool) -> Callable[[], None]:
        """Freeze its children, with ``itself`` the program too; return what lets them continue."""
        frozen = [child.pid for child in self.children()]
        if itself and self._process is not None:
            frozen.append(self._process.pid)
        _send_signal(frozen, signal.SIGSTOP)
        return lambda: _send_signal(frozen, signal.SIGCONT)


def _living_children(pid: int) -> list[psutil.Process]:
    with suppress(psutil.Error):
        return [child for child in psutil.Process(pid).children() if child.status() != psutil.STATUS_ZOMBIE]
    return []


def _send_signal(pids: list[int], number: int) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
