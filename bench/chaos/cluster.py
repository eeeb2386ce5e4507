"""A whole iHUB as processes: its systems, Redis, workers and schedulers, restarted whenever they are killed."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from redis import Redis

from bench import systems as descriptions
from bench.chaos import clock
from bench.chaos.customer import Customer, Systems
from bench.chaos.open_page import OpenPage
from bench.chaos.processes import ManagedProcess
from bench.chaos.stores import PostgresStore, SqliteStore, Store
from connectors import registry
from core import db, schema, settings
from core.accounts import accounts
from core.jobs import schedules
from core.jobs import start as job_start
from core.jobs.recurrence import Rule
from core.models import Every
from core.queue import redis_client, redis_server
from core.security import key_files, vault
from core.security.actor import OPERATOR

LEASE_SECONDS = 3
SHORT_INTERVALS = {
    "IHUB_LEASE_SECONDS": str(LEASE_SECONDS),
    "IHUB_RECONCILE_SECONDS": "1",
    "IHUB_SCHEDULE_TICK_SECONDS": "0.2",
}


class Cluster:
    """Everything of one iHUB, and the customers that use it."""

    def __init__(self, folder: Path, store: str, systems: Sequence[Systems]) -> None:
        """Make the home folder and the store, for customers with the given systems; only a PostgreSQL server runs yet.

        There is a worker for each customer.
        """
        self.folder, self.home = folder, folder / "home"
        (self.home / "systems").mkdir(mode=0o700, parents=True)
        descriptions.write(self.home / "systems")
        self.store: Store = SqliteStore(self.home) if store == "sqlite" else PostgresStore()
        self._set_environment()
        key_files.write_keys([key_files.new_key()])
        schema.upgrade()
        self._redis: subprocess.Popen[bytes] | None = None
        self.redis_is_down = self.store_is_down = False
        moved = clock.environment(folder)
        self.workers = [
            self._process(f"worker{number}", ["worker.py"], moved) for number in range(len(systems))
        ]
        self.schedulers = [
            self._process(f"scheduler{number}", ["scheduler.py"], moved) for number in range(2)
        ]
        self._systems = systems
        self.programs = [
            self._process(name, command)
            for each in systems
            for name, command in each.programs(folder).items()
        ]
        # The customers by the id of their connection.
        self.customers: dict[int, Customer] = {}
        self.page: OpenPage | None = None
        self.page_connection_id: int | None = None

    def _set_environment(self) -> None:
        for name in ("DATABASE_URL", "REDIS_URL", "IHUB_KEYS"):
            os.environ.pop(name, None)
        os.environ |= (
            {"IHUB_HOME": str(self.home), "IHUB_CONNECTORS": str(self.home / "systems")}
            | {"IHUB_DEMO": "1", "TZ": "UTC"}
            | SHORT_INTERVALS
            | self.store.environment
        )
        db.forget_engine()
        settings.settings.cache_clear()
        vault.vault.cache_clear()
        registry.reload()

    def _process(
        self, name: str, command: list[str], more: Mapping[str, str] = MappingProxyType({})
    ) -> ManagedProcess:
        environment = os.environ | {"PYTHONUNBUFFERED": "1", **more}
        return ManagedProcess(name, command, environment, self.folder / f"{name}.log")

    def start(self) -> None:
        """Start everything, and connect each customer with a schedule that fires every minute."""
        self.restart_ended()
        for each in self._systems:
            customer = each.customer()
            self.customers[_connect(customer)] = customer

    def open_page(self) -> None:
        """Open Jobs of the first customer in a browser."""
        self.page_connection_id = min(self.customers)
        self.page = OpenPage(self._process, self.page_connection_id)

    def restart_ended(self) -> None:
        """Restart what has ended, except Redis while it is meant to be down."""
        if not self.redis_is_down and (self._redis is None or self._redis.poll() is not None):
            _, self._redis = redis_server.ensure(self.home)
        for process in (*self.programs, *self.workers, *self.schedulers):
            process.ensure_running()
        if self.page is not None:
            self.page.web.ensure_running()

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
        if self.page is not None:
            self.page.close()
        for process in (*self.schedulers, *self.workers, *self.programs):
            process.kill()
        if self._redis is not None:
            self._redis.kill()
            self._redis.wait()
        db.engine().dispose()
        self.store.close()

    def request_run(self, connection_id: int) -> int:
        """Request a manual run. It waits while one is running."""
        return job_start.run_now(OPERATOR, connection_id)


def _connect(customer: Customer) -> int:
    """Make the account of a customer with its connection and a schedule; return the connection's id."""
    account_id = accounts.create(f"Customer {customer.number}", enablehr_id=f"{2000 + customer.number}")
    actor = replace(OPERATOR, account_id=account_id)
    connection_id = customer.connect(actor)
    schedules.create(actor, connection_id, Rule(Every.MINUTES, interval=1))
    return connection_id
