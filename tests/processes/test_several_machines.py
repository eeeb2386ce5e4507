"""Two of each process behind nginx, on PostgreSQL with a copy and Redis with sentinels: each is killed in turn.

No run is lost or done twice, nobody is created twice, and pages are back within 30 seconds.
"""

from __future__ import annotations

import os
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import psutil
import pytest
import requests
from sqlalchemy import create_engine, select, text

from bench.chaos.cluster import SHORT_INTERVALS
from bench.chaos.sandboxes.customer import SandboxCustomer
from bench.web import company
from core import schema
from core.accounts import accounts
from core.db import reading
from core.jobs import schedules, start
from core.jobs.recurrence import Rule
from core.models import Every, Run, RunStatus
from core.queue.health import health
from core.security import key_files
from core.security.actor import OPERATOR
from core.store_errors import OUTAGES
from harness import fork_server, nginx, postgres
from harness.fork_server import Forked
from harness.launched import eventually
from harness.redis_sentinel import RedisWithSentinels
from tests.conftest import forget_settings

BACK_SECONDS = 30
EMPLOYEES, HIRED = 30, 3
LATENCY_MILLISECONDS = 100
# What is killed in `make test`; `make proofs` sets EACH_IN_TURN and kills each process.
SOME = ("web1", "worker1")


class Machines:
    """All processes of one iHUB, as they would run on two machines."""

    def __init__(self, folder: Path, sandbox_url: str, programs: Path) -> None:
        """Start everything, and connect an account with a schedule."""
        self.sandbox_url = sandbox_url
        self.folder, self.url = folder, f"https://localhost:{postgres.free_port()}"
        self.redis = RedisWithSentinels(folder / "redis")
        self.primary = postgres.Server(programs)
        self.primary.start()
        self.copy = postgres.Server(programs, self.primary)
        self.copy.start()
        self._replicate()
        self._set_environment(folder / "home")
        schema.upgrade()
        self.web_ports = postgres.free_port(), postgres.free_port()
        self.programs: dict[str, Forked] = {}
        self.start_missing()
        main = nginx.write(folder / "nginx", int(self.url.rpartition(":")[2]), self.web_ports)
        self.nginx = nginx.start(main)
        actor = replace(OPERATOR, account_id=accounts.create("Harbour Foods"))
        self.customer = SandboxCustomer(1, sandbox_url, 1)
        self.connection_id = self.customer.connect(actor)
        schedules.create(actor, self.connection_id, Rule(Every.MINUTES, interval=1))

    def _replicate(self) -> None:
        """Let nothing count as stored before the copy has it."""
        engine = create_engine(f"{self.primary.address}/postgres", isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text("ALTER SYSTEM SET synchronous_standby_names = '*'"))
            connection.execute(text("SELECT pg_reload_conf()"))
        engine.dispose()

    def _set_environment(self, home: Path) -> None:
        home.mkdir()
        hosts = "&".join(f"host=127.0.0.1:{each.port}" for each in (self.primary, self.copy))
        os.environ |= SHORT_INTERVALS | {
            "IHUB_HOME": str(home),
            "IHUB_URL": self.url,
            "IHUB_TRUSTED_PROXIES": "127.0.0.1",
            "DATABASE_URL": f"postgresql://ihub@/postgres?{hosts}&target_session_attrs=read-write",
            "REDIS_URL": self.redis.url,
            "FORWARDED_ALLOW_IPS": "",
        }
        forget_settings()
        key_files.write_keys([key_files.new_key()])

    def start_missing(self) -> None:
        """Start what does not run, as systemd would."""
        commands = {f"worker{number}": ["worker.py"] for number in (1, 2)}
        commands |= {f"scheduler{number}": ["scheduler.py"] for number in (1, 2)}
        for number, port in enumerate(self.web_ports, 1):
            commands[f"web{number}"] = f"-m streamlit run Home.py --server.port {port}".split()
        for name, words in commands.items():
            if name not in self.programs or self.programs[name].poll() is not None:
                with (self.folder / f"{name}.log").open("ab") as log:
                    self.programs[name] = fork_server.start(words, os.environ, log, log)

    def kill(self, name: str) -> None:
        """Kill a process with its children."""
        process = psutil.Process(self.programs[name].pid)
        for each in (*process.children(recursive=True), process):
            with suppress(psutil.NoSuchProcess):
                each.kill()
        self.programs[name].wait(10)

    def fail_over_store(self) -> None:
        """Kill the primary of the store and let the copy take over."""
        self.primary.kill()
        self.copy.promote()

    def is_served(self) -> bool:
        """Say whether a web process behind nginx can read and write the store."""
        with suppress(OSError):
            certificate = str(self.folder / "nginx" / "ihub.crt")
            return requests.get(f"{self.url}/healthz", timeout=3, verify=certificate).ok
        return False

    def close(self) -> None:
        """Kill everything."""
        for name in self.programs:
            if self.programs[name].poll() is None:
                self.kill(name)
        with suppress(AttributeError):
            self.nginx.kill()
            self.nginx.wait()
        self.redis.close()
        for server in (self.primary, self.copy):
            server.delete()


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[Machines]:
    programs = postgres.binaries()
    if programs is None or nginx.program() is None:
        pytest.skip("nginx or PostgreSQL is not installed and could not be: apt-get install nginx postgresql")
    before = dict(os.environ)
    with ExitStack() as stack:
        [sandbox] = stack.enter_context(company.sandboxes(tmp_path, 1, EMPLOYEES))
        running = Machines(tmp_path, sandbox, programs)
        stack.callback(forget_settings)
        stack.callback(os.environ.update, before)
        stack.callback(os.environ.clear)
        stack.callback(running.close)
        yield running


