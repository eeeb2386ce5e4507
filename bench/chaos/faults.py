"""The faults: each takes something away from the cluster, and says how it is undone."""

from __future__ import annotations

import signal
from collections.abc import Callable
from random import Random

from bench.chaos import outages
from bench.chaos.cluster import LEASE_SECONDS, Cluster
from bench.chaos.processes import ManagedProcess

Undo = Callable[[], None]
# A fault as injected: its name, what undoes it, and after how many seconds.
Injected = tuple[str, Undo, float]
Fault = Callable[[Cluster, Random], Injected]


def _undo_nothing() -> None:
    """Do nothing: killed processes are restarted anyway."""


def _busy_worker(cluster: Cluster, random: Random) -> ManagedProcess | None:
    busy = [worker for worker in cluster.workers if worker.children()]
    return random.choice(busy) if busy else None


def kill_run(cluster: Cluster, random: Random) -> Injected:
    """Kill the process of a run; kill a worker when there is no run."""
    worker = _busy_worker(cluster, random)
    children = worker.children() if worker else []
    if not children:
        return kill_worker(cluster, random)
    children[0].kill()
    return "run killed", _undo_nothing, 0


def kill_worker(cluster: Cluster, random: Random) -> Injected:
    """Kill a worker, preferably a busy one; its run dies with it."""
    (_busy_worker(cluster, random) or random.choice(cluster.workers)).kill()
    return "worker killed", _undo_nothing, 0


def stop_worker(cluster: Cluster, random: Random) -> Injected:
    """Ask a worker to stop, as a new release does."""
    (_busy_worker(cluster, random) or random.choice(cluster.workers)).signal(signal.SIGTERM)
    return "worker asked to stop", _undo_nothing, 0


def freeze_worker(cluster: Cluster, random: Random) -> Injected:
    """Freeze a run past its lease, so that another worker takes the run over before it wakes up."""
    worker = _busy_worker(cluster, random) or random.choice(cluster.workers)
    wake = worker.freeze(itself=random.random() < 0.5)
    return "worker frozen past its lease", wake, LEASE_SECONDS + random.uniform(0.5, 3)


def kill_scheduler(cluster: Cluster, random: Random) -> Injected:
    """Kill one of the schedulers."""
    random.choice(cluster.schedulers).kill()
    return "scheduler killed", _undo_nothing, 0


def kill_redis(cluster: Cluster, random: Random) -> Injected:
    """Kill Redis and keep it down for a while."""
    return "Redis killed", cluster.kill_redis(), random.uniform(0, 3)


def flush_redis(cluster: Cluster, random: Random) -> Injected:
    """Delete everything in Redis; kill a scheduler when Redis is down."""
    if cluster.redis_is_down:
        return kill_scheduler(cluster, random)
    cluster.queue().flushall()
    return "Redis flushed", _undo_nothing, 0


def disturb_store(cluster: Cluster, random: Random) -> Injected:
    """Take the store away for a while, sometimes for longer than a lease."""
    if cluster.store_is_down:
        return kill_worker(cluster, random)
    name, restore = cluster.store.disturb(random)
    cluster.store_is_down = True

    def undo() -> None:
        restore()
        cluster.store_is_down = False

    return name, undo, random.uniform(0.5, LEASE_SECONDS + 2)


def kill_system(cluster: Cluster, random: Random) -> Injected:
    """Kill a system of a customer; the sandbox is both systems."""
    random.choice(cluster.programs).kill()
    return "system killed", _undo_nothing, 0


Faults = tuple[tuple[Fault, int], ...]
KILLS: Faults = (
    (kill_run, 8),
    (kill_worker, 5),
    (stop_worker, 1),
    (freeze_worker, 3),
    (kill_scheduler, 2),
    (kill_redis, 2),
    (flush_redis, 2),
    (disturb_store, 3),
    (kill_system, 1),
)
OUTAGES: Faults = (
    (outages.move_clock, 2),
    (outages.make_read_only, 2),
    (outages.fill_disk, 1),
    (outages.cut_websocket, 4),
)
# What can be chosen on the command line, with how often each fault is injected.
FAULTS: dict[str, Faults] = {"kills": KILLS, "outages": OUTAGES, "all": KILLS + OUTAGES}


def inject(chosen: Faults, cluster: Cluster, random: Random) -> Injected:
    """Choose a fault by weight and inject it."""
    faults, weights = zip(*chosen, strict=True)
    fault: Fault = random.choices(faults, weights)[0]
    return fault(cluster, random)
