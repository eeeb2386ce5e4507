"""A whole iHUB as processes: sandboxes, Redis, workers and schedulers, restarted whenever they are killed."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from redis import Redis

from bench.chaos import clock
from bench.chaos.customer import Customer
from bench.chaos.processes import ManagedProcess
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
SHORT_INTERVALS = {
    "IHUB_LEASE_SECONDS": str(LEASE_SECONDS),
    "IHUB_RECONCILE_SECONDS": "1",
    "IHUB_SCHEDULE_TICK_SECONDS": "0.2",
}
PATIENCE_SECONDS = 60
UNLIMITED = {"requests_per_second": 1000.0}


class Cluster:
    """Everything of one iHUB, and the customers that use it."""

    def __init__(self, folder: Path, store: str, seed: int, customers: int, workers: int) -> None:
        """Make the home folder and the store; only a PostgreSQL server runs yet."""
        self.folder, self.home = folder, folder / "home"
        self.home.mkdir(mode=0o700)
        self.store: Store = SqliteStore(self.home) if store == "sqlite" else PostgresStore()
        self._set_environment()
        key_files.write_keys([key_files.new_key()])
        schema.upgrade()
        self._redis: subprocess.Popen[bytes] | None = None
        self.redis_is_down = self.store_is_down = False
        moved = clock.environment(folder)
        self.workers = [self._process(f"worker{number}", ["worker.py"], moved) for number in range(workers)]
        self.schedulers = [
            self._process(f"scheduler{number}", ["scheduler.py"], moved) for number in range(2)
        ]
        self._ports = [free_port() for _ in range(customers)]
        self.sandboxes = [self._sandbox(number, seed) for number in range(customers)]
        self._seed = seed
        # The customers by the id of their connection.
        self.customers: dict[int, Customer] = {}

    def _set_environment(self) -> None:
        for name in ("DATABASE_URL", "REDIS_URL", "IHUB_KEYS"):
            os.environ.pop(name, None)
        os.environ |= (
            {"IHUB_HOME": str(self.home), "IHUB_DEMO": "1", "TZ": "UTC"}
            | SHORT_INTERVALS
            | self.store.environment
        )
        db.forget_engine()
        settings.settings.cache_clear()
        vault.vault.cache_clear()

    def _process(
        self, name: str, command: list[str], more: Mapping[str, str] = MappingProxyType({})
    ) -> ManagedProcess:
        environment = os.environ | {"PYTHONUNBUFFERED": "1", **more}
        return ManagedProcess(name, command, environment, self.folder / f"{name}.log")

    def _sandbox(self, number: int, seed: int) -> ManagedProcess:
        state, own_seed = self.folder / f"sandbox{number}.db", seed * 10 + number
        command = [
            "-m",
            "sandbox",
            "--port",
            self._ports[number],
            "--state",
            state,
            "--seed",
            own_seed,
            "--employees",
            80,
        ]
        return self._process(f"sandbox{number}", [str(word) for word in command])

    def start(self) -> None:
        """Start everything, and connect each customer with a schedule that fires every minute."""
        self.restart_ended()
        for number, port in enumerate(self._ports):
            customer = _retry(partial(Customer, number, f"http://127.0.0.1:{port}", self._seed * 10 + number))
            self.customers[_connect(customer)] = customer

    def restart_ended(self) -> None:
        """Restart what has ended, except Redis while it is meant to be down."""
        if not self.redis_is_down and (self._redis is None or self._redis.poll() is not None):
            _, self._redis = redis_server.ensure(self.home)
        for process in (*self.sandboxes, *self.workers, *self.schedulers):
            process.ensure_running()

    def kill_redis(self) -> Callable[[], None]:
        """Kill Redis; return what allows it to be restarted."""
        if self._redis is not None:
            self._redis.kill()
            self._redis.wait()
        self.redis_is_down = True
        return lambda: setattr(self, "redis_is_down", False)

    def queue(self) -> Redis:
        """Return a connection to Redis."""
        return redis_client.fast_client()

    def stop(self) -> None:
        """Kill everything that is left."""
        for process in (*self.schedulers, *self.workers, *self.sandboxes):
            process.kill()
        if self._redis is not None:
            self._redis.kill()
            self._redis.wait()
        db.engine().dispose()
        self.store.close()

    def request_run(self, connection_id: int) -> int:
        """Request a manual run. Raises ConflictError while one is running."""
        return job_start.run_now(OPERATOR, connection_id)


def _retry(call: Callable[[], Customer]) -> Customer:
    """Call until the sandbox answers."""
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        with suppress(OSError):
            return call()
        if time.monotonic() > until:
            raise SystemExit("A sandbox did not start.")
        time.sleep(0.1)


def _connect(customer: Customer) -> int:
    """Make the account of a customer with its Active connection and a schedule; return the connection's id."""
    account_id = accounts.create(f"Customer {customer.number}", enablehr_id=f"{2000 + customer.number}")
    actor = replace(OPERATOR, account_id=account_id)
    source = {
        "api_url": f"{customer.url}/enablehr",
        "login_url": f"{customer.url}/enablehr/login",
        "account_id": "1001",
    }
    connection_id = connections.create(
        actor, "", "enablehr", "ipayroll", source | UNLIMITED, {"url": f"{customer.url}/ipayroll"} | UNLIMITED
    )
    for position, system in ((Position.SOURCE, "enablehr"), (Position.TARGET, "ipayroll")):
        connections.connect_side(actor, connection_id, position, _credentials(customer, system))
    _schedule(actor, connection_id)
    return connection_id


def _credentials(customer: Customer, system: str) -> dict[str, Any]:
    tokens = customer.grant(system)
    stored = {name: tokens.get(name) for name in ("access_token", "refresh_token", "scope", "token_type")}
    return stored | {"expires_at": (now() + timedelta(seconds=int(tokens["expires_in"]))).isoformat()}


def _schedule(actor: Actor, connection_id: int) -> None:
    schedules.create(actor, connection_id, Rule(Every.MINUTES, interval=1))
