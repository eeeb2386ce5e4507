"""Record who did what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from sqlalchemy.orm import Session

from connectors.values.redaction import MASK
from core.models import Audit
from core.security.actor import Actor


def record(
    session: Session, actor: Actor, action: str, subject: str, result: str = "done", **detail: object
) -> None:
    """Add one row to the audit in the caller's transaction. ``detail`` holds no secrets and no field values."""
    session.add(
        Audit(
            account_id=actor.account_id,
            user_id=actor.user_id,
            address=actor.address,
            action=action,
            subject=subject,
            result=result,
            detail=detail | ({} if actor.user_id else {"by": actor.name}),
        )
    )


SECRET = ("secret", "password", "token", "key", "credential")


def changed_settings(
    kind: type[BaseModel], before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return the settings that differ between two states, each with its title; secrets are masked."""
    names = [name for name in sorted({*before, *after}) if before.get(name) != after.get(name)]
    return [_change(kind, name, before.get(name), after.get(name)) for name in names]


def _change(kind: type[BaseModel], name: str, before: Any, after: Any) -> dict[str, Any]:
    field = kind.model_fields.get(name)
    hidden = any(word in name for word in SECRET)
    label = field.title if field is not None and field.title else name.replace("_", " ").capitalize()
    return {"label": label, "before": MASK if hidden else before, "after": MASK if hidden else after}
