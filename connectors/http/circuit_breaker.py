"""Decide whether a system fails only for single employees or is down."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from connectors.contract.errors import TemporaryError

# A system that fails for this number of employees in a row counts as down.
FAILURES_IN_A_ROW = 5

T = TypeVar("T")
D = TypeVar("D")


class CircuitBreaker:
    """Counts the failures of one system since its last success."""

    def __init__(self) -> None:
        self._failures = 0

    async def call(self, request: Awaitable[T], fallback: Callable[[TemporaryError], D]) -> T | D:
        """Return the response, or the fallback where the system fails. Raises TemporaryError once it counts as down."""
        try:
            response = await request
        except TemporaryError as error:
            self._failures += 1
            if self._failures >= FAILURES_IN_A_ROW:
                raise
            return fallback(error)
        self._failures = 0
        return response
