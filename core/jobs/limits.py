"""The guard rails of a job as people see and change them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from sqlalchemy import select

from connectors.contract.errors import ConfigError
from core.audit import trail
from core.db import reading, transaction
from core.errors import InvalidError, NotFoundError
from core.models import Job, Run, RunKind
from core.runs import options
from core.runs.options import Limit, Limits
from core.security.actor import Actor, Permission
from core.security.ownership import require_connection
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


def change_limits(actor: Actor, connection_id: int, changes: Mapping[str, Any]) -> Limits:
    """Change some limits of a connection's job. Raises InvalidError, and changes nothing, if one cannot be used."""
    with transaction() as session:
        require_connection(session, actor, connection_id, Permission.APPROVE_RUNS, deleted=True)
        job = session.scalar(select(Job).where(Job.connection_id == connection_id).with_for_update())
        if job is None:
            raise NotFoundError("There is no such job.")
        stored = job.settings.get("limits", {})
        before, after = _parse(stored), _parse({**stored, **changes})
        job.settings = {**job.settings, "limits": after.model_dump(mode="json")}
        if after != before:  # previews were checked against the limits before
            kept_plans.close(session, Run.connection_id == connection_id, Run.kind == RunKind.PREVIEW)
        audited = trail.changed_settings(Limits, _as_text(before), _as_text(after))
        trail.record(session, actor, "job.limits", f"connection:{connection_id}", changes=audited)
        return after


def _as_text(limits: Limits) -> dict[str, Any]:
    return {name: _limit_text(value) if isinstance(value, Limit) else value for name, value in limits}


def _limit_text(limit: Limit) -> str:
    count = [] if limit.count is None else [f"at most {limit.count}"]
    share = [] if limit.share is None else [f"at most {round(limit.share * 100)} %"]
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
