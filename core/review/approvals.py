"""Approve or reject kept plans: those of held runs wait for an Account Admin, those of previews can be applied.

Approving makes a new run that applies the planned rows, so that the rows of the ended run stay as they are. The new
run writes exactly these rows, except those that have changed since (core/sync/plan/revalidation.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from connectors.contract.errors import ConfigError
from core.audit import trail
from core.clock import now
from core.db import transaction
from core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from core.models import Job, Plan, PlanState, Record, Run, RunKind, Trigger
from core.queue import task_queue
from core.runs import options, request
from core.runs.outcome_codes import Code
from core.security.actor import Actor, Permission, require
from core.sync.compare.changes import touches_bank
from core.sync.store import kept_plans

DECIDED = {
    PlanState.APPROVED: "This plan has already been approved.",
    PlanState.REFUSED: "This plan has already been rejected.",
    PlanState.REPLACED: "A later run has a newer plan. Decide on that one.",
    PlanState.EXPIRED: "This plan has expired, or limits or the mapping have changed. Run the job again for a new one.",
}


def approve(actor: Actor, run_id: int, positions: Sequence[int] | None = None) -> int | None:
    """Start a run that writes a kept plan: all of it, or only the rows at ``positions``; the others are dropped.

    Returns the id of that run, which waits behind one in progress; None when another person has to agree first. Raises
    ConflictError when the plan is no longer open.
    """
    choice = None if positions is None else sorted(set(positions))
    with transaction() as session:
        run, plan = _lock_open_plan(session, actor, run_id)
        _refuse_first_changes(plan)
        _require_choice(session, plan, choice)
        if _another_has_to_agree(session, actor, run, plan, choice):
            plan.first_approver, plan.first_selection = actor.user_id, choice
            trail.record(session, actor, "plan.agree", f"run:{run_id}", chosen=_count_or_all(choice))
            return None

    def apply_plan(session: Session, new: int) -> None:
        """Give the rows to the new run, in the transaction that makes it."""
        _, plan = _lock_open_plan(session, actor, run_id)
        kept_plans.apply(session, run_id, new, choice)
        plan.state, plan.decided_by, plan.decided_at, plan.applied_by_run_id = (
            PlanState.APPROVED,
            actor.user_id,
            now(),
            new,
        )
        applying = session.get_one(Run, new)
        applying.message = f"Approved from run #{run_id}."
        applying.mapping_version = session.get_one(Run, run_id).mapping_version
        trail.record(
            session, actor, "plan.approve", f"run:{run_id}", chosen=_count_or_all(choice), by_run=new
        )

    new = request.request(run.connection_id, Trigger.MANUAL, applies=run_id, actor=actor, then=apply_plan)
    task_queue.enqueue_run(new)
    return new


def reject(actor: Actor, run_id: int) -> None:
    """Reject a kept plan: none of it will be written, and its payloads are wiped."""
    with transaction() as session:
        _, plan = _lock_open_plan(session, actor, run_id)
        kept_plans.wipe(session, run_id)
        plan.state, plan.decided_by, plan.decided_at = PlanState.REFUSED, actor.user_id, now()
        trail.record(session, actor, "plan.refuse", f"run:{run_id}")


def permission_for(kind: RunKind, breaches: Sequence[object]) -> Permission:
    """Return the permission to decide on a plan: a preview without breaches needs only the right to run the job."""
    return Permission.CONTROL_JOBS if kind is RunKind.PREVIEW and not breaches else Permission.APPROVE_RUNS


def _lock_open_plan(session: Session, actor: Actor, run_id: int) -> tuple[Run, Plan]:
    """Return a run with its open plan, locked. Refuses an actor who may not decide, and a plan that is not open."""
    run = session.get(Run, run_id)
    plan = session.get(Plan, run_id, with_for_update=True)
    require(
        actor,
        permission_for(run.kind, plan.breaches) if run and plan else Permission.SEE_REPORTS,
        run.account_id if run else None,
    )
    if run is None or plan is None:
        raise NotFoundError("This run has no kept plan.")
    if plan.state is not PlanState.OPEN:
        raise ConflictError(DECIDED[plan.state])
    if plan.kept_until <= now():
        raise ConflictError(DECIDED[PlanState.EXPIRED])
    return run, plan


def _refuse_first_changes(plan: Plan) -> None:
    """Refuse a plan in which nobody has said whose values count; what it would write leaves these out."""
    if has_first_changes(breach["code"] for breach in plan.breaches):
        raise ConflictError(
            "The target has other values from before the first run. Run the job and choose whose values count: in "
            "Reports, or with `python -m core plan first`."
        )


def has_first_changes(codes: Iterable[str]) -> bool:
    """Say whether a plan was held, by the codes of its breaches, because the target had other values before."""
    return Code.FIRST_CHANGES in codes


def reports_ends(breaches: Sequence[Mapping[str, Any]]) -> bool:
    """Say whether a plan was held because employees have left: it can be approved even if there is nothing to write."""
    return any(breach["code"] == Code.MANY_TERMINATIONS for breach in breaches)


def _require_choice(session: Session, plan: Plan, choice: Sequence[int] | None) -> None:
    count = 0
    for chunk in kept_plans.chunks(choice):
        kept = select(func.count()).select_from(Record).where(*kept_plans.kept(plan.run_id, chunk))
        count += session.scalar(kept) or 0
    if not count and choice is None and reports_ends(plan.breaches):
        return
    if not count:
        raise InvalidError("There is nothing to write. Choose at least one employee, or reject the plan.")
    if choice is not None and count != len(choice):
        raise InvalidError(
            "An employee you chose is not part of this plan. Reload the page and choose again."
        )


def _another_has_to_agree(
    session: Session, actor: Actor, run: Run, plan: Plan, choice: list[int] | None
) -> bool:
    """Say whether one more person has to agree; refuses an actor who may not approve changed bank accounts."""
    people = people_for_bank(session, run.connection_id)
    if not people or not changes_bank(session, run.id, choice):
        return False
    if actor.user_id is None:
        raise ForbiddenError(
            "A person has to approve changed bank accounts. Sign in to iHUB and approve them there."
        )
    if actor.user_id == run.requested_by:
        raise ForbiddenError(
            "You started this run, so someone else has to approve the changed bank accounts."
        )
    if people == 1:
        return False
    return plan.first_approver in (None, actor.user_id) or plan.first_selection != choice


def people_for_bank(session: Session, connection_id: int) -> int:
    """Return how many people have to agree to changed bank accounts, as the job's limits say."""
    settings = session.scalar(select(Job.settings).where(Job.connection_id == connection_id))
    try:
        return options.parse(settings or {}).limits.people_for_bank
    except ConfigError as error:
        raise InvalidError(str(error)) from error


def changes_bank(session: Session, run_id: int, choice: Sequence[int] | None = None) -> bool:
    """Say whether the kept rows of a run change bank accounts."""
    for chunk in kept_plans.chunks(choice):
        changed = select(Record.changes).where(*kept_plans.kept(run_id, chunk), Record.changes.is_not(None))
        if any(touches_bank(changes) for changes in session.scalars(changed)):
            return True
    return False


def _count_or_all(choice: Sequence[int] | None) -> int | str:
    return "all" if choice is None else len(choice)
