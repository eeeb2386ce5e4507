"""Kept plans in the store: the payload batches of a run stay until a person decides."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta

from sqlalchemy import (
    ColumnElement,
    Text,
    and_,
    case,
    cast,
    delete,
    exists,
    func,
    insert,
    literal,
    null,
    select,
    text,
    update,
)
from sqlalchemy.orm import Session, aliased

from core.clock import now
from core.db import transaction
from core.models import (
    Action,
    Decision,
    PayloadBatch,
    Plan,
    PlanState,
    Record,
    Run,
    RunKind,
    RunSelection,
    RunStatus,
)
from core.runs.lease import Lease, assert_lease
from core.runs.outcome_catalogue import OVERWRITTEN, Code, explain
from core.sync.store import agreements, field_conflicts

WRITES = (Decision.CREATE, Decision.UPDATE, Decision.TERMINATE)
APPLIED_COLUMNS = (
    "position",
    "source_id",
    "target_id",
    "name",
    "decision",
    "changes",
    "warnings",
    "payload_batch_id",
)
CHUNK = 500
ANY_OLDER = text(
    f"""
    SELECT 1 FROM run JOIN run AS older ON older.connection_id = run.connection_id JOIN plan ON plan.run_id = older.id
    WHERE run.id = :run_id AND older.id < run.id AND plan.state = '{PlanState.OPEN}' LIMIT 1
    """  # noqa: S608 - our own word
)


def hold_back(lease: Lease, code: Code, breaches: Sequence[Breach], keep: timedelta) -> None:
    """End every pending row without a write, because of a guard or a preview, and keep the plan for a while.

    Where that is no time at all, the open plans of earlier runs stay.
    """
    held = {"action": Action.NOT_WRITTEN, "reason": code, "message": explain(code).sentence}
    pending = (Record.run_id == lease.run_id, Record.action == Action.PENDING)
    with transaction() as session:
        assert_lease(session, lease)
        session.execute(update(Record).where(*pending).values(**held))
        session.add(
            Plan(
                run_id=lease.run_id, breaches=[asdict(breach) for breach in breaches], kept_until=now() + keep
            )
        )
        session.flush()
        if keep:  # the plan of a draft or of one person can never be applied, so the others stay
            replace_older(session, lease.run_id)


def replace_older(session: Session, run_id: int) -> None:
    """Close the open plans of earlier runs of the connection.

    A preview replaces previews only. A run of chosen employees replaces only plans for some of the same employees.
    """
    if session.connection().execute(ANY_OLDER, {"run_id": run_id}).first() is None:
        return
    run, older = session.get_one(Run, run_id), aliased(Run)
    if session.scalar(select(Plan.run_id).where(Plan.applied_by_run_id == run_id)) is not None:
        return
    earlier = (
        select(Plan.run_id)
        .join(older, older.id == Plan.run_id)
        .where(older.connection_id == run.connection_id)
    )
    earlier = earlier.where(Plan.state == PlanState.OPEN, Plan.run_id < run_id)
    if run.kind is RunKind.PREVIEW:
        earlier = earlier.where(older.kind == RunKind.PREVIEW)
    if run.kind is RunKind.SELECTED:
        ours = select(RunSelection.source_id).where(RunSelection.run_id == run_id)
        others = RunSelection.run_id == older.id, RunSelection.source_id.not_in(ours)
        earlier = earlier.where(older.kind == RunKind.SELECTED, ~exists().where(*others))
    replaced = list(session.scalars(earlier))
    agreements.carry_over(session, replaced, run_id)
    _close(session, replaced, PlanState.REPLACED)


def replace(session: Session, plan: Plan, decided_by: int | None) -> None:
    """Close a plan in favour of a run that makes a new one."""
    plan.state, plan.decided_by, plan.decided_at = PlanState.REPLACED, decided_by, now()
    wipe(session, plan.run_id)


def close(session: Session, *which: ColumnElement[bool]) -> None:
    """Close the open plans of some runs, because what they depend on has changed."""
    open_plans = (
        select(Plan.run_id).join(Run, Run.id == Plan.run_id).where(Plan.state == PlanState.OPEN, *which)
    )
    _close(session, list(session.scalars(open_plans.with_for_update(of=Plan))), PlanState.EXPIRED)


def expire() -> int:
    """Close the plans that have expired. Return how many."""
    due = select(Plan.run_id).where(Plan.state == PlanState.OPEN, Plan.kept_until <= now())
    with transaction() as session:
        run_ids = list(session.scalars(due.with_for_update()))
        _close(session, run_ids, PlanState.EXPIRED)
    return len(run_ids)


def _close(session: Session, run_ids: Sequence[int], state: PlanState) -> None:
    if not run_ids:
        return
    session.execute(update(Plan).where(Plan.run_id.in_(run_ids)).values(state=state, decided_at=now()))
    for run_id in run_ids:
        wipe(session, run_id)


def wipe(session: Session, run_id: int) -> None:
    """Delete the payload batches of a run. Its records otherwise stay as they are."""
    session.execute(
        update(Record)
        .where(Record.run_id == run_id, Record.payload_batch_id.is_not(None))
        .values(payload_batch_id=None)
    )
    session.execute(delete(PayloadBatch).where(PayloadBatch.run_id == run_id))


def kept(run_id: int, positions: Collection[int] | None = None) -> list[ColumnElement[bool]]:
    """Return the conditions on a run's records that could still be written, at some positions only if given."""
    conditions = [Record.run_id == run_id, *unwritten()]
    return conditions if positions is None else [*conditions, Record.position.in_(positions)]


