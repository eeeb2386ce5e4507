"""More faults: the store becomes read-only, the disk is full, clocks are wrong, websockets are cut."""

from __future__ import annotations

import resource
from collections.abc import Callable
from contextlib import suppress
from random import Random

import psutil
import psycopg

from bench.chaos import clock
from bench.chaos.cluster import LEASE_SECONDS, Cluster
from core.settings import settings

Undo = Callable[[], None]
# A fault as injected: its name, what undoes it, and after how many seconds.
Injected = tuple[str, Undo, float]

MOVES = ("+10h", "-1h", "+45d")
WRITABLE = "-c default_transaction_read_only=off"


def move_clock(cluster: Cluster, random: Random) -> Injected:
    """Set the clock of all workers and schedulers, and set it right after a while."""
    file = clock.file(cluster.folder)
    if not file.exists():
        return fill_disk(cluster, random)
    move = random.choice(MOVES)
    file.write_text(move)
    return f"clock moved by {move}", lambda: clock.set_right(file), random.uniform(1, 6)


def make_read_only(cluster: Cluster, random: Random) -> Injected:
    """Make PostgreSQL read-only, as after a failover: sessions opened meanwhile stay so. Fill the disk of SQLite."""
    address = settings().store_url()
    if not address.startswith("postgresql") or cluster.store_is_down:
        return fill_disk(cluster, random)
    plain = address.replace("+psycopg", "")
    database = plain.rsplit("/", 1)[1]

    def set_default(clause: str) -> None:
        with psycopg.connect(plain, options=WRITABLE, autocommit=True) as connection:
            connection.execute(f"ALTER DATABASE {database} {clause}".encode())

    set_default("SET default_transaction_read_only = on")
    with psycopg.connect(plain, options=WRITABLE, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    cluster.store_is_down = True

    def undo() -> None:
        set_default("RESET default_transaction_read_only")
        cluster.store_is_down = False

    return "store read-only", undo, random.uniform(1, LEASE_SECONDS + 3)


def fill_disk(cluster: Cluster, random: Random) -> Injected:
    """Let no file of a worker and the scheduler that leads grow beyond the store's, as on a full disk."""
    sizes = [file.stat().st_size for file in cluster.home.glob("ihub.db*")]
    limit = max([200_000, *sizes])
    pids = _pids(cluster)
    for pid in pids:
        _limit_files(pid, limit)
    return "disk full", lambda: _lift(cluster, pids), random.uniform(1, LEASE_SECONDS + 2)


def _lift(cluster: Cluster, pids: list[int]) -> None:
    for pid in {*pids, *_pids(cluster)}:  # children born meanwhile have the limit too
        _limit_files(pid, resource.RLIM_INFINITY)


def _pids(cluster: Cluster) -> list[int]:
    pids: list[int] = []
    for program in (*cluster.workers, *cluster.schedulers):
        with suppress(psutil.Error):
            pids += [process.pid for process in program.family()]
    return pids


def _limit_files(pid: int, size: int) -> None:
    with suppress(ProcessLookupError, PermissionError, ValueError):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def cut_websocket(cluster: Cluster, random: Random) -> Injected:
    """Cut the connections of the open page for a while; fill the disk when no page is open."""
    page = cluster.page
    if page is None:
        return fill_disk(cluster, random)
    name = page.cut(random, may_press=not cluster.store_is_down)
    return name, page.restore, random.uniform(0, 5)
