"""What a measurement needs: the fake server, a store with one connection, and programs run as children."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import create_engine, text

ROOT = Path(__file__).resolve().parent.parent
PREPARE = """
from core import schema
from core.security import key_files
from harness.world import active_connection
key_files.write_keys([key_files.new_key()])
schema.upgrade()
print(active_connection())
"""


@dataclass(frozen=True)
class Measured:
    """What one program took: seconds, CPU seconds, and MB at most; a store process shares most MB with its run."""

    wall: float
    cpu: float
    peak: float
    store_peak: float
    counters: dict[str, int]
    requests: dict[str, int]


class FakeServer:
    """A running fake server, as the bench controls it."""

    def __init__(self, employees: int, port: int) -> None:
        self.employees, self.url = employees, f"http://127.0.0.1:{port}"

    def control(self, action: str, **options: Any) -> dict[str, Any]:
        """Call an action below /control."""
        request = urllib.request.Request(f"{self.url}/control/{action}", orjson.dumps(options), method="POST")  # noqa: S310
        with urllib.request.urlopen(request) as answer:  # noqa: S310 - our own address
            result: dict[str, Any] = orjson.loads(answer.read())
            return result

    def verify(self) -> None:
        """Stop the bench when the target does not hold exactly what it should."""
        result = self.control("verify")
        if result != {"wrong": 0, "missing": 0, "held": self.employees}:
            sys.exit(f"The target does not hold what it should: {result}")


@contextmanager
def fake_server(employees: int) -> Iterator[FakeServer]:
    """Run a fake server with this number of employees."""
    command = [sys.executable, "-m", "bench.fake_server", "--employees", str(employees)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            assert process.stdout is not None
            yield FakeServer(employees, int(process.stdout.readline()))
        finally:
            process.kill()


@dataclass(frozen=True)
class Store:
    """A new store with one Active connection; programs find it by their environment."""

    environment: dict[str, str]
    connection_id: int


@contextmanager
def new_store(address: str | None = None) -> Iterator[Store]:
    """Make a store: SQLite in a folder of its own, or a new database of a PostgreSQL server."""
    folder = Path(tempfile.mkdtemp(prefix="ihub-bench-"))
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("IHUB_") and name != "DATABASE_URL"
    }
    environment = inherited | {"IHUB_HOME": str(folder), "IHUB_ALLOWED_NETWORKS": "127.0.0.0/8"}
    if address is not None:
        environment["DATABASE_URL"] = f"{address}/{_database(address, folder.name.replace('-', '_').lower())}"
    try:
        yield Store(environment, int(_program(["-c", PREPARE], environment)))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _database(address: str, name: str) -> str:
    engine = create_engine(f"{address}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    engine.dispose()
    return name


def _program(arguments: list[str], environment: dict[str, str]) -> str:
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        sys.exit(f"A measured program failed: {done.stderr[-2000:]}")
    return done.stdout


def measured(arguments: list[str], environment: dict[str, str], server: FakeServer) -> Measured:
    """Run a program that prints what it took."""
    result = orjson.loads(_program(["-m", *arguments], environment))
    if result.get("status", "COMPLETE") != "COMPLETE":
        sys.exit(f"A run ended as {result['status']}: {result['counters']}")
    figures = (result["wall"], result["cpu"], result["peak"], result.get("store_peak", 0.0))
    return Measured(*figures, result.get("counters", {}), server.control("state"))


def floor(kind: str, server: FakeServer, concurrency: int, every: int = 0) -> Measured:
    """Measure the floor of one kind of run."""
    return measured(["bench.floor", kind, server.url, str(concurrency), str(every)], dict(os.environ), server)


def engine(store: Store, server: FakeServer, concurrency: int, **options: Any) -> Measured:
    """Measure a run of the engine."""
    settings = {"concurrency": concurrency, "limit": 0.0, "batches": False, "listed": True} | options
    arguments = ["bench.child", str(store.connection_id), server.url, orjson.dumps(settings).decode()]
    environment = store.environment | {"IHUB_CONCURRENCY": str(concurrency)}
    return measured(arguments, environment, server)
