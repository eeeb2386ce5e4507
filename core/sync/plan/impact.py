"""What a complete plan would do, counted for the guards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from connectors.contract.fields import Concern
from core.db import reading
from core.models import Action, Decision, Record
from core.sync.compare.changes import NOT_SHOWN, touches_bank

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


@dataclass(slots=True)
class Impact:
    """The employees that a plan would create, terminate, or change in a sensitive way."""

    creates: Affected = field(default_factory=Affected)
    terminations: Affected = field(default_factory=Affected)
    bank: Affected = field(default_factory=Affected)
    tax_and_super: Affected = field(default_factory=Affected)
    blanked: Affected = field(default_factory=Affected)

    def add_changes(self, position: int, changes: list[dict[str, Any]]) -> None:
        """Count the changes of one employee."""
        concerns = {change.get("concern") for change in changes}
        if touches_bank(changes):
            self.bank.add(position)
        if not concerns.isdisjoint({Concern.TAX, Concern.SUPER}):
            self.tax_and_super.add(position)
        if any(change["after"] is None and change["before"] not in {None, NOT_SHOWN} for change in changes):
            self.blanked.add(position)


def measure_impact(run_id: int) -> Impact:
    """Count what the pending rows of a run would do."""
    impact = Impact()
    with reading() as session:
        impact.creates = _pending_rows(session, run_id, Decision.CREATE)
        impact.terminations = _pending_rows(session, run_id, Decision.TERMINATE)
        for position, changes in _pending_changes(session, run_id):
            impact.add_changes(position, changes)
    return impact


def _pending_rows(session: Session, run_id: int, decision: Decision) -> Affected:
    pending = (Record.run_id == run_id, Record.action == Action.PENDING, Record.decision == decision)
    number = session.scalar(select(func.count()).select_from(Record).where(*pending)) or 0
    first = select(Record.position).where(*pending).order_by(Record.position).limit(MAX_POSITIONS)
    return Affected(number, list(session.scalars(first)) if number else [])


def _pending_changes(session: Session, run_id: int) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    pending = (Record.run_id == run_id, Record.action == Action.PENDING, Record.changes.is_not(None))
    query = select(Record.position, Record.changes).where(*pending).order_by(Record.position)
    for row in session.execute(query.execution_options(yield_per=1000)):
        yield row.position, row.changes
