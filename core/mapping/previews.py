"""Preview a draft of a mapping: a run that writes nothing and says what is due to the draft alone."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.db import reading
from core.mapping import checking
from core.mapping import document as documents
from core.mapping.document import MappingDocument
from core.models import Decision, MappingPreview, Record, Run, RunKind, RunStatus, Trigger
from core.queue import task_queue
from core.runs import messages, request
from core.security.actor import Actor, Permission
from core.security.ownership import require_connection


@dataclass(frozen=True, slots=True)
class Preview:
    """A preview of a draft; the numbers are None until it has ended."""

    run_id: int
    status: RunStatus
    message: str | None
    updates: int | None
    only_by_mapping: int | None
    digest: str


def start(actor: Actor, connection_id: int, document: MappingDocument, *, based_on: int) -> int:
    """Start the preview of a draft in the background and return its run. Nothing is written, and nothing is saved.

    It waits behind a run that is in progress. Raises MappingFaultsError for a draft that cannot be used, and
    InvalidError when the connection is not Active.
    """
    run_id = store(actor, connection_id, document, based_on=based_on)
    task_queue.enqueue_run(run_id)
    return run_id


def store(actor: Actor, connection_id: int, document: MappingDocument, *, based_on: int) -> int:
    """Store the preview of a draft as a queued run, as ``start`` does, and leave it to the caller to execute it."""
    with reading() as session:
        require_connection(session, actor, connection_id, Permission.CHANGE_CONNECTIONS)
        checking.require_fits(session, connection_id, document)

    def keep_draft(session: Session, run_id: int) -> None:
        session.add(
            MappingPreview(
                run_id=run_id,
                document=documents.to_json(document),
                digest=documents.digest(document),
                based_on=based_on,
            )
        )

    return request.request(
        connection_id,
        Trigger.MANUAL,
        kind=RunKind.PREVIEW,
        draft=documents.digest(document),
        actor=actor,
        then=keep_draft,
    )


def latest(actor: Actor, connection_id: int) -> Preview | None:
    """Return the latest preview of a draft of a connection's mapping."""
    query = (
        select(Run, MappingPreview)
        .join(MappingPreview, MappingPreview.run_id == Run.id)
        .where(Run.connection_id == connection_id)
        .order_by(Run.id.desc())
        .limit(1)
    )
    with reading() as session:
        require_connection(session, actor, connection_id, Permission.SEE_CONNECTIONS)
        found = session.execute(query).first()
        if found is None:
            return None
        run, preview = found
        updates = _updates(session, run.id) if preview.only_by_mapping is not None else None
    return Preview(run.id, run.status, run.message, updates, preview.only_by_mapping, preview.digest)


def _updates(session: Session, run_id: int) -> int:
    planned = select(func.count()).where(Record.run_id == run_id, Record.decision == Decision.UPDATE)
    return session.scalar(planned) or 0


def describe(preview: Preview) -> str:
    """Return what a draft does to the employees, in words."""
    return messages.mapping_effect(preview.updates or 0, preview.only_by_mapping or 0)
