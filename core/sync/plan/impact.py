"""What a complete plan would do, counted for the guards, and which ends of employments are known already.

An end is known when an earlier run that was carried out wrote or reported it, or a person did.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, cast, func, or_, select
from sqlalchemy.orm import Session

from connectors.contract.fields import Concern
from core.db import reading
from core.models import (
    Action,
    Decision,
    Phase,
    Plan,
    PlanState,
    ProblemKind,
    Record,
    Run,
    RunKind,
    RunStatus,
)
from core.runs.affected import MAX_POSITIONS, Affected
from core.sync.compare.changes import NOT_SHOWN, touches_bank

# The runs that apply an approved plan, and those whose plan was approved.
APPLIED = select(Plan.applied_by_run_id).where(Plan.applied_by_run_id.is_not(None))
APPROVED = select(Plan.run_id).where(Plan.state == PlanState.APPROVED)
CARRIED_OUT = and_(
    Run.kind != RunKind.PREVIEW,
    or_(
        Run.status == RunStatus.COMPLETE,
        and_(Run.status == RunStatus.ERROR, Run.phase == Phase.WRITING),
        Run.id.in_(APPLIED),
    ),
)


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


def asks_for_end() -> ColumnElement[bool]:
    """Return the condition on a record that a person has to enter the end of the employment in the target."""
    warned = Record.warnings.is_not(None)
    return and_(warned, cast(Record.warnings, String).contains(f'"{ProblemKind.BY_HAND}"'))


def known_ends(session: Session, connection_id: int, run_id: int) -> set[str]:
    """Return the employees whose end the last run of everybody, or a later one, wrote or reported."""
    earlier = (Run.connection_id == connection_id, Run.id < run_id)
    of_everybody = (CARRIED_OUT, Run.kind == RunKind.SYNC, Run.id.not_in(APPLIED))
    last = select(func.coalesce(func.max(Run.id), 0)).where(*earlier, *of_everybody).scalar_subquery()
    since = select(Run.id).where(*earlier, Run.id >= last)
    carried_out, approved = since.where(CARRIED_OUT), since.where(or_(CARRIED_OUT, Run.id.in_(APPROVED)))
    written = (Record.run_id.in_(carried_out), Record.decision == Decision.TERMINATE)
    known: set[str] = set()
    for conditions in (written, (Record.run_id.in_(approved), asks_for_end())):
        known.update(session.scalars(_employees(*conditions)))
    return known


def _employees(*conditions: ColumnElement[bool]) -> Select[str]:
    return select(Record.source_id).where(*conditions)
