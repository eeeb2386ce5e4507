"""A whole iHUB as processes: sandboxes, Redis, workers and schedulers, kept running however often they are killed."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from redis import Redis

from bench.chaos.expected import Company
from bench.chaos.processes import Part
from bench.chaos.stores import PostgresStore, SqliteStore, Store
from core import db, schema, settings
from core.accounts import accounts
from core.clock import now
from core.connections import connections
from core.jobs import schedules
from core.jobs import start as job_start
from core.jobs.recurrence import Rule
from core.models import Every, Position
from core.queue import redis_client, redis_server
from core.security import key_files, vault
from core.security.actor import OPERATOR, Actor
from harness.postgres import free_port

LEASE_SECONDS = 3
QUICKLY = {
    "IHUB_LEASE_SECONDS": str(LEASE_SECONDS),
    "IHUB_RECONCILE_SECONDS": "1",
    "IHUB_SCHEDULE_TICK_SECONDS": "0.2",
}
PATIENCE_SECONDS = 60
PACE = {"requests_per_second": 1000.0}


class Plant:
    """Everything of one iHUB, and the companies that use it."""

    def __init__(self, folder: Path, store: str, seed: int, companies: int, workers: int) -> None:
        """Make the home folder and the store; nothing runs yet but a PostgreSQL server."""
        self.folder, self.home = folder, folder / "home"
        self.home.mkdir(mode=0o700)
        self.store: Store = SqliteStore(self.home) if store == "sqlite" else PostgresStore()
        self._set_environment()
        key_files.write_keys([key_files.new_key()])
        schema.upgrade()
        self._redis: subprocess.Popen[bytes] | None = None
        self.redis_rests = self.store_rests = False
        self.workers = [self._part(f"worker{number}", ["worker.py"]) for number in range(workers)]
        self.schedulers = [self._part(f"scheduler{number}", ["scheduler.py"]) for number in range(2)]
        self._ports = [free_port() for _ in range(companies)]
        self.sandboxes = [self._sandbox(number, seed) for number in range(companies)]
        self._seed = seed
        # The companies by the id of their connection.
        self.companies: dict[int, Company] = {}

    def _set_environment(self) -> None:
        for name in ("DATABASE_URL", "REDIS_URL", "IHUB_KEYS"):
            os.environ.pop(name, None)
        os.environ |= (
            {"IHUB_HOME": str(self.home), "IHUB_DEMO": "1", "TZ": "UTC"} | QUICKLY | self.store.environment
        )
        db.forget_engine()
        settings.settings.cache_clear()
        vault.vault.cache_clear()

    def _part(self, name: str, command: list[str]) -> Part:
        return Part(name, command, os.environ | {"PYTHONUNBUFFERED": "1"}, self.folder / f"{name}.log")

    def _sandbox(self, number: int, seed: int) -> Part:
        state, own = self.folder / f"sandbox{number}.db", seed * 10 + number
        words = [
            "-m",
            "sandbox",
            "--port",
            self._ports[number],
            "--state",
            state,
            "--seed",
            own,
            "--employees",
            80,
        ]
        return self._part(f"sandbox{number}", [str(word) for word in words])

    # keeping it running

    def start(self) -> None:
        """Start everything, and connect each company with a schedule that fires every minute."""
        self.turn()
        for number, port in enumerate(self._ports):
            company = _answering(
                partial(Company, number, f"http://127.0.0.1:{port}", self._seed * 10 + number)
            )
            self.companies[_connect(company)] = company

    def turn(self) -> None:
        """Start again whatever has ended, unless it is meant to rest."""
        if not self.redis_rests and (self._redis is None or self._redis.poll() is not None):
            _, self._redis = redis_server.ensure(self.home)
        for part in (*self.sandboxes, *self.workers, *self.schedulers):
            part.revive()

    def kill_redis(self) -> Callable[[], None]:
        """Kill Redis; return what lets it come back."""
        if self._redis is not None:
            self._redis.kill()
            self._redis.wait()
        self.redis_rests = True
        return lambda: setattr(self, "redis_rests", False)

    def queue(self) -> Redis:
        """Return a connection to Redis."""
        return redis_client.quick()

    def stop(self) -> None:
        """Kill everything that is left."""
        for part in (*self.schedulers, *self.workers, *self.sandboxes):
            part.kill()
        if self._redis is not None:
            self._redis.kill()
            self._redis.wait()
        db.engine().dispose()
        self.store.close()

    def run(self, connection_id: int) -> int:
        """Ask for a manual run. Raises ConflictError while one is going on."""
        return job_start.run_now(OPERATOR, connection_id)


def _answering(look: Callable[[], Any]) -> Any:
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        with suppress(OSError):
            return look()
        if time.monotonic() > until:
            raise SystemExit("A sandbox did not start.")
        time.sleep(0.1)


def _connect(company: Company) -> int:
    """Make the account of a company with its Active connection and a schedule; return the connection's id."""
    account_id = accounts.create(f"Company {company.number}", enablehr_id=f"{2000 + company.number}")
    actor = replace(OPERATOR, account_id=account_id)
    source = {
        "api_url": f"{company.url}/enablehr",
        "login_url": f"{company.url}/enablehr/login",
        "account_id": "1001",
    }
    connection_id = connections.create(
        actor, "", "enablehr", "ipayroll", source | PACE, {"url": f"{company.url}/ipayroll"} | PACE
    )
    for position, system in ((Position.SOURCE, "enablehr"), (Position.TARGET, "ipayroll")):
        connections.connect_side(actor, connection_id, position, _credentials(company, system))
    _schedule(actor, connection_id)
    return connection_id


def _credentials(company: Company, system: str) -> dict[str, Any]:
    tokens = company.grant(system)
    kept = {name: tokens.get(name) for name in ("access_token", "refresh_token", "scope", "token_type")}
    return kept | {"expires_at": (now() + timedelta(seconds=int(tokens["expires_in"]))).isoformat()}


def _schedule(actor: Actor, connection_id: int) -> None:
    schedules.create(actor, connection_id, Rule(Every.MINUTES, interval=1))
