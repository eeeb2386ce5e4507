"""Start Python programs of iHUB without importing everything again in each of them.

One process imports what they import, and forks itself for each program: the program has its own arguments, environment,
folder and output, and ends as it would alone. That `make run`, `python -m core` and `worker.py` also start from nothing
is tested where they do (tests/processes/test_launcher.py, tests/core/cli/test_without_a_browser.py).
"""

from __future__ import annotations

import gc
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import IO, Any

from core.child_process import die_with_parent
from core.settings import ROOT

# Never a program itself: it would find itself imported.
IMPORTED = (
    *("worker", "scheduler", "core.operations.demo", "core.operations.preflight", "core.cli.runs"),
    *("streamlit.web.cli", "web.server"),
)


class Forked:
    """A program that was started; it is used like ``subprocess.Popen``."""

    def __init__(self, pid: int, connection: socket.socket) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._connection = connection

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code once it has ended; minus the signal that killed it. Raises TimeoutExpired."""
        if self.returncode is None:
            self._connection.settimeout(timeout)
            try:
                answer = self._connection.recv(64)
            except (TimeoutError, BlockingIOError):
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0) from None
            assert answer, "the process that starts programs has ended"
            self.returncode = int(answer)
            self._connection.close()
        return self.returncode

    def poll(self) -> int | None:
        """Return the exit code, or None while it runs."""
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill it."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)


def start(
    words: Sequence[str],
    environment: Mapping[str, str],
    output: IO[bytes],
    errors: IO[bytes],
    folder: Path = ROOT,
) -> Forked:
    """Start a program: ``words`` is what would follow ``python``, a file or ``-m`` and a module first."""
    connection, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    order = {"words": list(words), "environment": dict(environment), "folder": str(folder)}
    files = [theirs.fileno(), output.fileno(), errors.fileno()]
    socket.send_fds(_server(), [json.dumps(order).encode()], files)
    theirs.close()
    return Forked(int(connection.recv(64)), connection)


def run(
    words: Sequence[str], environment: Mapping[str, str], folder: Path = ROOT, timeout: float = 300
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end and return its output."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        program = start(words, environment, output, errors, folder)
        try:
            code = program.wait(timeout)
        finally:
            program.kill()
        said = []
        for file in (output, errors):
            file.seek(0)
            said.append(file.read().decode())
    return subprocess.CompletedProcess(list(words), code, *said)


@cache
def _server() -> socket.socket:
    """Start the server of this process and return its orders."""
    orders, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("IHUB_")}
    command = [sys.executable, "-m", "harness.fork_server", str(theirs.fileno()), str(os.getpid())]
    subprocess.Popen(command, cwd=ROOT, env=inherited, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()])
    theirs.close()
    return orders


def _serve(orders: socket.socket) -> dict[str, Any]:
    """Fork for each order; return it in the process that is to carry it out."""
    while True:
        data, files, _, _ = socket.recv_fds(orders, 1 << 20, 3)
        if not data:
            sys.exit()
        if os.fork() == 0:
            orders.close()
            return _start_and_wait(data, files)
        for file in files:
            os.close(file)


def _start_and_wait(data: bytes, files: Sequence[int]) -> dict[str, Any]:
    """Fork the program and return in it; its parent tells who asked how it has ended."""
    connection = socket.socket(fileno=files[0])
    pid = os.fork()
    if pid == 0:
        connection.close()
        for standard, file in zip((1, 2), files[1:], strict=True):
            os.dup2(file, standard)
            os.close(file)
        order: dict[str, Any] = json.loads(data)
        return order
    for file in files[1:]:
        os.close(file)
    connection.send(str(pid).encode())
    _, status = os.waitpid(pid, 0)
    with suppress(OSError):  # nobody may be interested
        connection.send(str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


def _become(order: dict[str, Any]) -> None:
    """Be the program, as if this process had been started for it."""
    os.environ.clear()
    os.environ.update(order["environment"])
    os.chdir(order["folder"])
    words: list[str] = order["words"]
    is_module = words[0] == "-m"
    sys.argv = words[1:] if is_module else words
    if is_module:
        runpy.run_module(words[1], run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(words[0], run_name="__main__")


def main(orders: socket.socket, parent: int) -> None:
    """Import, then serve until the process that started this one ends."""
    die_with_parent(signal.SIGKILL, parent)
    gc.disable()
    for name in IMPORTED:
        import_module(name)
    gc.collect()
    gc.freeze()
    gc.enable()
    _become(_serve(orders))


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])), int(sys.argv[2]))
