"""Which ends of employments are known: an earlier run that was carried out wrote or reported them, or a person did."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, String, and_, bindparam, cast, func, or_, select
from sqlalchemy.orm import Session

from core.models import Decision, Phase, Plan, PlanState, ProblemKind, Record, Run, RunKind, RunStatus

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
# A run of everybody that has read all of them.
HAS_READ_ALL = or_(
    Run.status == RunStatus.COMPLETE,
    and_(Run.status == RunStatus.ERROR, Run.phase == Phase.WRITING),
    and_(Run.status == RunStatus.HELD, Run.id.in_(APPROVED)),
)
FULL_RUNS = (
    Run.connection_id == bindparam("connection_id"),
    Run.kind == RunKind.SYNC,
    Run.id.not_in(APPLIED),
    HAS_READ_ALL,
)


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
