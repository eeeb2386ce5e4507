"""The stage of a measurement: the stand-in, a store with one connection, and programs run as children."""

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
from core import schema, secrets, settings
from harness.world import active_connection
secrets.write_keys([secrets.new_key()])
schema.upgrade()
print(active_connection())
"""


@dataclass(frozen=True)
class Measured:
    """What one program took: seconds by the clock, seconds of CPU, and MB at most; of its scribe most are shared with it."""

    wall: float
    cpu: float
    peak: float
    scribe: float
    counters: dict[str, int]
    requests: dict[str, int]


class StandIn:
    """The stand-in as the bench steers it."""

    def __init__(self, employees: int, port: int) -> None:
        """Remember where it is."""
        self.employees, self.url = employees, f"http://127.0.0.1:{port}"

    def ask(self, what: str, **wish: Any) -> dict[str, Any]:
        """Ask it for something under /control."""
        request = urllib.request.Request(f"{self.url}/control/{what}", orjson.dumps(wish), method="POST")  # noqa: S310
        with urllib.request.urlopen(request) as answer:  # noqa: S310 - our own address
            found: dict[str, Any] = orjson.loads(answer.read())
            return found

    def verify(self) -> None:
        """End the bench when the target does not hold exactly what it has to."""
        found = self.ask("verify")
        if found != {"wrong": 0, "missing": 0, "held": self.employees}:
            sys.exit(f"The target does not hold what it should: {found}")


@contextmanager
def stand_in(employees: int) -> Iterator[StandIn]:
    """Run a stand-in for so many employees."""
    command = [sys.executable, "-m", "bench.fake_server", "--employees", str(employees)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            assert process.stdout is not None
            yield StandIn(employees, int(process.stdout.readline()))
        finally:
            process.kill()


@dataclass(frozen=True)
class Store:
    """A fresh store with one Active connection; programs find it by their environment."""

    environment: dict[str, str]
    connection_id: int


@contextmanager
def store(address: str | None = None) -> Iterator[Store]:
    """Make a store: SQLite in a folder of its own, or a new database of a PostgreSQL server."""
    folder = Path(tempfile.mkdtemp(prefix="ihub-bench-"))
    names = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("IHUB_") and name != "DATABASE_URL"
    }
    environment = names | {"IHUB_HOME": str(folder)}
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


def measured(arguments: list[str], environment: dict[str, str], world: StandIn) -> Measured:
    """Run a program that prints what it took."""
    told = orjson.loads(_program(["-m", *arguments], environment))
    if told.get("status", "COMPLETE") != "COMPLETE":
        sys.exit(f"A run ended as {told['status']}: {told['counters']}")
    figures = (told["wall"], told["cpu"], told["peak"], told.get("scribe", 0.0))
    return Measured(*figures, told.get("counters", {}), world.ask("state"))


def floor(kind: str, world: StandIn, concurrency: int, every: int = 0) -> Measured:
    """Measure the floor of one kind of run."""
    return measured(["bench.floor", kind, world.url, str(concurrency), str(every)], dict(os.environ), world)


def engine(where: Store, world: StandIn, concurrency: int, **options: Any) -> Measured:
    """Measure a run of the engine."""
    chosen = {"concurrency": concurrency, "limit": 0.0, "batches": False, "listed": True} | options
    arguments = ["bench.child", str(where.connection_id), world.url, orjson.dumps(chosen).decode()]
    environment = where.environment | {"IHUB_WRITE_CONCURRENCY": str(concurrency)}
    return measured(arguments, environment, world)
