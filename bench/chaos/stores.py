"""The store of the cluster, and the faults it can have."""

from __future__ import annotations

import sqlite3
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
        """Start a server. Raises SystemExit when PostgreSQL is not installed."""
        programs = postgres.binaries()
        if programs is None:
            raise SystemExit("PostgreSQL is not installed: apt-get install postgresql.")
        self._server = postgres.Server(programs)
        self._server.start()
        self.environment = {"DATABASE_URL": f"{self._server.address}/postgres"}

    def disturb(self, random: Random) -> tuple[str, Undo]:
        """Cut all connections, or kill the server for a while."""
        if random.random() < 0.6:
            with db.engine().connect() as connection:
                connection.execute(CUT_OTHER_CONNECTIONS)
            return "store connections cut", lambda: None
        self._server.kill()
        return "store killed", self._server.start

    def close(self) -> None:
        """Stop the server and delete its data."""
        self._server.delete()


Store = SqliteStore | PostgresStore
