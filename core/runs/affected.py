"""How many employees something affects, and where the first of them are."""

from __future__ import annotations

from dataclasses import dataclass, field

# How many positions are kept for each kind of change, so that these employees are shown first.
MAX_POSITIONS = 500


@dataclass(slots=True)
class Affected:
    """How many employees a kind of change affects, and the positions of the first of them."""

    number: int = 0
    positions: list[int] = field(default_factory=list)

    def add(self, position: int) -> None:
        """Count one employee."""
        self.number += 1
        if self.number <= MAX_POSITIONS:
            self.positions.append(position)
