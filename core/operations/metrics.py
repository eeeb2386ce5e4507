"""What Prometheus reads: the queue, runs, records, requests, schedules and processes, without anything about employees.

Numbers of now come from the store and Redis; totals from Redis (core/measuring/totals.py). What does not respond is
left out, and ``ihub_store_up`` or ``ihub_redis_up`` is 0.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric, SummaryMetricFamily
from prometheus_client.registry import Collector
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from sqlalchemy import func, select

from core.clock import now
from core.db import reading
from core.errors import HubError
from core.jobs import due_schedules
from core.measuring import totals
from core.models import Run, RunStatus
from core.queue import health as queue_health
from core.queue.run_order import is_unfinished
from core.runs import lease
from core.store_errors import OUTAGES

CACHE_SECONDS = 5.0
# The totals of core/measuring/totals.py: name there, name for Prometheus, label, description.
TOTALS = (
    ("runs", "ihub_runs_ended_total", "status", "Runs that have ended, by status."),
    ("records", "ihub_records_total", "outcome", "Employees that ended runs have read, by outcome."),
    ("requests", "ihub_requests_total", "system", "Requests sent to a system by ended runs."),
    ("refused", "ihub_requests_refused_total", "system", "Requests that a system had too many of (429)."),
    (
        "waited",
        "ihub_request_wait_seconds_total",
        "system",
        "Seconds for which requests to a system had to wait.",
    ),
    (
        totals.LEASE_LOSSES,
        "ihub_lease_losses_total",
        None,
        "Workers that found their run passed to another one.",
    ),
    ("resumptions", "ihub_run_resumptions_total", None, "How often ended runs were resumed by a worker."),
)


class StoreAndRedis(Collector):
    """Reads the store and Redis at each scrape."""

    def describe(self) -> Iterable[Metric]:
        """Return nothing, so that registering reads nothing."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Return all metrics that can be read now."""
        yield from _readable("store", _from_store)
        yield from _readable("redis", _from_redis)


class Page:
    """The text for Prometheus, read again when it is older than some seconds."""

    def __init__(self) -> None:
        """Read at the first question."""
        self._lock = threading.Lock()
        self._registry = CollectorRegistry()
        self._registry.register(StoreAndRedis())
        self.forget()

    def forget(self) -> None:
        """Read again at the next question."""
        self._text, self._until = b"", float("-inf")

    def text(self) -> bytes:
        """Return the metrics in the text format of Prometheus."""
        with self._lock:
            if time.monotonic() >= self._until:
                self._text = generate_latest(self._registry)
                self._until = time.monotonic() + CACHE_SECONDS
            return self._text


page = Page()


def _readable(name: str, read: Callable[[], list[Metric]]) -> Iterator[Metric]:
    try:
        found = read()
    except (HubError, RedisError, OSError, *OUTAGES):
        found = None
    yield _gauge(f"ihub_{name}_up", f"1 while {name} responds, 0 otherwise.", found is not None)
    yield from found or ()


def _from_store() -> list[Metric]:
    moment = now()
    by_status = select(Run.status, func.count().label("number")).where(is_unfinished()).group_by(Run.status)
    oldest = select(func.min(Run.created_at)).where(Run.status == RunStatus.QUEUED, is_unfinished())
    with reading() as session:
        counts = {row.status: row.number for row in session.execute(by_status)}
        waits_since = session.scalar(oldest)
    runs = GaugeMetricFamily("ihub_runs", "Runs that wait or are running, by status.", labels=["status"])
    for status in RunStatus.unfinished():
        runs.add_metric([status.value], counts.get(status, 0))
    overdue = due_schedules.overdue(moment)
    return [
        runs,
        _gauge("ihub_run_oldest_wait_seconds", "Age of the oldest waiting run.", _age(waits_since)),
        _gauge("ihub_runs_abandoned", "Running runs whose lease has expired.", lease.count_expired()),
        _gauge("ihub_schedules_overdue", "Schedules that should have started a run.", overdue.number),
        _gauge("ihub_schedule_lag_seconds", "How late the latest of them is.", _age(overdue.oldest)),
    ]


def _from_redis() -> list[Metric]:
    state = queue_health.health()
    if not state.reachable:
        raise RedisConnectionError("Redis does not respond.")
    tasks = GaugeMetricFamily("ihub_queue_tasks", "Tasks that wait, by queue.", labels=["queue"])
    ages = GaugeMetricFamily(
        "ihub_queue_age_seconds", "For how long the next task of a queue has waited.", labels=["queue"]
    )
    for name, number in (state.waiting or {}).items():
        tasks.add_metric([name], number)
        ages.add_metric([name], _age(queue_health.next_enqueued_at(name)))
    return [
        tasks,
        ages,
        _gauge("ihub_workers", "Workers that are alive.", state.workers),
        _gauge("ihub_scheduler_leader", "1 while a scheduler leads, 0 otherwise.", state.scheduler),
        *_totals(totals.load()),
    ]


def _totals(found: Mapping[str, float]) -> Iterator[Metric]:
    for kind, name, label, description in TOTALS:
        family = CounterMetricFamily(name, description, labels=[label] if label else [])
        for key, value in found.items():
            about, _, labelled = key.partition(":")
            if about == kind:
                family.add_metric([labelled] if label else [], value)
        if not label and kind not in found:
            family.add_metric([], 0)
        yield family
    delay = SummaryMetricFamily(
        "ihub_schedule_delay_seconds", "How long after they were due scheduled runs have started."
    )
    delay.add_metric([], count_value=int(found.get("delayed", 0)), sum_value=found.get("delay", 0))
    yield delay


def _gauge(name: str, description: str, value: float) -> Metric:
    return GaugeMetricFamily(name, description, value=float(value))


def _age(since: datetime | None) -> float:
    return 0.0 if since is None else max(0.0, (now() - since).total_seconds())
