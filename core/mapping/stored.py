"""Versions of a connection's mapping, as they are stored; the file of the target can change under them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.contract.errors import ConfigError
from core.audit import trail
from core.db import reading, transaction
from core.errors import NotFoundError
from core.mapping import checking
from core.mapping import document as documents
from core.mapping.document import MappingDocument, MappingFaultsError
from core.models import Connection, MappingVersion, User
from core.security.actor import Actor, Permission
from core.security.ownership import require_connection


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a mapping. Number 0 is the target's file as it is."""

    number: int
    document: MappingDocument
    digest: str
    author: str | None = None
    note: str | None = None
    created_at: datetime | None = None
    based_on: int = 0
    preview_run_id: int | None = None

    @property
    def title(self) -> str:
        """Return the version in one line."""
        if self.created_at is None:
            return f"Version {self.number}, the connector file as it is"
        said = f": {self.note}" if self.note else ""
        author = self.author or "the command line"
        return f"Version {self.number}, by {author}, {self.created_at:%Y-%m-%d %H:%M} UTC{said}"


def current(session: Session, connection_id: int) -> Version:
    """Return the version in force of a connection, in the caller's transaction."""
    connection = session.get_one(Connection, connection_id)
    return load(session, connection_id, connection.mapping_version)


def load(session: Session, connection_id: int, number: int) -> Version:
    """Return a version of a connection, in the caller's transaction. Raises NotFoundError."""
    if number == 0:
        empty = MappingDocument(connector=checking.target_kind(session, connection_id))
        return Version(0, empty, documents.digest(empty))
    row = session.get(MappingVersion, (connection_id, number)) if 0 < number < 2**31 else None
    if row is None:
        raise NotFoundError(f"This connection's mapping has no version {number}.")
    author = session.get(User, row.author_id) if row.author_id is not None else None
    return Version(
        row.number,
        documents.from_json(row.document),
        row.digest,
        author.name if author else None,
        row.note,
        row.created_at,
        row.based_on,
        row.preview_run_id,
    )


def get(actor: Actor, connection_id: int, number: int | None = None) -> Version:
    """Return a version of a connection; the one in force unless a ``number`` is given."""
    with reading() as session:
        require_connection(session, actor, connection_id, Permission.SEE_CONNECTIONS, deleted=True)
        if number is None:
            return current(session, connection_id)
        return load(session, connection_id, number)


def list_versions(actor: Actor, connection_id: int) -> list[Version]:
    """Return all versions of a connection, the latest first; version 0 last."""
    with reading() as session:
        require_connection(session, actor, connection_id, Permission.SEE_CONNECTIONS, deleted=True)
        numbers = select(MappingVersion.number).where(MappingVersion.connection_id == connection_id)
        listed = [*session.scalars(numbers.order_by(MappingVersion.number.desc())), 0]
        return [load(session, connection_id, number) for number in listed]


def export_yaml(actor: Actor, connection_id: int, number: int | None = None) -> str:
    """Return a version as YAML, which is audited; the one in force unless a ``number`` is given."""
    version = get(actor, connection_id, number)
    with transaction() as session:
        subject = f"connection:{connection_id}"
        trail.record(session, actor, "export.mapping", subject, version=version.number)
    return documents.to_yaml(version.document)


def find_fault(session: Session, connection: Connection) -> str | None:
    """Return why no run of a connection can start because of its mapping, and what to do; None when one can."""
    number = connection.mapping_version
    try:
        if shown := checking.find_shown_secrets(session, connection.id):
            return (
                f"The connector file no longer fits the source, so that no run can start. {' '.join(shown)}"
            )
        if number == 0:
            return None
        document = load(session, connection.id, number).document
        # A condition of the scope that asks for what has vanished meets nobody, and an alert says so.
        checking.require_fits(session, connection.id, document.model_copy(update={"scope": None}))
    except MappingFaultsError as error:
        faults = " ".join(error.sentences)
        return (
            f"Version {number} of the mapping no longer fits the connector file, so that no run can start. {faults} "
            "Correct the mapping, or restore an earlier version."
        )
    except ConfigError:  # the connector itself cannot be used, which is said elsewhere
        return None
    return None
