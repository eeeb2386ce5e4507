"""An iHUB as operators run it: a store, the embedded Redis server, a worker, and one connection."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import create_engine, text

from bench import systems
from bench.processes import MemoryPeak, children, cpu_seconds
from bench.servers.running import Systems
from connectors import registry
from core import db, schema
from core.accounts import accounts
from core.connections import connections
from core.jobs import start
from core.mapping import versions
from core.models import Position, Run, RunStatus
from core.queue import redis_server
from core.security import key_files, vault
from core.security.actor import OPERATOR
from core.settings import ROOT, settings

COUNTERS = ("read", "unchanged", "filtered", "held", "written", "errors")


@dataclass(frozen=True)
class Measured:
    """What a run or a program took: seconds, CPU seconds, and at most MB of all its processes together."""

    wall: float
    cpu: float
    peak: float = 0.0
    # From the request to the end, with what the queue and the worker take.
    requested: float = 0.0


class Installation:
    """One iHUB with a worker and an Active connection."""

    def __init__(self, home: Path, both: Systems, target_kind: str, worker: Sequence[str]) -> None:
        """Start it in a new home folder, which the environment names."""
        key_files.write_keys([key_files.new_key()])
        schema.upgrade()
        _, self._redis = redis_server.ensure(home)
        self.connection_id = _connect(both, target_kind)
        self._log = home / "worker.log"
        with self._log.open("w") as log:
            self.worker = subprocess.Popen(  # noqa: S603 - our own command
                [sys.executable, *worker], cwd=ROOT, stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )
        while "worker.started" not in self._log.read_text():
            if self.worker.poll() is not None:
                sys.exit(f"The worker did not start: {self._log.read_text()[-2000:]}")
            time.sleep(0.05)

    def run(self) -> Measured:
        """Have the worker carry out a run, and return what it took from claim to end."""
        peak, cpu = MemoryPeak(self.worker.pid), cpu_seconds(self.worker.pid)
        peak.start()
        run = _wait_until_ended(start.run_now(OPERATOR, self.connection_id))
        while children(self.worker.pid):
            time.sleep(0.01)
        if run.status is not RunStatus.COMPLETE or run.errors or run.held or run.filtered:
            counters = {name: getattr(run, name) for name in COUNTERS}
            sys.exit(f"A run ended as {run.status.value}: {run.message} {counters}")
        assert run.started_at is not None and run.ended_at is not None
        took, waited = (run.ended_at - since for since in (run.started_at, run.created_at))
        used = cpu_seconds(self.worker.pid) - cpu
        return Measured(took.total_seconds(), used, peak.close(), waited.total_seconds())

    def use_mapping(self, text: str) -> None:
        """Save a mapping of the connection, given as YAML."""
        versions.import_yaml(OPERATOR, self.connection_id, text, confirmed=True)

    def close(self) -> None:
        """End the worker and Redis."""
        for process in (self.worker, self._redis):
            if process is not None:
                process.kill()
                process.wait()


def _wait_until_ended(run_id: int) -> Run:
    """Look at the run now and then, so that looking takes next to nothing."""
    began = time.monotonic()
    while True:
        with db.reading() as session:
            run = session.get_one(Run, run_id)
        if run.status.ended:
            return run
        time.sleep(min(0.25, 0.02 + (time.monotonic() - began) / 20))


def _connect(both: Systems, target_kind: str) -> int:
    actor = replace(OPERATOR, account_id=accounts.create("Harbour Foods"))
    source_kind = systems.HR if both.source.program == "hr" else both.source.program
    connection_id = connections.create(
        actor, "", source_kind, target_kind, both.source.settings, both.target.settings
    )
    for position, system in ((Position.SOURCE, both.source), (Position.TARGET, both.target)):
        connections.connect_side(actor, connection_id, position, system.credentials)
    return connection_id


@contextmanager
def installation(
    both: Systems,
    target_kind: str = systems.PAYROLL,
    postgresql: str | None = None,
    worker: Sequence[str] = ("worker.py",),
) -> Iterator[Installation]:
    """Run an iHUB during a block: on SQLite, or in a new database of a PostgreSQL server."""
    home = Path(tempfile.mkdtemp(prefix="ihub-bench-"))
    (home / "systems").mkdir()
    systems.write(home / "systems")
    with _environment(home, postgresql):
        running = Installation(home, both, target_kind, worker)
        try:
            yield running
        finally:
            running.close()
            db.engine().dispose()
            shutil.rmtree(home, ignore_errors=True)


@contextmanager
def _environment(home: Path, postgresql: str | None) -> Iterator[None]:
    """Let this process and its children find the store, the queue and the descriptions of one iHUB."""
    before = dict(os.environ)
    for name in before:
        if name in {"DATABASE_URL", "REDIS_URL"} or name.startswith("IHUB_"):
            del os.environ[name]
    os.environ |= {
        "IHUB_HOME": str(home),
        "IHUB_CONNECTORS": str(home / "systems"),
        "IHUB_ALLOWED_NETWORKS": "127.0.0.0/8",
        "TZ": "UTC",
    }
    if postgresql is not None:
        name = home.name.replace("-", "_").lower()
        engine = create_engine(f"{postgresql}/postgres", isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}"'))
        engine.dispose()
        os.environ["DATABASE_URL"] = f"{postgresql}/{name}"
    _forget_settings()
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        _forget_settings()


def _forget_settings() -> None:
    db.forget_engine()
    settings.cache_clear()
    vault.vault.cache_clear()
    registry.reload()
