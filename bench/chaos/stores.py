"""The store of the cluster, and the faults it can have."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from random import Random

from sqlalchemy import text

from core import db
from harness import postgres

# Undoes a fault; called after a while.
Undo = Callable[[], None]

CUT_OTHER_CONNECTIONS = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
)


class SqliteStore:
    """The embedded store: one file, which another process may lock."""

    name = "sqlite"

    def __init__(self, home: Path) -> None:
        self._file = home / "ihub.db"
        self.environment: dict[str, str] = {}

    def disturb(self, random: Random) -> tuple[str, Undo]:
        """Hold the write lock, as a backup or a shell would."""
        connection = sqlite3.connect(self._file, isolation_level=None, timeout=30, check_same_thread=False)
        connection.execute("BEGIN IMMEDIATE")
        return "store locked", connection.close

    def close(self) -> None:
        """Leave the file."""


class PostgresStore:
    """A PostgreSQL server whose connections are cut, or which is killed and restarted."""

    name = "postgresql"

    def __init__(self) -> None:
        """Make and start a server. Raises SystemExit when none is installed."""
        programs = postgres.binaries()
        if programs is None:
            raise SystemExit("PostgreSQL is not installed: apt-get install postgresql.")
        self._folder, port = Path(tempfile.mkdtemp(prefix="ihub-chaos-")), postgres.free_port()
        self._as_owner: list[str] = []
        if os.geteuid() == 0:  # initdb refuses root
            shutil.chown(self._folder, "postgres")
            self._as_owner = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        self._programs, self._data = programs, self._folder / "data"
        self._options = (
            f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self._folder} -c fsync=off"
        )
        self._run("initdb", "-D", str(self._data), "-A", "trust", "-U", "ihub", "-N")
        self._start()
        self.environment = {"DATABASE_URL": f"postgresql://ihub@127.0.0.1:{port}/postgres"}

    def disturb(self, random: Random) -> tuple[str, Undo]:
        """Cut all connections, or kill the server for a while."""
        if random.random() < 0.6:
            with db.engine().connect() as connection:
                connection.execute(CUT_OTHER_CONNECTIONS)
            return "store connections cut", lambda: None
        self._stop()
        return "store killed", self._start

    def _start(self) -> None:
        self._run(
            "pg_ctl",
            "-D",
            str(self._data),
            "-w",
            "-l",
            str(self._folder / "log"),
            "-o",
            self._options,
            "start",
        )

    def _stop(self) -> None:
        """Kill the server and its processes without a checkpoint."""
        os.kill(int((self._data / "postmaster.pid").read_text().split()[0]), signal.SIGQUIT)
        self._run("pg_ctl", "-D", str(self._data), "-m", "immediate", "-w", "stop", check=False)

    def _run(self, program: str, *words: str, check: bool = True) -> None:
        command = [*self._as_owner, str(self._programs / program), *words]
        null = subprocess.DEVNULL
        subprocess.run(command, check=check, stdin=null, stdout=null, stderr=null, cwd=self._folder)  # noqa: S603

    def close(self) -> None:
        """Stop the server and delete its data."""
        self._run("pg_ctl", "-D", str(self._data), "-m", "immediate", "-w", "stop", check=False)
        shutil.rmtree(self._folder, ignore_errors=True)


Store = SqliteStore | PostgresStore
