"""The store of the plant, and how it is taken away from under iHUB."""

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

# What puts right again what was done; called after a while.
Later = Callable[[], None]

OTHERS = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
)


class SqliteStore:
    """The embedded store: one file, which somebody else may hold locked."""

    name = "sqlite"

    def __init__(self, home: Path) -> None:
        """Take the file in the home folder; iHUB makes it."""
        self._file = home / "ihub.db"
        self.environment: dict[str, str] = {}

    def disturb(self, chance: Random) -> tuple[str, Later]:
        """Hold the lock that every writer needs, as a backup or a shell would."""
        holder = sqlite3.connect(self._file, isolation_level=None, timeout=30, check_same_thread=False)
        holder.execute("BEGIN IMMEDIATE")
        return "store locked", holder.close

    def close(self) -> None:
        """Leave the file."""


class PostgresStore:
    """A server of its own, whose connections are cut or which is killed and started again."""

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

    def disturb(self, chance: Random) -> tuple[str, Later]:
        """Cut all connections, or kill the server for a while."""
        if chance.random() < 0.6:
            with db.engine().connect() as connection:
                connection.execute(OTHERS)
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
        """Kill the server without a checkpoint; its own processes go with it."""
        os.kill(int((self._data / "postmaster.pid").read_text().split()[0]), signal.SIGQUIT)
        self._run("pg_ctl", "-D", str(self._data), "-m", "immediate", "-w", "stop", check=False)

    def _run(self, program: str, *words: str, check: bool = True) -> None:
        command = [*self._as_owner, str(self._programs / program), *words]
        null = subprocess.DEVNULL
        subprocess.run(command, check=check, stdin=null, stdout=null, stderr=null, cwd=self._folder)  # noqa: S603

    def close(self) -> None:
        """Stop the server and throw it away."""
        self._run("pg_ctl", "-D", str(self._data), "-m", "immediate", "-w", "stop", check=False)
        shutil.rmtree(self._folder, ignore_errors=True)


Store = SqliteStore | PostgresStore
