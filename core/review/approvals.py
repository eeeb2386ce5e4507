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
from connectors.values.redaction import mask_numbers
from core.audit import trail
from core.clock import now
from core.db import transaction
from core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from core.models import Connection, Job, Plan, PlanState, Record, Run, RunKind, Trigger
from core.queue import task_queue
from core.runs import bank_approval, options, request, selection
from core.runs.outcome_codes import Code
from core.security.actor import Actor, Permission, require
from core.sync.compare.changes import touches_bank
from core.sync.store import kept_plans

# In a note.
MOST_LETTERS = 500
DECIDED = {
    PlanState.APPROVED: "This plan has already been approved.",
    PlanState.REFUSED: "This plan has already been rejected.",
    PlanState.REPLACED: "A later run has a newer plan. Decide on that one.",
    PlanState.EXPIRED: "This plan has expired, or limits or the mapping have changed. Run the job again for a new one.",
}


def approve(actor: Actor, run_id: int, positions: Sequence[int] | None = None, note: str = "") -> int | None:
    """Start a run that writes a kept plan: all of it, or only the rows at ``positions``; the others are dropped.

    The audit keeps the ``note``. Returns the id of that run, which waits behind one in progress; None when another
    person has to agree first. Raises ConflictError when the plan is no longer open.
    """
    choice = None if positions is None else sorted(set(positions))
    said = _note(note)
    with transaction() as session:
        run, plan = _lock_open_plan(session, actor, run_id)
        _refuse_first_changes(plan)
        _require_choice(session, plan, choice)
        if _another_has_to_agree(session, actor, run, plan, choice):
            plan.first_approver, plan.first_selection = actor.user_id, choice
            trail.record(session, actor, "plan.agree", f"run:{run_id}", chosen=_count_or_all(choice), **said)
            return None

    def apply_plan(session: Session, new: int) -> None:
        """Give the rows to the new run, in the transaction that makes it."""
        _, plan = _lock_open_plan(session, actor, run_id)
        whole = _count(session, run_id, None)
        kept_plans.apply(session, run_id, new, choice)
        plan.state, plan.decided_by, plan.decided_at, plan.applied_by_run_id = (
            PlanState.APPROVED,
            actor.user_id,
            now(),
            new,
        )
        applying = session.get_one(Run, new)
        applying.kind = _kind(session, run_id, is_whole=choice is None or len(choice) == whole)
        applying.message = _origin(run_id, whole, choice)
        applying.mapping_version = session.get_one(Run, run_id).mapping_version
        trail.record(
            session, actor, "plan.approve", f"run:{run_id}", chosen=_count_or_all(choice), by_run=new, **said
        )

    new = request.request(run.connection_id, Trigger.MANUAL, applies=run_id, actor=actor, then=apply_plan)
    task_queue.enqueue_run(new)
    return new


def reject(actor: Actor, run_id: int, note: str = "") -> None:
    """Reject a kept plan: none of it will be written, and its payloads are wiped. The audit keeps the ``note``."""
    said = _note(note)
    with transaction() as session:
        _, plan = _lock_open_plan(session, actor, run_id)
        kept_plans.wipe(session, run_id)
        plan.state, plan.decided_by, plan.decided_at = PlanState.REFUSED, actor.user_id, now()
        trail.record(session, actor, "plan.refuse", f"run:{run_id}", **said)


