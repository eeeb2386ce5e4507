"""Drafts: what one person is about to change in a mapping, kept until they save or discard it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from core.clock import now
from core.db import reading, transaction
from core.errors import InvalidError
from core.mapping import checking, merging, stored, versions
from core.mapping import document as documents
from core.mapping.document import MappingDocument
from core.mapping.merging import Overlap
from core.models import MappingDraft
from core.security.actor import Actor, Permission
from core.security.ownership import require_connection


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft, and the version that it was begun from."""

    document: MappingDocument
    based_on: int
    updated_at: datetime


def get(actor: Actor, connection_id: int) -> Draft | None:
    """Return the actor's own draft of a connection's mapping, if there is one."""
    with reading() as session:
        require_connection(session, actor, connection_id, Permission.SEE_CONNECTIONS)
        row = session.get(MappingDraft, (connection_id, actor.user_id or 0))
        return None if row is None else Draft(documents.from_json(row.document), row.based_on, row.updated_at)


def put(actor: Actor, connection_id: int, document: MappingDocument, *, based_on: int) -> None:
    """Keep a draft; it need not be usable yet, but may hold no value of a sensitive field.

    Raises InvalidError, also for the command line, which has no drafts.
    """
    if actor.user_id is None:
        raise InvalidError("Drafts belong to people. Sign in to iHUB, or add --as USER.")
    with transaction() as session:
        require_connection(session, actor, connection_id, Permission.CHANGE_CONNECTIONS)
        versions.load(session, connection_id, based_on)
        checking.require_no_secrets(checking.target_kind(session, connection_id), document)
        row = session.get(MappingDraft, (connection_id, actor.user_id))
        if row is None:
            row = MappingDraft(connection_id=connection_id, user_id=actor.user_id)
            session.add(row)
        row.document, row.based_on, row.updated_at = documents.to_json(document), based_on, now()


def discard(actor: Actor, connection_id: int) -> None:
    """Delete the actor's own draft."""
    with transaction() as session:
        require_connection(session, actor, connection_id, Permission.CHANGE_CONNECTIONS)
        row = session.get(MappingDraft, (connection_id, actor.user_id or 0))
        if row is not None:
            session.delete(row)


def overlaps(actor: Actor, connection_id: int, draft: Draft) -> tuple[Overlap, ...]:
    """Return the parts that a draft changes, and that somebody has changed otherwise since it was begun."""
    with reading() as session:
        require_connection(session, actor, connection_id, Permission.SEE_CONNECTIONS)
        base = stored.load(session, connection_id, draft.based_on).document
        theirs = stored.current(session, connection_id).document
    said = [documents.to_json(each) for each in (base, draft.document, theirs)]
    return tuple(merging.merge(said[0], said[1], said[2])[1])


def rebase(actor: Actor, connection_id: int, keep_theirs: Collection[str] = ()) -> None:
    """Merge the actor's draft into the version in force, and base it on that version.

    ``keep_theirs`` names the parts that both have changed of which the version's are to stay. Nothing happens without a
    draft.
    """
    with reading() as session:
        require_connection(session, actor, connection_id, Permission.CHANGE_CONNECTIONS)
    draft = get(actor, connection_id)
    if draft is None:
        return
    with reading() as session:
        base = stored.load(session, connection_id, draft.based_on).document
        current = stored.current(session, connection_id)
    said = [documents.to_json(each) for each in (base, draft.document, current.document)]
    merged = merging.resolve(said[0], said[1], said[2], keep_theirs)
    put(actor, connection_id, documents.from_json(merged), based_on=current.number)