def unwritten() -> list[ColumnElement[bool]]:
    """Return the conditions on the records of any run that could still be written."""
    return [
        Record.action == Action.NOT_WRITTEN,
        Record.decision.in_(WRITES),
        Record.payload_batch_id.is_not(None),
    ]


def apply(session: Session, run_id: int, new_run_id: int, positions: Sequence[int] | None) -> None:
    """Make the kept rows of a run the pending rows of a new run, and delete the rest."""
    for chosen in chunks(positions):
        columns = [getattr(Record, name) for name in APPLIED_COLUMNS]
        pending = (literal(new_run_id), literal(Action.PENDING.value), literal(False), null(), _reason())
        rows = select(*pending, *columns).where(*kept(run_id, chosen))
        names = ["run_id", "action", "unsent", "message", "reason", *APPLIED_COLUMNS]
        session.execute(insert(Record).from_select(names, rows))
    session.execute(update(PayloadBatch).where(PayloadBatch.run_id == run_id).values(run_id=new_run_id))
    field_conflicts.move_applied(session, run_id, new_run_id)
    wipe(session, run_id)


def _reason() -> ColumnElement[str | None]:
    """Return why an employee is updated, in one of OVERWRITTEN's ways: the reason of the row was that of the hold.

    The mapping is the reason where it is that of every field.
    """
    changes = cast(Record.changes, Text)
    by_target = [
        (changes.contains(_said(code)), code.value) for code in OVERWRITTEN if code != Code.MAPPING_CHANGED
    ]
    by_mapping = func.length(func.replace(changes, _said(Code.MAPPING_CHANGED), ""))
    each = func.length(func.replace(changes, '"field":', ""))
    share = len(_said(Code.MAPPING_CHANGED)), len('"field":')
    is_every = (func.length(changes) - by_mapping) * share[1] == (func.length(changes) - each) * share[0]
    is_by_mapping = and_(changes.contains(_said(Code.MAPPING_CHANGED)), is_every)
    return case(*by_target, (is_by_mapping, Code.MAPPING_CHANGED.value), else_=null())


def _said(code: Code) -> str:
    return f'"reason":"{code}"'


def cancel_waiting(session: Session, which: ColumnElement[bool], message: str) -> list[int]:
    """Cancel runs that no worker has claimed yet, and return their ids. Rows of a kept plan are not written."""
    ended = {"status": RunStatus.CANCELLED, "ended_at": now(), "message": message}
    waiting = update(Run).where(which, Run.status == RunStatus.QUEUED).values(**ended).returning(Run.id)
    run_ids = list(session.scalars(waiting))
    held = {
        "action": Action.NOT_WRITTEN,
        "reason": Code.CANCELLED,
        "message": explain(Code.CANCELLED).sentence,
    }
    for run_id in run_ids:
        pending = (Record.run_id == run_id, Record.action == Action.PENDING)
        changed = session.execute(update(Record).where(*pending).values(**held))
        number = changed.rowcount  # type: ignore[attr-defined]
        session.execute(update(Run).where(Run.id == run_id).values(read=number, held=number))
        wipe(session, run_id)
    return run_ids


def cancel_applying(session: Session, connection_id: int, message: str) -> list[int]:
    """Cancel the runs of a connection that are to apply an approved plan and have not begun; return their ids."""
    applying = select(Plan.applied_by_run_id).where(Plan.applied_by_run_id.is_not(None))
    which = and_(Run.connection_id == connection_id, Run.id.in_(applying))
    return cancel_waiting(session, which, message)


def chunks(positions: Sequence[int] | None) -> Sequence[Sequence[int] | None]:
    """Divide positions into chunks that fit a statement. None, for all of them, stays None."""
    if positions is None:
        return [None]
    return [positions[first : first + CHUNK] for first in range(0, len(positions), CHUNK)]


def chunks_of(source_ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """Divide source ids into chunks that fit a statement."""
    return (source_ids[first : first + CHUNK] for first in range(0, len(source_ids), CHUNK))


@dataclass(frozen=True, slots=True)
class Breach:
    """Why a run is held: which limit, by how much, and the positions of the first employees concerned."""

    code: Code
    message: str
    number: int = 0
    allowed: int = 0
    positions: Sequence[int] = ()
