"""A real PostgreSQL server for the tests, started once and deleted at the end."""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def binaries() -> Path | None:
    """Return the folder of the newest installed server, if there is one."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    if installed:
        return installed[-1].parent
    initdb = shutil.which("initdb")
    return Path(initdb).resolve().parent if initdb else None


def free_port() -> int:
    """Return a free port, outside the range that the system uses for outgoing connections."""
    while True:
        port = random.randrange(20_000, 32_000)  # noqa: S311
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return port


class Server:
    """A PostgreSQL server in a folder of its own; ``address`` is without a database name."""

    def __init__(self, programs: Path, primary: Server | None = None) -> None:
        """Make a new server, or a copy that follows a ``primary`` which runs."""
        self._programs, self._folder, port = programs, Path(tempfile.mkdtemp(prefix="ihub-pg-")), free_port()
        self._as_owner: list[str] = []
        if os.geteuid() == 0:  # initdb refuses root
            shutil.chown(self._folder, "postgres")
            self._as_owner = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        self._options = (
            f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self._folder}"
            " -c fsync=off -c max_connections=200"
        )
        self.port = port
        self.address = f"postgresql+psycopg://ihub@127.0.0.1:{port}"
        if primary is None:
            self._run("initdb", "-A", "trust", "-U", "ihub", "-N")
        else:
            follow = ["-R", "-X", "stream", "-c", "fast", "-N", "-h", "127.0.0.1", "-U", "ihub"]
            self._run("pg_basebackup", *follow, "-p", str(primary.port))

    def start(self) -> None:
        """Start the server and wait until it is ready."""
        self._run("pg_ctl", "-w", "-l", str(self._folder / "log"), "-o", self._options, "start")

    def kill(self) -> None:
        """Kill the server and its processes without a checkpoint."""
        os.kill(int((self._data / "postmaster.pid").read_text().split()[0]), signal.SIGQUIT)
        self._stop()

    def promote(self) -> None:
        """Let a copy become the server that is written to."""
        self._run("pg_ctl", "-w", "promote")

    def delete(self) -> None:
        """Stop the server if it runs, and delete its data."""
        self._stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _stop(self) -> None:
        self._run("pg_ctl", "-m", "immediate", "-w", "stop", check=False)

    def _run(self, program: str, *words: str, check: bool = True) -> None:
        command = [*self._as_owner, str(self._programs / program), "-D", str(self._data), *words]
        null = subprocess.DEVNULL
        subprocess.run(command, check=check, stdin=null, stdout=null, stderr=null, cwd=self._folder)


@contextmanager
def server(programs: Path) -> Iterator[str]:
    """Run a server during a block; yields its address without a database name."""
    running = Server(programs)
    try:
        running.start()
        yield running.address
    finally:
        running.delete()
