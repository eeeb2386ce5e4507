"""The rights to save a mapping: one that concerns money, tax or identity needs more than others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.contract.errors import ConfigError
from connectors.contract.fields import Concern
from connectors.rest.description.target_field import TargetField
from core.errors import ConflictError, ForbiddenError, InvalidError
from core.mapping import checking
from core.mapping import document as documents
from core.mapping.document import MappingDocument
from core.mapping.merging import changed_parts
from core.models import Connection, Job
from core.runs import bank_approval, options
from core.security.actor import Actor, Permission, require


class ConfirmationNeededError(ConflictError):
    """A person has to agree once more, because employees may then be matched otherwise."""


@dataclass(frozen=True, slots=True)
class Edit:
    """A mapping before and after, for a target of this kind; ``confirmed``: a person has agreed to match otherwise."""

    kind: str
    before: MappingDocument
    after: MappingDocument
    confirmed: bool = False


def require_allowed(session: Session, actor: Actor, connection_id: int, edit: Edit) -> None:
    """Refuse an actor who may not make this change. Raises ForbiddenError, ConfirmationNeededError."""
    touched = list(_touched(edit))
    guarded = [field for field in touched if field.concern is not None or field.identity is not None]
    if guarded:
        connection = session.get_one(Connection, connection_id)
        require(actor, Permission.APPROVE_RUNS, connection.account_id)
    if any(field.concern is Concern.BANK for field in guarded):
        _require_person_for_bank(session, actor, connection_id)
    identifying = [field for field in guarded if field.identity is not None]
    if identifying and not edit.confirmed:
        raise ConfirmationNeededError(_question(identifying))


def _touched(edit: Edit) -> Iterator[TargetField]:
    system = checking.target_system(edit.kind)
    by_name = system.fields_by_name if system is not None and system.description.target is not None else {}
    parts = changed_parts(documents.to_json(edit.before), documents.to_json(edit.after))
    yield from (by_name[name] for part, name in parts if part == "field" and name in by_name)


def _question(fields: Sequence[TargetField]) -> str:
    names = " and ".join(field.label for field in fields)
    return (
        f"{names}: employees are matched by this, so that another way to fill it can match them otherwise. "
        "Save again and confirm it."
    )


def _require_person_for_bank(session: Session, actor: Actor, connection_id: int) -> None:
    """Refuse the command line where people have to approve changed bank accounts, as it may not approve them either."""
    settings = session.scalar(select(Job.settings).where(Job.connection_id == connection_id))
    try:
        people = bank_approval.people_needed(session, connection_id, options.parse(settings or {}).limits)
    except ConfigError as error:
        raise InvalidError(str(error)) from error
    if people and actor.user_id is None:
        raise ForbiddenError(
            "A person has to approve changed bank accounts, so that a person has to change how they are filled. "
            "Sign in to iHUB, or add --as USER."
        )
