"""Check everything that iHUB needs, and say how to fix what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from connectors import registry
from connectors.contract.errors import ConnectorError
from core import schema, store_errors, store_version
from core.clock import now
from core.connections import connections
from core.connections.connections import ConnectionView, SideView
from core.errors import HubError, StartError
from core.jobs import due_schedules, views
from core.models import SideState
from core.operations import key_rotation
from core.queue import health as queue_health
from core.queue import installation
from core.queue.redis_client import fast_client
from core.queue.routing import QUEUES
from core.security import key_files, vault
from core.security.actor import OPERATOR
from core.settings import settings
from core.sides import systems
from core.sign_in import setup_check

NOT_CURRENT = "The tables of the store are not up to date. Run `python -m core db upgrade`."
# A run that has waited longer for a worker needs more of them.
LONG_WAIT = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Finding:
    """One check; ``message`` says what was found and, if it is not well, what to do."""

    area: str
    well: bool
    message: str


def examine() -> list[Finding]:
    """Check the store, the keys, Redis, workers, scheduler, sign-in and each side of each connection."""
    store, keys, queue = _store(), _key_file(), list(_queue())
    usable = store.well and keys.well
    if usable:
        keys = _keys()
    sides = _sides() if usable and keys.well else ()
    overdue = _overdue_schedules() if usable else ()
    return [store, keys, *queue, *overdue, *_sign_in(), *_catalogue(), *sides]


def _overdue_schedules() -> Iterator[Finding]:
    """Find the schedules that the scheduler should have started."""
    for schedule_id, due_at in due_schedules.due_moments().items():
        if now() - due_at > views.OVERDUE:
            yield Finding(
                "schedules",
                False,
                f"Schedule {schedule_id} was due at {due_at:%Y-%m-%d %H:%M} UTC and was not started. It is tried again "
                "every minute; the log of the scheduler says why it fails.",
            )


def _catalogue() -> Iterator[Finding]:
    """Find system descriptions that cannot be used."""
    return (Finding("connectors", False, sentence) for sentence in registry.unusable_files())


def _store() -> Finding:
    try:
        if damage := schema.damage():
            return Finding("store", False, damage)
        if schema.is_current():
            return Finding("store", True, "The store responds and its tables are up to date.")
        return Finding("store", False, store_version.why_waiting() or NOT_CURRENT)
    except HubError as error:
        return Finding("store", False, str(error))
    except (SQLAlchemyError, OSError) as error:
        advice = "The store cannot be used. Check DATABASE_URL, or that the home folder is writable."
        return Finding("store", False, store_errors.explain(error) or advice)


def _key_file() -> Finding:
    try:
        vault.vault()
        if settings().keys is None and key_files.key_file().stat().st_mode & 0o077:
            path = key_files.key_file()
            return Finding(
                "keys", False, f"Other users can read the encryption keys. Run `chmod 600 {path}`."
            )
    except StartError as error:
        return Finding("keys", False, str(error))
    return Finding("keys", True, "The encryption keys are there.")


def _keys() -> Finding:
    try:
        key_rotation.check_keys()
    except StartError as error:
        return Finding("keys", False, str(error))
    return Finding("keys", True, "The encryption keys fit the store.")


def _queue() -> Iterator[Finding]:
    try:
        health = queue_health.health()
    except HubError as error:
        yield Finding("redis", False, str(error))
        return
    if not health.reachable:
        yield Finding(
            "redis",
            False,
            "Redis does not respond. Start iHUB (`make run`), or check the server of REDIS_URL.",
        )
        return
    yield Finding("redis", True, f"Redis responds; tasks waiting: {sum((health.waiting or {}).values())}.")
    yield from _redis_problems()
    yield _workers(health)
    yield from _long_queues()
    if health.scheduler:
        yield Finding("scheduler", True, "A scheduler is running.")
    else:
        yield Finding(
            "scheduler",
            False,
            "No scheduler is running, so schedules do not fire. Start `python scheduler.py`.",
        )


def _redis_problems() -> Iterator[Finding]:
    try:
        yield from (Finding("redis", False, each) for each in installation.problems(fast_client()))
    except (RedisError, OSError, SQLAlchemyError):  # what does not respond has a finding of its own
        return


def _long_queues() -> Iterator[Finding]:
    """Find the queues whose next task has waited for long: all workers that serve them are busy, or stuck."""
    for name in QUEUES:
        try:
            since = queue_health.next_enqueued_at(name)
        except (RedisError, OSError):  # it has just gone; the next call says so
            return
        if since is not None and now() - since > LONG_WAIT:
            minutes = int((now() - since).total_seconds() // 60)
            yield Finding(
                "queue",
                False,
                f"The next task of the queue {name} has waited for {minutes} minutes. Start more workers: "
                f"`python worker.py {name}`.",
            )


def _workers(health: queue_health.Health) -> Finding:
    if not health.workers:
        return Finding(
            "workers", False, "No worker is running, so runs stay queued. Start `python worker.py`."
        )
    if health.unserved:
        queues = ", ".join(health.unserved)
        return Finding("workers", False, f"No worker serves {queues}. Start `python worker.py` for it.")
    return Finding("workers", True, f"Workers running: {health.workers}.")


def _sign_in() -> Iterator[Finding]:
    for sentence in setup_check.problems():
        yield Finding("sign-in", False, sentence)


def _sides() -> Iterator[Finding]:
    for connection in connections.list_connections(OPERATOR):
        yield _side(connection, connection.source)
        yield _side(connection, connection.target)


def _side(connection: ConnectionView, side: SideView) -> Finding:
    area = f"connection {connection.id} {side.position.value.lower()}"
    if side.state is SideState.NOT_CONNECTED:
        return Finding(area, True, f"{side.system} is not connected yet.")
    if side.state is SideState.NEEDS_RECONNECT:
        return Finding(area, False, side.state_reason or f"{side.system} needs to be reconnected.")
    try:
        organisation = systems.check_system(systems.system_by_side_id(side.id), side.position)
    except (ConnectorError, HubError) as error:
        return Finding(area, False, str(error))
    if None not in (organisation.id, side.organisation_id) and organisation.id != side.organisation_id:
        return Finding(
            area,
            False,
            f"{side.system} now opens another organisation. Reconnect {side.organisation_name}.",
        )
    return Finding(area, True, f"{side.system} accepts the sign-in ({side.organisation_name}).")
