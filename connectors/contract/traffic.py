"""What a system was asked in one run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Traffic:
    """What was sent to one system. Times in seconds.

    ``waited`` is how long at least one request stood waiting: for its turn, or because the system asked for a pause or
    failed. ``refused`` are the requests that the system had too many of.
    """

    calls: int = 0
    refused: int = 0
    waited: float = 0.0
    slowest: float = 0.0

    def count(self, seconds: float, *, too_many: bool) -> None:
        """Count a request that took some seconds, and that the system may have had too many of."""
        self.calls += 1
        self.refused += too_many
        self.slowest = max(self.slowest, seconds)

    def __add__(self, other: Traffic) -> Traffic:
        """Return both together."""
        return Traffic(
            self.calls + other.calls,
            self.refused + other.refused,
            self.waited + other.waited,
            max(self.slowest, other.slowest),
        )
