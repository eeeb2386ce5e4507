"""Measure how long the requests to one system wait."""

from __future__ import annotations

from connectors.contract.traffic import Traffic
from connectors.http.pacing import Clock


class Waiting:
    """Measures how long at least one request waits. Use as ``with``."""

    def __init__(self, traffic: Traffic, clock: Clock) -> None:
        self._traffic, self._clock = traffic, clock
        self._number, self._since = 0, 0.0

    def __enter__(self) -> None:
        """Begin to wait."""
        if not self._number:
            self._since = self._clock.time()
        self._number += 1

    def __exit__(self, *exc: object) -> None:
        """Wait no longer."""
        self._number -= 1
        if not self._number:
            self._traffic.waited += self._clock.time() - self._since
