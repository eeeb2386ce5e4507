"""Versions of a connection's mapping: save, restore, look at, export and import.

A version never changes. Saving is optimistic: changes against version 3 are merged into version 4 where they concern
other fields, and refused where they concern the same.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from connectors.rest.checks.yaml_lines import YamlDocument
from connectors.values.redaction import mask_numbers
from core.audit import trail
from core.db import reading, transaction
from core.errors import ConflictError, InvalidError
from core.mapping import checking, choices, rights, wording
from core.mapping import document as documents
from core.mapping.document import MappingDocument, MappingFaultsError
from core.mapping.merging import Overlap, changed_parts, merge
from core.mapping.stored import Version, current, export_yaml, get, list_versions, load
from core.models import Connection, MappingDraft, MappingPreview, MappingVersion, Run
from core.security.actor import Actor, Permission
from core.security.ownership import require_connection
from core.sync.store import kept_plans

__all__ = [
    "OverlapError",
    "Saved",
    "Version",
    "check",
    "current",
    "differences",
    "export_yaml",
    "get",
    "import_yaml",
    "list_versions",
    "load",
    "restore",
    "save",
]

MOST_NOTE = 500
_RACED = "Somebody saved this mapping at the same moment. Look at the latest version and save again."
_REPLACED = (
    "Cancelled, because a new version of the mapping was saved: the approved plan was made with another one."
)


@dataclass(frozen=True, slots=True)
class Saved:
    """A version that was saved; ``remark`` says whose changes it was merged with, where somebody saved meanwhile."""

    number: int
    remark: str | None = None


class OverlapError(ConflictError):
    """Two people have changed the same parts of a mapping; ``overlaps`` shows both."""

    def __init__(self, message: str, overlaps: list[Overlap]) -> None:
        super().__init__(message)
        self.overlaps = tuple(overlaps)


@dataclass(frozen=True, slots=True)
class _Change:
    """What is to be saved."""

    document: MappingDocument
    note: str
    based_on: int
    confirmed: bool = False
    yaml: YamlDocument | None = field(default=None, compare=False)
    # The digest that a preview of it has: that of the document as it was given.
    previewed: str = ""


def save(
    actor: Actor,
    connection_id: int,
    document: MappingDocument,
    note: str = "",
    *,
    based_on: int,
    confirmed: bool = False,
) -> Saved:
    """Save a new version, which is then in force.

    ``confirmed`` says that the person has agreed to another source of fields that identify employees.
    Raises MappingFaultsError, rights.ConfirmationNeededError, OverlapError, ConflictError or ForbiddenError.
    """
    return _save(actor, connection_id, _Change(document, note, based_on, confirmed), "mapping.save")


def restore(
    actor: Actor, connection_id: int, number: int, note: str = "", *, confirmed: bool = False
) -> Saved:
    """Save what an earlier version says as a new version. Raises NotFoundError, and the errors of ``save``."""
    version = get(actor, connection_id, number)
    with reading() as session:
        based_on = session.get_one(Connection, connection_id).mapping_version
    note = note or f"Version {number} again."
    change = _Change(version.document, note, based_on, confirmed)
    return _save(actor, connection_id, change, "mapping.restore")


def import_yaml(
    actor: Actor,
    connection_id: int,
    text: str,
    note: str = "",
    *,
    based_on: int | None = None,
    confirmed: bool = False,
) -> Saved:
    """Save a mapping that was exported, or written by hand, as a new version. Nothing is taken when a part is wrong.

    Raises MappingFaultsError with a line in each sentence, and the errors of ``save``.
    """
    document, yaml = documents.read_yaml(text)
    if based_on is None:
        based_on = get(actor, connection_id).number
    return _save(actor, connection_id, _Change(document, note, based_on, confirmed, yaml), "mapping.import")


def check(actor: Actor, connection_id: int, document: MappingDocument) -> list[str]:
    """Return what is wrong in a mapping, each as a sentence; nothing is saved."""
    with reading() as session:
        require_connection(session, actor, connection_id, Permission.SEE_CONNECTIONS)
        kind = checking.target_kind(session, connection_id)
        places = checking.source_places(session, connection_id)
        known = choices.known_ids(session, connection_id)
    try:
        checking.require_usable(kind, document, places=places, choices=known)
    except MappingFaultsError as error:
        return list(error.sentences)
    return []


def _save(actor: Actor, connection_id: int, change: _Change, action: str) -> Saved:
    if len(change.note) > MOST_NOTE:
        raise InvalidError(f"The note of a version has at most {MOST_NOTE} characters.")
    change = replace(change, note=mask_numbers(change.note))
    with transaction() as session:
        require_connection(session, actor, connection_id, Permission.CHANGE_CONNECTIONS)
        before = current(session, connection_id)
        kind = checking.target_kind(session, connection_id)
        places = checking.source_places(session, connection_id)
        known = choices.known_ids(session, connection_id)
        checking.require_usable(kind, change.document, change.yaml, places, known)
        document, remark = _onto(session, connection_id, change, before)
        if remark is not None:
            checking.require_usable(kind, document, places=places, choices=known)
        document = choices.with_labels(session, connection_id, document)
        if documents.digest(document) == before.digest:
            raise InvalidError(f"Nothing was saved: the mapping is the same as version {before.number}.")
        edit = rights.Edit(kind, before.document, document, change.confirmed)
        rights.require_allowed(session, actor, connection_id, edit)
        labelled = replace(change, document=document, previewed=documents.digest(change.document))
        number = _insert(session, actor, connection_id, labelled, before)
        _end_draft(session, actor, connection_id, change.document)
        _put_in_force(session, connection_id, before.number, number)
        trail.record(session, actor, action, f"connection:{connection_id}", version=number, note=change.note)
        return Saved(number, remark)


def _onto(
    session: Session, connection_id: int, change: _Change, before: Version
) -> tuple[MappingDocument, str | None]:
    """Return what is to be saved, merged into the version in force where that is a later one."""
    if change.based_on == before.number:
        return change.document, None
    base = load(session, connection_id, change.based_on)
    said, overlaps = merge(
        documents.to_json(base.document),
        documents.to_json(change.document),
        documents.to_json(before.document),
    )
    who = f"{before.author or 'the command line'} saved version {before.number} meanwhile"
    when = f" ({before.created_at:%Y-%m-%d %H:%M} UTC)" if before.created_at else ""
    if overlaps:
        names = ", ".join(f"`{overlap.part}`" for overlap in overlaps)
        places = checking.source_places(session, connection_id)
        both = " ".join(f"`{each.part}`: {wording.describe_overlap(each, places)}" for each in overlaps)
        raise OverlapError(
            f"{who}{when} and changed {names} too, so nothing was saved. Choose one of both and save again. {both}",
            overlaps,
        )
    return documents.from_json(said), f"{who}{when}; your changes were added to theirs."


def _insert(session: Session, actor: Actor, connection_id: int, change: _Change, before: Version) -> int:
    latest = select(func.max(MappingVersion.number)).where(MappingVersion.connection_id == connection_id)
    number = (session.scalar(latest) or 0) + 1
    digest = documents.digest(change.document)
    session.add(
        MappingVersion(
            connection_id=connection_id,
            number=number,
            document=documents.to_json(change.document),
            digest=digest,
            made_against=checking.made_against(checking.target_kind(session, connection_id)),
            author_id=actor.user_id,
            note=change.note.strip() or None,
            based_on=before.number,
            preview_run_id=_preview_of(session, connection_id, {digest, change.previewed}),
        )
    )
    session.flush()
    return number


def _end_draft(session: Session, actor: Actor, connection_id: int, saved: MappingDocument) -> None:
    """Delete the actor's draft if it is what was saved; another one stays."""
    draft = session.get(MappingDraft, (connection_id, actor.user_id or 0))
    if draft is not None and documents.digest(documents.from_json(draft.document)) == documents.digest(saved):
        session.delete(draft)


def _preview_of(session: Session, connection_id: int, digests: Collection[str]) -> int | None:
    """Return the last preview that was made with the same document."""
    same = select(func.max(MappingPreview.run_id)).join(Run, Run.id == MappingPreview.run_id)
    return session.scalar(same.where(Run.connection_id == connection_id, MappingPreview.digest.in_(digests)))


def _put_in_force(session: Session, connection_id: int, before: int, number: int) -> None:
    """Let later runs use a version; plans that were made with another one are closed."""
    in_force = update(Connection).where(Connection.id == connection_id, Connection.mapping_version == before)
    if session.execute(in_force.values(mapping_version=number)).rowcount != 1:  # type: ignore[attr-defined]
        raise ConflictError(_RACED)
    kept_plans.close(session, Run.connection_id == connection_id)
    kept_plans.cancel_applying(session, connection_id, _REPLACED)


def differences(before: MappingDocument, after: MappingDocument) -> list[tuple[str, object, object]]:
    """Return the parts that differ, each with what it was and what it is; None: as in the file."""
    parts = changed_parts(documents.to_json(before), documents.to_json(after))
    return [(name, *both) for (_, name), both in parts.items()]
