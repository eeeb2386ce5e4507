"""Tell one employee at whom a system always fails from a system that is down."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from connectors.contract.errors import TemporaryError

# After so many employees in a row at whom a system failed, it counts as down.
IN_A_ROW = 5

T = TypeVar("T")
D = TypeVar("D")


class CircuitBreaker:
    """Counts the failures of one system."""

    def __init__(self) -> None:
        """Begin with none."""
        self._failures = 0

    async def past(self, asking: Awaitable[T], otherwise: Callable[[TemporaryError], D]) -> T | D:
        """Return the system's answer, or what stands in for one where it fails. Raises TemporaryError when it counts as down."""
        try:
            answer = await asking
        except TemporaryError as error:
            self._failures += 1
            if self._failures >= IN_A_ROW:
                raise
            return otherwise(error)
        self._failures = 0
        return answer
