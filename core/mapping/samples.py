"""Show a few employees under a draft: what the HR system has, what would be sent, and what the target holds.

A worker reads them on demand. The result is encrypted, belongs to the person who asked, and is kept for minutes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import delete, select

from core.audit import trail
from core.clock import now
from core.db import reading, transaction
from core.errors import ConflictError, InvalidError, NotFoundError
from core.mapping import checking
from core.mapping import document as documents
from core.mapping.document import MappingDocument
from core.models import Connection, ConnectionStatus, MappingSample
from core.queue import task_queue
from core.security.actor import ActingRole, Actor, Permission, require
from core.security.ownership import require_connection
from core.security.vault import vault

MOST_PEOPLE = 3
KEPT = timedelta(minutes=15)
NOT_ACTIVE = "This connection is not Active. Connect both systems first."
# A sample asked for again and again costs requests at both systems; one person has this many at most.
MOST_KEPT = 20


class Standing(StrEnum):
    """What a run would do with a field of an employee who is in payroll, apart from a change made in payroll."""

    WRITTEN = "written"
    SAME = "same"
    # It is sent for new employees only, or belongs to payroll.
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class SampleField:
    """One field of one employee; None stands for blank, and sensitive values are masked.

    ``standing`` is None for a field that is not sent, and for an employee who is not in payroll.
    """

    name: str
    source: tuple[tuple[str, str | None], ...]
    sent: str | None
    is_sent: bool
    held: str | None
    is_shown: bool
    standing: Standing | None = None
    # Each step with the value after it.
    steps: tuple[tuple[str, str | None], ...] = ()


@dataclass(frozen=True, slots=True)
class SamplePerson:
    """One employee: their fields, or the reason why there are none."""

    source_id: str
    name: str
    fields: tuple[SampleField, ...] = ()
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    failure: str | None = None
    is_linked: bool = False


@dataclass(frozen=True, slots=True)
class Sample:
    """What was asked for; ``people`` is None until a worker has read them."""

    id: int
    people: tuple[SamplePerson, ...] | None
    failure: str | None


def request(actor: Actor, connection_id: int, document: MappingDocument, source_ids: Sequence[str]) -> int:
    """Ask a worker to read up to three employees under a draft, by source id; return the id of the sample.

    Raises InvalidError for a wrong number of employees, MappingFaultsError for a draft that cannot be used, and
    ConflictError while no worker can be asked.
    """
    ids = list(dict.fromkeys(source_id.strip() for source_id in source_ids))
    if not 0 < len(ids) <= MOST_PEOPLE or not all(
        0 < len(each) <= 200 and each.isprintable() for each in ids
    ):
        raise InvalidError(f"Choose one to {MOST_PEOPLE} employees.")
    with transaction() as session:
        connection = require_connection(session, actor, connection_id, Permission.CHANGE_CONNECTIONS)
        if connection.status is not ConnectionStatus.ACTIVE:
            raise InvalidError(NOT_ACTIVE)
        checking.require_fits(session, connection_id, document)
        session.execute(delete(MappingSample).where(MappingSample.created_at < now() - KEPT))
        own = select(MappingSample.id).where(MappingSample.user_id == actor.user_id)
        if len(session.scalars(own).all()) >= MOST_KEPT:
            raise InvalidError(
                "You have asked for many employees in the last minutes. Wait a while and try again."
            )
        asked = {"source_ids": ids, "document": documents.to_json(document)}
        sample = MappingSample(connection_id=connection_id, user_id=actor.user_id, request=asked)
        session.add(sample)
        session.flush()
        sample_id = sample.id
        trail.record(session, actor, "mapping.sample", f"connection:{connection_id}", employees=len(ids))
    if not task_queue.enqueue_mapping_sample(sample_id):
        raise ConflictError("Redis does not respond, so no worker can read the employees. Try again later.")
    return sample_id


def delete_old() -> None:
    """Delete the samples that are no longer kept."""
    old = MappingSample.created_at < now() - KEPT
    with reading() as session:
        found = session.scalar(select(MappingSample.id).where(old).limit(1))
    if found is not None:
        with transaction() as session:
            session.execute(delete(MappingSample).where(old))


def get(actor: Actor, sample_id: int) -> Sample:
    """Return a sample of the actor's own. Raises NotFoundError, also once it is too old."""
    with reading() as session:
        row = session.get(MappingSample, sample_id) if sample_id < 2**31 else None
        connection = session.get(Connection, row.connection_id) if row is not None else None
        if row is None or connection is None or not _is_own(actor, row, connection):
            raise NotFoundError("These values are no longer kept. Read them again.")
        require(actor, Permission.SEE_CONNECTIONS, connection.account_id)
        people = (
            None if row.result is None else tuple(map(_person, cast(list[Any], vault().open(row.result))))
        )
        return Sample(row.id, people, row.failure)


def _is_own(actor: Actor, row: MappingSample, connection: Connection) -> bool:
    is_same_account = actor.role is ActingRole.OPERATOR or actor.account_id == connection.account_id
    return is_same_account and row.user_id == actor.user_id and row.created_at >= now() - KEPT


def _person(kept: dict[str, Any]) -> SamplePerson:
    fields = [
        SampleField(
            **{**field, **{key: tuple(map(tuple, field.get(key, ()))) for key in ("source", "steps")}}
        )
        for field in kept.pop("fields")
    ]
    said: dict[str, Any] = {name: tuple(kept.pop(name)) for name in ("problems", "warnings")}
    return SamplePerson(fields=tuple(fields), **said, **kept)
