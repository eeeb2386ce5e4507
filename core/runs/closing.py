"""The next closed hours of a run's systems, at whose beginning the run stops until their end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.clock import now


@dataclass(frozen=True, slots=True)
class Closing:
    """The next closed hours: ``systems`` says whose they are, such as "iPayroll 22:00-06:00"."""

    closes_at: datetime
    opens_at: datetime
    systems: str

    @property
    def has_begun(self) -> bool:
        """Say whether the systems take no work any more."""
        return now() >= self.closes_at

    @property
    def message(self) -> str:
        """Return why the run waits."""
        return f"It waits for the end of closed hours: {self.systems}."
