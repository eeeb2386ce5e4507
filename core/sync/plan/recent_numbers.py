"""What the last runs of everybody would have counted for each limit, to show beside today's numbers."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from core.models import Decision, Record, Run
from core.runs.outcome_codes import Code
from core.sync.plan.guards import FULL_RUNS, RUNS_FOR_USUAL
from core.sync.plan.impact import Impact, asks_for_end


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


def load(session: Session, connection_id: int, before: int | None = None) -> list[RunNumbers]:
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
