"""Decide on plans that were kept: those of held runs wait for an Account Admin, those of previews can be applied.

Approving makes a new run that takes the planned rows over as its own, so that the rows of the run that has ended
stay as they are. That run writes exactly these rows, apart from those that have changed since (core/sync/plan/revalidation.py).
"""

from __future__ import annotations

from collections.abc import Sequence

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
from core.security.actor import Actor, Permission, require
from core.sync.compare.changes import touches_bank
from core.sync.store import kept_plans

DECIDED = {
    PlanState.APPROVED: "This plan has been approved already.",
    PlanState.REFUSED: "This plan has been refused already.",
    PlanState.REPLACED: "A later run has made a plan of its own. Decide on that one.",
    PlanState.EXPIRED: "This plan is no longer kept: its time is up, or limits have changed. Run the job again for a new one.",
}


def approve(actor: Actor, run_id: int, positions: Sequence[int] | None = None) -> int | None:
    """Have a kept plan written, all of it or the rows at some positions; the rest is dropped.

    Returns the id of the run that writes it; None when another person has to agree first. Raises ConflictError when
    the plan is no longer open or a run of the integration is going on.
    """
    choice = None if positions is None else sorted(set(positions))
    with transaction() as session:
        run, plan = _open(session, actor, run_id)
        _require_choice(session, run_id, choice)
        if _another_has_to_agree(session, actor, run, plan, choice):
            plan.first_approver, plan.first_selection = actor.user_id, choice
            trail.record(session, actor, "plan.agree", f"run:{run_id}", chosen=_number(choice))
            return None

    def adopt(session: Session, new: int) -> None:
        """Take the rows over in the transaction that makes the run."""
        _, plan = _open(session, actor, run_id)
        kept_plans.adopt(session, run_id, new, choice)
        plan.state, plan.decided_by, plan.decided_at, plan.applied_by_run_id = (
            PlanState.APPROVED,
            actor.user_id,
            now(),
            new,
        )
        session.get_one(Run, new).message = f"Approved from run #{run_id}."
        trail.record(session, actor, "plan.approve", f"run:{run_id}", chosen=_number(choice), by_run=new)

    new = request.request(run.connection_id, Trigger.MANUAL, actor=actor, then=adopt)
    task_queue.enqueue(new)
    return new


def refuse(actor: Actor, run_id: int) -> None:
    """Close a kept plan: nothing of it will be written, and what would have been is wiped."""
    with transaction() as session:
        _, plan = _open(session, actor, run_id)
        kept_plans.wipe(session, run_id)
        plan.state, plan.decided_by, plan.decided_at = PlanState.REFUSED, actor.user_id, now()
        trail.record(session, actor, "plan.refuse", f"run:{run_id}")


def right_for(kind: RunKind, breaches: Sequence[object]) -> Permission:
    """Return the right it takes: whoever may run a job may apply its preview, unless a run would have been held."""
    return Permission.CONTROL_JOBS if kind is RunKind.PREVIEW and not breaches else Permission.APPROVE_RUNS


def _open(session: Session, actor: Actor, run_id: int) -> tuple[Run, Plan]:
    """Return a run with its open plan, locked. Refuses whoever may not decide, and a plan that is no longer open."""
    run = session.get(Run, run_id)
    plan = session.get(Plan, run_id, with_for_update=True)
    require(
        actor,
        right_for(run.kind, plan.breaches) if run and plan else Permission.SEE_REPORTS,
        run.account_id if run else None,
    )
    if run is None or plan is None:
        raise NotFoundError("No plan of this run has been kept.")
    if plan.state is not PlanState.OPEN:
        raise ConflictError(DECIDED[plan.state])
    if plan.kept_until <= now():
        raise ConflictError(DECIDED[PlanState.EXPIRED])
    return run, plan


def _require_choice(session: Session, run_id: int, choice: Sequence[int] | None) -> None:
    number = 0
    for portion in kept_plans.portions(choice):
        number += (
            session.scalar(select(func.count()).select_from(Record).where(*kept_plans.kept(run_id, portion)))
            or 0
        )
    if not number:
        raise InvalidError("There is nothing to write. Choose at least one employee, or refuse the plan.")
    if choice is not None and number != len(choice):
        raise InvalidError("Somebody chosen is not part of this plan. Load the page again and choose anew.")


def _another_has_to_agree(
    session: Session, actor: Actor, run: Run, plan: Plan, choice: list[int] | None
) -> bool:
    """Say whether one more person has to agree; refuses who may not agree to changed bank accounts."""
    people = people_for_bank(session, run.connection_id)
    if not people or not changes_bank(session, run.id, choice):
        return False
    if actor.user_id is None:
        raise ForbiddenError(
            "Changed bank accounts have to be approved by a person. Sign in to iHUB and approve them there."
        )
    if actor.user_id == run.requested_by:
        raise ForbiddenError(
            "You started this run, so somebody else has to approve the changed bank accounts."
        )
    if people == 1:
        return False
    return plan.first_approver in (None, actor.user_id) or plan.first_selection != choice


def people_for_bank(session: Session, connection_id: int) -> int:
    """Return how many people a job asks for where bank accounts change."""
    settings = session.scalar(select(Job.settings).where(Job.connection_id == connection_id))
    try:
        return options.parse(settings or {}).limits.people_for_bank
    except ConfigError as error:
        raise InvalidError(str(error)) from error


def changes_bank(session: Session, run_id: int, choice: Sequence[int] | None = None) -> bool:
    """Say whether the kept rows of a run change bank accounts."""
    for portion in kept_plans.portions(choice):
        changed = select(Record.changes).where(*kept_plans.kept(run_id, portion), Record.changes.is_not(None))
        if any(touches_bank(changes) for changes in session.scalars(changed)):
            return True
    return False


def _number(choice: Sequence[int] | None) -> int | str:
    return "all" if choice is None else len(choice)
