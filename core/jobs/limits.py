"""The limits of a job as people see and change them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors import registry
from connectors.contract.errors import ConfigError
from connectors.contract.fields import Concern
from core.audit import trail
from core.db import reading, transaction
from core.errors import InvalidError, NotFoundError
from core.models import Job, Position, Run, RunKind
from core.runs import bank_approval, options
from core.runs.options import Limit, Limits
from core.security.actor import Actor, Permission
from core.security.ownership import require_connection
from core.sync.plan import guards, recent_numbers
from core.sync.plan.recent_numbers import RunNumbers
from core.sync.store import kept_plans


def get_limits(actor: Actor, connection_id: int) -> Limits:
    """Return the limits of a connection's job."""
    with reading() as session:
        require_connection(session, actor, connection_id, Permission.SEE_JOBS, deleted=True)
        settings = session.scalar(select(Job.settings).where(Job.connection_id == connection_id))
    try:
        return options.parse(settings or {}).limits
    except ConfigError as error:
        raise InvalidError(str(error)) from error


@dataclass(frozen=True, slots=True)
class LimitFigures:
    """What to show beside the limits of a connection.

    ``recent`` are the numbers of the last full runs, newest first. ``is_first_run`` says whether the next run still
    counts as the first, to which the share of new employees does not apply. ``approvers`` is how many people can
    approve, and ``unusable`` why a limit has nothing to count at the target, by the limit's name.
    """

    recent: tuple[RunNumbers, ...]
    is_first_run: bool
    approvers: int
    unusable: Mapping[str, str]

    def percentage_applies(self, limits: Limits, name: str) -> bool:
        """Say whether a limit has a percentage that holds the next run; that of new employees exempts a first run."""
        return self._in_force(limits, name).share is not None

    def _in_force(self, limits: Limits, name: str) -> Limit:
        limit: Limit = getattr(limits, name)
        return Limit(count=limit.count) if self.is_first_run and name == "creates" else limit

    def allowed(self, limits: Limits, name: str) -> int | None:
        """Return how many employees a limit allows of as many as usual; None without a limit, or without a run."""
        limit = self._in_force(limits, name)
        if not self.recent:
            return limit.count
        usual = sum(run.read for run in self.recent) // len(self.recent)
        return guards.allowed_number(limit, usual, limits.shares_from)


def limit_figures(actor: Actor, connection_id: int) -> LimitFigures:
    """Return what to show beside the limits of a connection's job."""
    with reading() as session:
        connection = require_connection(session, actor, connection_id, Permission.SEE_JOBS, deleted=True)
        kind = next(side.kind for side in connection.sides if side.position is Position.TARGET)
        return LimitFigures(
            recent=tuple(recent_numbers.load(session, connection_id)),
            is_first_run=not guards.has_completed_first_load(session, connection_id),
            approvers=bank_approval.count_approvers(session, connection_id),
            unusable=_unusable(kind),
        )


def _unusable(kind: str) -> Mapping[str, str]:
    """Return why limits cannot work for a target, as far as its fields are known, by the limit's name."""
    try:
        fields, system = registry.target_fields(kind), registry.name_of(kind)
    except ConfigError:
        return {}
    concerns = {field.concern for field in fields}
    if not fields:
        return {}
    reasons = {}
    if Concern.BANK not in concerns:
        for name in ("bank", "people_for_bank"):
            reasons[name] = f"iHUB sends no bank accounts to {system}, so this has nothing to count."
    if concerns.isdisjoint({Concern.TAX, Concern.SUPER}):
        reasons["tax_and_super"] = (
            f"iHUB sends no tax or super details to {system}, so this has nothing to count."
        )
    return reasons


def change_limits(actor: Actor, connection_id: int, changes: Mapping[str, Any]) -> Limits:
    """Change some limits of a connection's job. Raises InvalidError, and changes nothing, if one cannot be used."""
    with transaction() as session:
        require_connection(session, actor, connection_id, Permission.APPROVE_RUNS, deleted=True)
        job = session.scalar(select(Job).where(Job.connection_id == connection_id).with_for_update())
        if job is None:
            raise NotFoundError("There is no such job.")
        stored = job.settings.get("limits", {})
        before, after = _parse(stored), _parse({**stored, **changes})
        if after.people_for_bank != before.people_for_bank:
            _refuse_dead_end(session, connection_id, after.people_for_bank or 0)
        job.settings = {**job.settings, "limits": after.model_dump(mode="json")}
        if after != before:  # previews were checked against the limits before
            kept_plans.close(session, Run.connection_id == connection_id, Run.kind == RunKind.PREVIEW)
        audited = trail.changed_settings(Limits, _as_text(before), _as_text(after))
        trail.record(session, actor, "job.limits", f"connection:{connection_id}", changes=audited)
        return after


def _refuse_dead_end(session: Session, connection_id: int, people: int) -> None:
    """Refuse to ask for the approval of more people than there are."""
    approvers = bank_approval.count_approvers(session, connection_id)
    if people > approvers:
        number = "nobody" if not approvers else f"only {approvers}"
        raise InvalidError(
            f"{people} people would have to approve changed bank accounts, but {number} can approve here. "
            "Make somebody else an Account Admin first, or ask for fewer people."
        )


def _as_text(limits: Limits) -> dict[str, Any]:
    return {name: _limit_text(value) if isinstance(value, Limit) else value for name, value in limits}


def _limit_text(limit: Limit) -> str:
    count = [] if limit.count is None else [f"at most {limit.count}"]
    share = [] if limit.share is None else [f"at most {limit.share * 100:g} %"]
    return " or ".join(count + share) or "any number"


def _parse(values: Mapping[str, Any]) -> Limits:
    unknown = set(values) - set(Limits.model_fields)
    if unknown:
        raise InvalidError(f"There are no such limits: {', '.join(sorted(unknown))}.")
    try:
        return Limits.model_validate(values)
    except ValidationError as error:
        wrong = sorted({str(item["loc"][0]) for item in error.errors(include_input=False)})
        raise InvalidError(
            f"These limits cannot be used: {', '.join(wrong)}. Enter numbers within the range."
        ) from None
