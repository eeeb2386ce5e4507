"""The counters of a run."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from operator import attrgetter

from core.models import Run


@dataclass(frozen=True, slots=True)
class Counters:
    """How many employees were read, and how many had which outcome."""

    read: int = 0
    unchanged: int = 0
    filtered: int = 0
    held: int = 0
    created: int = 0
    updated: int = 0
    terminated: int = 0
    errors: int = 0

    @classmethod
    def of(cls, run: Run) -> Counters:
        """Return the counters that a run's row shows."""
        return cls(*_numbers_of(run))

    @property
    def written(self) -> int:
        """Return how many the target accepted."""
        return self.created + self.updated + self.terminated

    @property
    def pending(self) -> int:
        """Return how many have no outcome yet, because they are still to be written."""
        return self.read - (self.unchanged + self.filtered + self.held + self.written + self.errors)

    @property
    def balanced(self) -> bool:
        """Say whether every employee that was read is counted once."""
        return not self.pending

    def columns(self) -> dict[str, int]:
        """Return the values of the run's counter columns."""
        return asdict(self) | {"written": self.written}


_numbers_of = attrgetter(*(field.name for field in fields(Counters)))
