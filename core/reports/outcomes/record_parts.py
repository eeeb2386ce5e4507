"""The parts of records: the outcome of each request, where the target takes an employee in several."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.models import Action, RecordPart


@dataclass(frozen=True, slots=True)
class PartView:
    """One part of a record: what it is, what was done, and why not more."""

    label: str
    action: Action
    message: str | None

    @property
    def text(self) -> str:
        """Return the outcome in short, such as "Bank account: Failed"."""
        return part_text(self.label, self.action)


def part_text(label: str, action: Action) -> str:
    """Return the outcome of a part in short, such as "Bank account: Failed"."""
    return f"{label}: {action}"


def of_positions(
    session: Session, run_id: int, positions: Collection[int]
) -> dict[int, tuple[PartView, ...]]:
    """Return the parts of some of a run's records, by position, without records that have none."""
    if not positions:
        return {}
    between = RecordPart.position.between(min(positions), max(positions))
    query = select(RecordPart).where(RecordPart.run_id == run_id, between).order_by(RecordPart.number)
    found: dict[int, tuple[PartView, ...]] = {}
    for part in session.scalars(query):
        view = PartView(part.label, part.action, part.message)
        found[part.position] = (*found.get(part.position, ()), view)
    return found
