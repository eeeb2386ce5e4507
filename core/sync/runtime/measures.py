"""Measure how long the phases of a run take, and what it asks of both systems."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from time import monotonic
from typing import Any, Literal

from sqlalchemy import select

from connectors.contract.capabilities import CountsRequests
from connectors.contract.traffic import Traffic
from core.db import reading
from core.models import Run

PhaseName = Literal["reading", "writing"]
SideName = Literal["source", "target"]


class Measures:
    """The measures of one run, over all its attempts. Times are in seconds."""

    def __init__(self, before: Mapping[str, Any] | None = None) -> None:
        """Continue from what earlier attempts have stored."""
        stored = before or {}
        self._before = {name: Traffic(**stored[name]) for name in ("source", "target") if name in stored}
        self._systems: dict[str, CountsRequests] = {}
        self._seconds: dict[str, float] = dict(stored.get("seconds") or {})
        self._open: tuple[str, float] | None = None

    @contextmanager
    def phase(self, name: PhaseName) -> Iterator[None]:
        """Measure a phase."""
        self._open = (name, monotonic())
        try:
            yield
        finally:
            self._seconds, self._open = self._seconds_now(), None

    def watch(self, side: SideName, system: object) -> None:
        """Take a system that has been opened."""
        if isinstance(system, CountsRequests):
            self._systems[side] = system

    def snapshot(self) -> dict[str, Any]:
        """Return what was measured so far, as JSON. May be called from another thread."""
        traffic = dict(self._before)
        for side, system in list(self._systems.items()):
            traffic[side] = traffic.get(side, Traffic()) + system.traffic
        return {"seconds": self._seconds_now()} | {side: asdict(asked) for side, asked in traffic.items()}

    def _seconds_now(self) -> dict[str, float]:
        seconds, opened = dict(self._seconds), self._open
        if opened is not None:
            name, since = opened
            seconds[name] = seconds.get(name, 0.0) + monotonic() - since
        return seconds


def load(run_id: int) -> Measures:
    """Return the measures of a run that another worker has begun."""
    with reading() as session:
        return Measures(session.scalar(select(Run.measures).where(Run.id == run_id)))
