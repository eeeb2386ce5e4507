"""Keep the people that a search finds: a row of ``person`` for everybody, made after the run that has read them.

What is kept of people is encrypted many together, so that a search cannot look into it. Each batch is read once, by the
worker after the run that stored it, or by the first search where that has not happened.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Select, and_, select, update
from sqlalchemy.orm import Session

from core.db import reading, transaction
from core.folding import searchable
from core.models import (
    Connection,
    KeptEmployee,
    KeptEmployeeBatch,
    KnownPerson,
    Link,
    OpenProblem,
    Record,
    Run,
)
from core.models.runs import NOTABLE
from core.people.entries import unseal
from core.security.vault import vault

BEGINNING = b"employee number "
UNINDEXED = select(KeptEmployeeBatch.id, KeptEmployeeBatch.pairing_id).where(~KeptEmployeeBatch.indexed)
# Source ids per statement.
CHUNK = 500
UPSERT = """
    INSERT INTO person (pairing_id, source_id, name, folded, number_digest) VALUES ({values})
    ON CONFLICT (pairing_id, source_id) DO UPDATE SET
        name = excluded.name, folded = excluded.folded, number_digest = excluded.number_digest
    """


def refresh_after(run_id: int) -> None:
    """Add the people that a run has read to those that a search finds."""
    with reading() as session:
        query = select(Connection.pairing_id).join(Run, Run.connection_id == Connection.id)
        pairing_id = session.scalar(query.where(Run.id == run_id))
    if pairing_id is not None:
        refresh([pairing_id])


def refresh(pairing_ids: Sequence[int]) -> None:
    """Add the people of some pairings who have been kept since they were last added. May run twice at a time."""
    with reading() as session:
        batches = session.execute(UNINDEXED.where(KeptEmployeeBatch.pairing_id.in_(pairing_ids))).all()
    for batch_id, _ in batches:
        _add_batch(batch_id)
    for pairing_id in {row.pairing_id for row in batches}:
        with transaction() as session:
            _add_unlisted(session, pairing_id)


def number_digest(number: str) -> bytes:
    """Return what stands for an employee number: a keyed hash, equal for numbers that differ in case only."""
    return vault().fingerprint(BEGINNING + number.strip().casefold().encode())


def _add_batch(batch_id: int) -> None:
    with transaction() as session:
        batch = session.get(KeptEmployeeBatch, batch_id)
        if batch is None:  # a run has stored its people again meanwhile
            return
        people = [entry[:3] for entry in unseal(batch.ciphertext) if entry[1]]
        counting = _counting(session, batch, [source_id for source_id, *_ in people])
        _upsert(session, batch.pairing_id, [person for person in people if person[0] in counting])
        session.execute(
            update(KeptEmployeeBatch).where(KeptEmployeeBatch.id == batch_id).values(indexed=True)
        )


def _counting(session: Session, batch: KeptEmployeeBatch, source_ids: Sequence[str]) -> set[str]:
    """Return those of some employees of a batch who have not been kept again since."""
    query = select(KeptEmployee.source_id).where(
        KeptEmployee.pairing_id == batch.pairing_id, KeptEmployee.batch_id == batch.id
    )
    counting: set[str] = set()
    for first in range(0, len(source_ids), CHUNK):
        chunk = source_ids[first : first + CHUNK]
        counting.update(session.scalars(query.where(KeptEmployee.source_id.in_(chunk))))
    return counting


def _upsert(session: Session, pairing_id: int, people: Iterable[Sequence[Any]]) -> None:
    """Store people, each as source id, name and employee number. The driver gets the rows as they are: it is quick."""
    rows: list[tuple[Any, ...]] = [
        (
            pairing_id,
            source_id,
            name[:400],
            searchable(name[:400]),
            number_digest(number) if number else None,
        )
        for source_id, name, number in people
    ]
    if rows:
        connection = session.connection()
        mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
        connection.exec_driver_sql(UPSERT.format(values=", ".join([mark] * 5)), rows)


def _add_unlisted(session: Session, pairing_id: int) -> None:
    """Add the people who are linked or have an open problem and are not kept: the source lists them no longer."""
    with_problem = session.execute(_without_person(OpenProblem, pairing_id, OpenProblem.name))
    names: dict[str, str] = {row[0]: row[1] for row in with_problem}
    for source_id, _ in session.execute(_without_person(Link, pairing_id, Link.source_id)):
        names.setdefault(source_id, _last_name(session, pairing_id, source_id))
    _upsert(session, pairing_id, [(source_id, name, None) for source_id, name in names.items() if name])


def _without_person(table: type[Link | OpenProblem], pairing_id: int, shown: Any) -> Select[str, str]:
    """Select source ids of a table, with one of its columns, of people that no search would find."""
    is_theirs = and_(KnownPerson.pairing_id == table.pairing_id, KnownPerson.source_id == table.source_id)
    query = select(table.source_id, shown).outerjoin(KnownPerson, is_theirs)
    return query.where(table.pairing_id == pairing_id, KnownPerson.source_id.is_(None))


def _last_name(session: Session, pairing_id: int, source_id: str) -> str:
    """Return the name in the newest record of somebody that says more than *No change*; empty where there is none."""
    query = (
        select(Record.name)
        .join(Run, Run.id == Record.run_id)
        .join(Connection, Connection.id == Run.connection_id)
        .where(Connection.pairing_id == pairing_id, Record.source_id == source_id, NOTABLE)
        .order_by(Record.run_id.desc())
        .limit(1)
    )
    return session.scalar(query) or ""