def _note(text: str) -> dict[str, str]:
    """Return what the audit keeps of a note: one line, nothing when there is none. Raises InvalidError."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    if len(line) > MOST_LETTERS:
        raise InvalidError(f"A note has at most {MOST_LETTERS} characters; this one has {len(line)}.")
    return {"note": mask_numbers(line)} if line else {}


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
    in_force = select(Connection.mapping_version).where(Connection.id == run.connection_id)
    if plan.kept_until <= now() or run.mapping_version not in {None, session.scalar(in_force)}:
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
    count = _count(session, plan.run_id, choice)
    if not count and choice is None and reports_ends(plan.breaches):
        return
    if not count:
        raise InvalidError("There is nothing to write. Choose at least one employee, or reject the plan.")
    if choice is not None and count != len(choice):
        raise InvalidError(
            "An employee you chose is not part of this plan. Reload the page and choose again."
        )


def _count(session: Session, run_id: int, choice: Sequence[int] | None) -> int:
    """Return how many of the chosen rows a plan could still write."""
    count = 0
    for chunk in kept_plans.chunks(choice):
        kept = select(func.count()).select_from(Record).where(*kept_plans.kept(run_id, chunk))
        count += session.scalar(kept) or 0
    return count


def _kind(session: Session, run_id: int, *, is_whole: bool) -> RunKind:
    """Return the kind of the run that applies a plan: a part of it, or a plan for chosen employees, is of chosen ones.

    Only a run of everybody counts as the last success of its connection, and is a point of its trend.
    """
    is_of_everybody = is_whole and not selection.load(session, run_id)
    return RunKind.SYNC if is_of_everybody else RunKind.SELECTED


def _origin(run_id: int, whole: int, choice: Sequence[int] | None) -> str:
    """Return what the run that applies a plan says of it, also of the employees who were not approved."""
    if choice is None or len(choice) == whole:
        return f"Approved from run #{run_id}."
    left = whole - len(choice)
    comes = "comes" if left == 1 else "come"
    share = f"Approved from run #{run_id}: {len(choice):,} of {whole:,}."
    return f"{share} The other {left:,} {comes} again in the next run."


def another_has_to_agree(actor: Actor, run_id: int, positions: Sequence[int] | None) -> bool:
    """Say whether approving ``positions`` of an open plan (None: all) would wait for one more person.

    Refuses an actor who may not decide on it, or not approve changed bank accounts.
    """
    choice = None if positions is None else sorted(set(positions))
    with transaction() as session:
        run, plan = _lock_open_plan(session, actor, run_id)
        return _another_has_to_agree(session, actor, run, plan, choice)


def _another_has_to_agree(
    session: Session, actor: Actor, run: Run, plan: Plan, choice: list[int] | None
) -> bool:
    """Say whether one more person has to agree; refuses an actor who may not approve changed bank accounts."""
    people = people_for_bank(session, run.connection_id)
    if not people or not changes_bank(session, run.id, choice):
        return False
    if refusal := bank_refusal(actor.user_id, run):
        raise ForbiddenError(refusal)
    if people == 1:
        return False
    return plan.first_approver in (None, actor.user_id) or plan.first_selection != choice


def bank_refusal(user_id: int | None, run: Run) -> str:
    """Return why a user may not approve bank accounts that a run would change; nothing when they may."""
    if user_id is None:
        return "A person has to approve changed bank accounts. Sign in to iHUB and approve them there."
    if user_id == run.requested_by:
        return "You started this run, so someone else has to approve the changed bank accounts."
    return ""


def people_for_bank(session: Session, connection_id: int) -> int:
    """Return how many people have to agree to changed bank accounts, by the job's limits and who can approve."""
    settings = session.scalar(select(Job.settings).where(Job.connection_id == connection_id))
    try:
        limits = options.parse(settings or {}).limits
    except ConfigError as error:
        raise InvalidError(str(error)) from error
    return bank_approval.people_needed(session, connection_id, limits)


def changes_bank(session: Session, run_id: int, choice: Sequence[int] | None = None) -> bool:
    """Say whether the kept rows of a run change bank accounts."""
    for chunk in kept_plans.chunks(choice):
        changed = select(Record.changes).where(*kept_plans.kept(run_id, chunk), Record.changes.is_not(None))
        if any(touches_bank(changes) for changes in session.scalars(changed)):
            return True
    return False


def _count_or_all(choice: Sequence[int] | None) -> int | str:
    return "all" if choice is None else len(choice)
