"""What is done to the plant: each strike takes something away and says how it comes back."""

from __future__ import annotations

import signal
from collections.abc import Callable
from random import Random

from bench.chaos.cluster import LEASE_SECONDS, Plant
from bench.chaos.expected import Company
from bench.chaos.processes import Part

Undo = Callable[[], None]
# Strikes; returns what it did, what puts it right, and after how many seconds.
Strike = Callable[[Plant, Random], tuple[str, Undo, float]]


def _nothing() -> None:
    """Leave it: what was killed is started again anyway."""


def _busy(plant: Plant, chance: Random) -> Part | None:
    working = [worker for worker in plant.workers if worker.children()]
    return chance.choice(working) if working else None


def kill_child(plant: Plant, chance: Random) -> tuple[str, Undo, float]:
    """Kill the process that does a run; an idle plant loses a worker instead."""
    worker = _busy(plant, chance)
    children = worker.children() if worker else []
    if not children:
        return kill_worker(plant, chance)
    children[0].kill()
    return "child killed", _nothing, 0


def kill_scribe(plant: Plant, chance: Random) -> tuple[str, Undo, float]:
    """Kill the process that stores what a run does, and leave the run alone."""
    scribes = [scribe for worker in plant.workers for scribe in worker.grandchildren()]
    if not scribes:
        return kill_child(plant, chance)
    chance.choice(scribes).kill()
    return "scribe killed", _nothing, 0


def kill_worker(plant: Plant, chance: Random) -> tuple[str, Undo, float]:
    """Kill a worker, preferably one that works; its child dies with it."""
    (_busy(plant, chance) or chance.choice(plant.workers)).kill()
    return "worker killed", _nothing, 0


def stop_worker(plant: Plant, chance: Random) -> tuple[str, Undo, float]:
    """Ask a worker to stop, as a new release does."""
    (_busy(plant, chance) or chance.choice(plant.workers)).signal(signal.SIGTERM)
    return "worker asked to stop", _nothing, 0


def freeze_worker(plant: Plant, chance: Random) -> tuple[str, Undo, float]:
    """Stop a run's process past its lease, so that another worker takes the run before it wakes up."""
    worker = _busy(plant, chance) or chance.choice(plant.workers)
    wake = worker.freeze(family=chance.random() < 0.5, grandchildren=chance.random() < 0.5)
    return "worker frozen past its lease", wake, LEASE_SECONDS + chance.uniform(0.5, 3)


def kill_scheduler(plant: Plant, chance: Random) -> tuple[str, Undo, float]:
    """Kill one of the schedulers."""
    chance.choice(plant.schedulers).kill()
    return "scheduler killed", _nothing, 0


def kill_redis(plant: Plant, chance: Random) -> tuple[str, Undo, float]:
    """Kill Redis and let it rest for a while."""
    return "Redis killed", plant.kill_redis(), chance.uniform(0, 3)


def flush_redis(plant: Plant, chance: Random) -> tuple[str, Undo, float]:
    """Wipe everything out of Redis; one that is down already counts as wiped."""
    if plant.redis_rests:
        return kill_scheduler(plant, chance)
    plant.queue().flushall()
    return "Redis flushed", _nothing, 0


def disturb_store(plant: Plant, chance: Random) -> tuple[str, Undo, float]:
    """Take the store away for a while, also for longer than a lease."""
    if plant.store_rests:
        return kill_worker(plant, chance)
    what, restore = plant.store.disturb(chance)
    plant.store_rests = True

    def back() -> None:
        restore()
        plant.store_rests = False

    return what, back, chance.uniform(0.5, LEASE_SECONDS + 2)


def kill_sandbox(plant: Plant, chance: Random) -> tuple[str, Undo, float]:
    """Kill both systems of a company in the midst of whatever they do."""
    chance.choice(plant.sandboxes).kill()
    return "systems killed", _nothing, 0


STRIKES: tuple[tuple[Strike, int], ...] = (
    (kill_child, 4),
    (kill_scribe, 4),
    (kill_worker, 5),
    (stop_worker, 1),
    (freeze_worker, 3),
    (kill_scheduler, 2),
    (kill_redis, 2),
    (flush_redis, 2),
    (disturb_store, 3),
    (kill_sandbox, 1),
)


def strike(plant: Plant, chance: Random) -> tuple[str, Undo, float]:
    """Draw a strike and do it."""
    chosen = chance.choices([one for one, _ in STRIKES], [weight for _, weight in STRIKES])[0]
    return chosen(plant, chance)


def tease(company: Company, chance: Random) -> None:
    """Let the systems misbehave: answers lost after the work was done, errors that are none, cut connections, latency."""
    company.calm(chance.choice((5, 20, 40, 80)))
    trick = chance.choice(("answer_lost_next", "create_then_500", "reset_connection_next", "fail_next", ""))
    system = "ipayroll" if trick == "create_then_500" else chance.choice(("enablehr", "ipayroll"))
    if trick:
        narrowed = {"only_method": "POST"} if trick == "answer_lost_next" and system == "ipayroll" else {}
        company.switch(system, **{trick: chance.randint(1, 4)}, **narrowed)
