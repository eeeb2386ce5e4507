"""Show everything that is kept of one person, as one JSON file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.audit import trail
from core.clock import now
from core.db import reading, transaction
from core.exports.files import DataFile
from core.models import (
    Exclusion,
    FieldConflict,
    Hold,
    KnownPerson,
    Link,
    OpenProblem,
    PendingRequestRow,
    Record,
    RecordPart,
    RejectedMatch,
    Run,
    ScopeRecheck,
    UnansweredCreate,
)
from core.people.kept_facts import facts_of
from core.personal_data.records_of_person import places_of
from core.runs.system_names import SystemNames
from core.security.actor import Actor, Permission
from core.security.ownership import require_connection
from core.story.person import PersonView, read_person

MEDIA_TYPE = "application/json"
# What each table says about a person, in words a person understands; hashes and ciphertexts are not among them.
TABLES: Sequence[tuple[str, Any, Sequence[str]]] = (
    ("known as", KnownPerson, ("name",)),
    ("link", Link, ("target_id", "updated_at")),
    ("not synced since", Exclusion, ("reason", "message", "checked_at")),
    ("created without a response", UnansweredCreate, ("sent_at", "accepted")),
    ("requests without a response", PendingRequestRow, ("name", "address", "sent_at")),
    ("holds", Hold, ("reason", "put_at", "last_day", "released_at")),
    ("read again on", ScopeRecheck, ("due_on",)),
    (
        "open problems",
        OpenProblem,
        ("code", "field", "name", "message", "target_id", "since", "note", "comment"),
    ),
    ("fields with two values", FieldConflict, ("label", "name", "target_id", "state", "found_at")),
    ("matches refused", RejectedMatch, ("target_id", "decided_at")),
)


def show(actor: Actor, connection_id: int, source_id: str) -> DataFile:
    """Return a file with everything that is kept of a person. Raises NotFoundError, ForbiddenError."""
    with reading() as session:
        connection = require_connection(
            session, actor, connection_id, Permission.CHANGE_ACCOUNT, deleted=True
        )
        pairing_id = connection.pairing_id
    person = read_person(actor, connection_id, source_id)
    assert pairing_id is not None  # read_person found somebody
    with transaction() as session:
        trail.record(session, actor, "person.show", f"connection:{connection_id}", source=source_id)
    return DataFile(
        f"ihub_person_{connection_id}_{now():%Y-%m-%d-%H%M}.json", _pieces(pairing_id, person), MEDIA_TYPE
    )


def _pieces(pairing_id: int, person: PersonView) -> Iterator[bytes]:
    """Yield the file: first what is remembered, then each run's record of them."""
    yield b'{"person": ' + _json(_remembered(pairing_id, person))
    yield b',\n"runs": ['
    between = b"\n"
    for place in places_of(pairing_id, person.source_id):
        with reading() as session:
            found = _of_run(session, place, person.systems)
        if found:
            yield between + _json(found)
            between = b",\n"
    yield b"\n]}\n"


def _remembered(pairing_id: int, person: PersonView) -> dict[str, Any]:
    with reading() as session:
        found: dict[str, Any] = {
            title: [
                {column: getattr(row, column) for column in columns}
                for row in session.scalars(
                    select(table).where(table.pairing_id == pairing_id, table.source_id == person.source_id)
                )
            ]
            for title, table, columns in TABLES
        }
        facts = facts_of(session, pairing_id, [person.source_id]).get(person.source_id)
    listed = (
        None
        if facts is None
        else {**facts._asdict(), "findings": [each._asdict() for each in facts.findings]}
    )
    return {
        "source id": person.source_id,
        "name": person.name,
        "account": person.account,
        "connection": person.connection,
        "as the source lists them": listed,
        **found,
        "decisions": [asdict(event) for event in person.story.events],
    }


def _of_run(session: Session, place: tuple[int, int], systems: SystemNames) -> dict[str, Any] | None:
    record, run = session.get(Record, place), session.get(Run, place[0])
    if record is None or run is None:
        return None
    parts = select(RecordPart).where(RecordPart.run_id == place[0], RecordPart.position == place[1])
    return {
        "run": run.id,
        "started": run.started_at,
        "name": record.name,
        "target id": record.target_id,
        "decision": record.decision,
        "done": record.action,
        "reason": record.reason,
        "message": record.message and systems.fill(record.message),
        "changes": record.changes,
        "warnings": record.warnings,
        "parts": [[part.label, part.action, part.message] for part in session.scalars(parts)],
    }


def _json(value: object) -> bytes:
    return orjson.dumps(value, default=_text, option=orjson.OPT_INDENT_2 | orjson.OPT_PASSTHROUGH_SUBCLASS)


def _text(value: object) -> object:
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value._asdict() if hasattr(value, "_asdict") else str(value)
