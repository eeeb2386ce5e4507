"""The newest run of everybody, where it could not continue: the people it did not reach."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.models import Action, Decision, Record, Run, RunKind, RunStatus
from core.pay_days.who_misses.misses import Why, changes_pay
from core.runs.outcome_codes import Fixer

WRITES = (Decision.CREATE, Decision.UPDATE, Decision.TERMINATE)
WRITTEN = (Action.CREATED, Action.UPDATED, Action.TERMINATED)
REMEDY = "See in the run's report why it could not continue, put that right, and run the job again."


@dataclass(frozen=True, slots=True)
class Unsent:
    """Somebody that the run had decided to write and did not, and whether that is about their pay."""

    name: str
    is_about_pay: bool


@dataclass(frozen=True, slots=True)
class StoppedRun:
    """A run of everybody that could not continue; ``read`` are those it reached, ``unsent`` those it did not write.

    ``message`` is the sentence of its report, which says why.
    """

    run_id: int
    message: str
    read: AbstractSet[str]
    unsent: Mapping[str, Unsent]

    @property
    def sentence(self) -> str:
        """Say what it means for the pay, who must act, and what to do."""
        return (
            f"The newest run (#{self.run_id}) could not continue: {self.message} Changes that were not sent before "
            "may not be in payroll at the cut-off, and people that iHUB has never read are not listed here. An Account "
            "Admin has to see in the run's report why it could not continue, put that right, and run the job again."
        )

    @property
    def not_sent(self) -> Why:
        """Return the reason of those that it read and did not write."""
        return Why(f"Not sent: run #{self.run_id} could not continue", Fixer.ADMIN, REMEDY)

    @property
    def not_read(self) -> Why:
        """Return the reason of those that it did not read, so that their changes are not known."""
        return Why(f"Not read: run #{self.run_id} could not continue", Fixer.ADMIN, REMEDY)


def load(session: Session, connection_id: int, pay_fields: AbstractSet[str]) -> StoppedRun | None:
    """Return the newest run of everybody, if it could not continue and no preview has read everybody since."""
    ended = select(Run.id, Run.kind, Run.aborted, Run.message).where(
        Run.connection_id == connection_id,
        Run.skipped == 0,
        (Run.kind == RunKind.SYNC) & Run.status.in_((RunStatus.COMPLETE, RunStatus.ERROR, RunStatus.HELD))
        | (Run.kind == RunKind.PREVIEW) & (Run.status == RunStatus.COMPLETE),
    )
    run = session.execute(ended.order_by(Run.id.desc()).limit(1)).first()
    if run is None or not run.aborted:
        return None
    read = set(session.scalars(select(Record.source_id).where(Record.run_id == run.id)))
    return StoppedRun(run.id, run.message or "", read, _unsent(session, run.id, pay_fields))


def _unsent(session: Session, run_id: int, pay_fields: AbstractSet[str]) -> Mapping[str, Unsent]:
    rows = session.execute(
        select(Record.source_id, Record.name, Record.decision, Record.changes).where(
            Record.run_id == run_id, Record.decision.in_(WRITES), Record.action.not_in(WRITTEN)
        )
    )
    return {
        row.source_id: Unsent(
            row.name, row.decision is Decision.TERMINATE or changes_pay(row.changes, pay_fields)
        )
        for row in rows
    }
