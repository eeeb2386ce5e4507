"""What a complete plan would do, counted for the guards, and what the last runs counted, to show beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, select
from sqlalchemy.orm import Session

from connectors.contract.fields import Concern
from core.db import reading
from core.models import Action, Decision, Record, Run
from core.runs.affected import MAX_POSITIONS, Affected
from core.runs.outcome_codes import Code
from core.sync.compare.changes import NOT_SHOWN, touches_bank
from core.sync.plan.known_ends import FULL_RUNS, asks_for_end, known_ends


@dataclass(slots=True)
class Impact:
    """The employees that a plan would create, terminate, or change in a sensitive way."""

    creates: Affected = field(default_factory=Affected)
    # Ends that are new, whether the target takes them or a person has to enter them.
    terminations: Affected = field(default_factory=Affected)
    bank: Affected = field(default_factory=Affected)
    tax_and_super: Affected = field(default_factory=Affected)
    blanked: Affected = field(default_factory=Affected)
    # Whether a person has to enter any of the ends.
    any_by_hand: bool = False

    def add_changes(self, position: int, changes: list[dict[str, Any]]) -> None:
        """Count the changes of one employee."""
        concerns = {change.get("concern") for change in changes}
        if touches_bank(changes):
            self.bank.add(position)
        if not concerns.isdisjoint({Concern.TAX, Concern.SUPER}):
            self.tax_and_super.add(position)
        if any(change["after"] is None and change["before"] not in {None, NOT_SHOWN} for change in changes):
            self.blanked.add(position)


def measure_impact(run_id: int, connection_id: int, *, any_pending: bool) -> Impact:
    """Count what the plan of a run would do, and what ended at the source; ``any_pending``: there is a row to write."""
    impact = Impact()
    with reading() as session:
        _add_ends(session, run_id, connection_id, impact)
        if not any_pending:
            return impact
        impact.creates = _pending_creates(session, run_id)
        for position, changes in _pending_changes(session, run_id):
            impact.add_changes(position, changes)
    return impact


def _add_ends(session: Session, run_id: int, connection_id: int, impact: Impact) -> None:
    """Count the ends of employments that no earlier run has carried out."""
    pending = (Record.action == Action.PENDING, Record.decision == Decision.TERMINATE)
    by_hand = {row.position: row.source_id for row in session.execute(_ends(run_id, asks_for_end()))}
    sent = {row.position: row.source_id for row in session.execute(_ends(run_id, *pending))}
    if not by_hand and not sent:
        return
    known = known_ends(session, connection_id, run_id)
    for position, source_id in sorted((by_hand | sent).items()):
        if source_id not in known:
            impact.terminations.add(position)
            impact.any_by_hand = impact.any_by_hand or position in by_hand


def _ends(run_id: int, *conditions: ColumnElement[bool]) -> Select[int, str]:
    return select(Record.position, Record.source_id).where(Record.run_id == run_id, *conditions)


def _pending_creates(session: Session, run_id: int) -> Affected:
    pending = (Record.run_id == run_id, Record.action == Action.PENDING, Record.decision == Decision.CREATE)
    number = session.scalar(select(func.count()).select_from(Record).where(*pending)) or 0
    first = select(Record.position).where(*pending).order_by(Record.position).limit(MAX_POSITIONS)
    return Affected(number, list(session.scalars(first)) if number else [])


def _pending_changes(session: Session, run_id: int) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    pending = (Record.run_id == run_id, Record.action == Action.PENDING, Record.changes.is_not(None))
    query = select(Record.position, Record.changes).where(*pending).order_by(Record.position)
    for row in session.execute(query.execution_options(yield_per=1000)):
        yield row.position, row.changes


# The usual number of employees read is the average of this number of runs.
RUNS_FOR_USUAL = 3


@dataclass(frozen=True, slots=True)
class RunNumbers:
    """How many employees one run read, and how many of them each limit concerns."""

    run_id: int
    read: int
    creates: int
    terminations: int
    bank: int
    tax_and_super: int
    blanked: int

    def of(self, code: str) -> int:
        """Return the number that the limit with this code counts. Raises KeyError when it counts none."""
        return int(getattr(self, COUNTED[code]))


COUNTED = {
    Code.NOTHING_READ.value: "read",
    Code.VOLUME_DROP.value: "read",
    Code.MANY_CREATES.value: "creates",
    Code.MANY_TERMINATIONS.value: "terminations",
    Code.MANY_BANK_CHANGES.value: "bank",
    Code.MANY_TAX_CHANGES.value: "tax_and_super",
    Code.MANY_BLANKED.value: "blanked",
    Code.SECOND_PERSON.value: "bank",
}


def recent_numbers(session: Session, connection_id: int, before: int | None = None) -> list[RunNumbers]:
    """Return the numbers of the last three full runs, newest first; only of those ``before`` a run if given."""
    conditions = [*FULL_RUNS] if before is None else [*FULL_RUNS, Run.id < before]
    query = select(Run.id, Run.read).where(*conditions).order_by(Run.id.desc()).limit(RUNS_FOR_USUAL)
    runs = session.execute(query, {"connection_id": connection_id}).all()
    return [_numbers(session, run_id, read) for run_id, read in runs]


def _numbers(session: Session, run_id: int, read: int) -> RunNumbers:
    ends = case((and_(asks_for_end(), Record.decision != Decision.TERMINATE), 1), else_=0)
    counts = dict.fromkeys((Decision.CREATE, Decision.TERMINATE), 0)
    by_hand = 0
    grouped = select(Record.decision, func.count(), func.sum(ends)).where(Record.run_id == run_id)
    for decision, number, asked in session.execute(grouped.group_by(Record.decision)):
        counts[decision] = number
        by_hand += asked or 0
    impact = Impact()
    changed = select(Record.position, Record.changes).where(
        Record.run_id == run_id, Record.changes.is_not(None)
    )
    for position, changes in session.execute(changed.execution_options(yield_per=1000)):
        impact.add_changes(position, changes)
    return RunNumbers(
        run_id,
        read,
        counts[Decision.CREATE],
        counts[Decision.TERMINATE] + by_hand,
        impact.bank.number,
        impact.tax_and_super.number,
        impact.blanked.number,
    )
