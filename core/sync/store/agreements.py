"""Keep what a first person has agreed to when a later run replaces the plan, if the later plan says the same."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from connectors.contract.records import Prepared
from core.audit import trail
from core.models import Audit, Decision, PayloadBatch, Plan, Record, Run
from core.security.actor import ActingRole, Actor
from core.sync.store import payloads

# What is compared of an employee: the decision, the target ID, the changes as shown, and every value to be sent.
Content = tuple[Decision, str | None, Any, Prepared]
IHUB = Actor("iHUB", ActingRole.OPERATOR)


def carry_over(session: Session, older: Sequence[int], run_id: int) -> None:
    """Give the plan of a run the agreement to the latest of the ``older`` plans that somebody has agreed to.

    It is kept only if the same employees would get the same values; not when the person who agreed started the run.
    """
    new, run = session.get(Plan, run_id), session.get_one(Run, run_id)
    agreed = (Plan.run_id.in_(older), Plan.first_approver.is_not(None))
    plan = session.scalar(select(Plan).where(*agreed).order_by(Plan.run_id.desc()).limit(1))
    if new is None or plan is None or plan.first_approver == run.requested_by:
        return
    before = _contents(session, plan.run_id, plan.first_selection)
    positions = _positions(session, run_id, None if plan.first_selection is None else before)
    if not before or before.keys() != positions.keys():
        return
    after = _contents(session, run_id, list(positions.values()))
    if before != after:
        return
    new.first_approver = plan.first_approver
    new.first_selection = None if plan.first_selection is None else sorted(positions.values())
    actor = Actor(IHUB.name, IHUB.role, account_id=run.account_id)
    note = _note(session, plan)
    trail.record(session, actor, "plan.keep_agreement", f"run:{run_id}", of_run=plan.run_id, **note)


def _note(session: Session, plan: Plan) -> dict[str, str]:
    """Return the note with the agreement to a plan, which may itself have been kept from an earlier one."""
    agreed = and_(Audit.action == "plan.agree", Audit.user_id == plan.first_approver, Audit.result == "done")
    query = select(Audit.detail).where(Audit.subject == f"run:{plan.run_id}")
    query = query.where(or_(agreed, Audit.action == "plan.keep_agreement")).order_by(Audit.id.desc())
    detail = session.scalar(query.limit(1)) or {}
    return {"note": detail["note"]} if detail.get("note") else {}


def _positions(session: Session, run_id: int, source_ids: Collection[str] | None) -> dict[str, int]:
    """Return where employees are in a plan, by source ID; all of them if none are given."""
    query = select(Record.source_id, Record.position).where(*_kept(run_id))
    found = {row.source_id: row.position for row in session.execute(query)}
    if source_ids is None:
        return found
    return {source_id: position for source_id, position in found.items() if source_id in source_ids}


def _kept(run_id: int) -> tuple[ColumnElement[bool], ...]:
    return Record.run_id == run_id, Record.payload_batch_id.is_not(None)


def _contents(session: Session, run_id: int, positions: Sequence[int] | None) -> Mapping[str, Content]:
    """Return what would be written for the employees at some positions of a plan (None: all), by source ID."""
    chosen = None if positions is None else set(positions)
    query = select(Record.position, Record.source_id, Record.decision, Record.target_id, Record.changes)
    rows = {
        row.position: row
        for row in session.execute(query.where(*_kept(run_id)))
        if chosen is None or row.position in chosen
    }
    contents: dict[str, Content] = {}
    batches = select(PayloadBatch.ciphertext).where(PayloadBatch.run_id == run_id)
    for ciphertext in session.scalars(batches.execution_options(yield_per=50)):
        for intent in payloads.decrypt(ciphertext):
            if (row := rows.get(intent.position)) is not None:
                contents[row.source_id] = (row.decision, row.target_id, row.changes, intent.payload.prepared)
    return contents