def test_whatever_is_killed_runs_end_once_and_pages_come_back(machines: Machines) -> None:
    # Six processes of Python start at once, beside other tests.
    eventually(
        lambda: machines.is_served() and health().workers == 2 and health().scheduler, "all is up", 180
    )
    requested = [run_to_the_end(machines)]
    switches = {
        "enablehr": {"latency_ms": LATENCY_MILLISECONDS},
        "ipayroll": {"latency_ms": LATENCY_MILLISECONDS},
    }
    requests.post(f"{machines.sandbox_url}/control/switches", json=switches, timeout=30).raise_for_status()
    everything = bool(os.environ.get("EACH_IN_TURN"))
    for name, kill in kills(machines, sorted(machines.programs) if everything else SOME).items():
        machines.customer.hire(HIRED)
        run_id = start.run_now(OPERATOR, machines.connection_id)
        eventually(lambda run_id=run_id: status(run_id) is not RunStatus.QUEUED, f"run {run_id} has begun")  # type: ignore[misc]
        kill()
        eventually(machines.is_served, f"pages are back after {name} was killed", BACK_SECONDS)
        eventually(lambda run_id=run_id: ended(run_id), f"run {run_id} ends after {name} was killed")  # type: ignore[misc]
        requested.append(run_id)
        if everything:
            machines.start_missing()
    requested.append(run_to_the_end(machines))
    check(machines, requested)


def kills(machines: Machines, names: Sequence[str]) -> dict[str, Callable[[], None]]:
    """Return what kills each of some processes, and then the primaries of Redis and PostgreSQL."""
    each: dict[str, Callable[[], None]] = {name: partial(machines.kill, name) for name in names}
    return each | {"Redis": machines.redis.kill_primary, "PostgreSQL": machines.fail_over_store}


def run_to_the_end(machines: Machines) -> int:
    run_id = start.run_now(OPERATOR, machines.connection_id)
    eventually(lambda: ended(run_id), f"run {run_id} ends")
    return run_id


def status(run_id: int) -> RunStatus:
    """Return where a run stands; QUEUED also while the store is away."""
    with suppress(*OUTAGES), reading() as session:
        return session.get_one(Run, run_id).status
    return RunStatus.QUEUED


def ended(run_id: int) -> bool:
    return status(run_id).ended


def check(machines: Machines, requested: list[int]) -> None:
    """Compare what the store and the target hold."""
    with reading() as session:
        runs = {run.id: run for run in session.scalars(select(Run))}
    assert set(requested) <= set(runs)
    assert {runs[run_id].status for run_id in requested} <= {RunStatus.COMPLETE, RunStatus.ERROR}
    due = Counter((run.schedule_id, run.due_at) for run in runs.values() if run.due_at is not None)
    assert set(due.values()) <= {1}
    created = machines.customer.created_per_employee()
    assert set(created.values()) == {1}
    held = {entry.number for entry in machines.customer.payroll()}
    assert set(machines.customer.expected) <= held and len(held) == len(created)


def test_nginx_accepts_the_configuration(tmp_path: Path) -> None:
    if nginx.program() is None:
        pytest.skip("nginx is not installed and could not be: apt-get install nginx")
    main = nginx.write(tmp_path / "nginx", 8443, (8501, 8502))
    done = subprocess.run(
        [nginx.program() or "", "-t", "-c", str(main)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
