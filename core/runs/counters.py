"""What a run has counted so far."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Counters:
    """How many employees were read and what became of them."""

    read: int = 0
    unchanged: int = 0
    filtered: int = 0
    held: int = 0
    created: int = 0
    updated: int = 0
    terminated: int = 0
    errors: int = 0

    @property
    def written(self) -> int:
        """Return how many the target took."""
        return self.created + self.updated + self.terminated

    @property
    def balanced(self) -> bool:
        """Say whether every employee that was read is accounted for once."""
        return not self.pending

    @property
    def pending(self) -> int:
        """Return how many are not accounted for yet, because they are to be written."""
        return self.read - (self.unchanged + self.filtered + self.held + self.written + self.errors)

    def columns(self) -> dict[str, int]:
        """Return the values of the run's counter columns."""
        return asdict(self) | {"written": self.written}
