"""Keep a few fields and the verdict of everybody, as a run decides on them (core/people/entries.py says which).

Unchanged employees keep theirs. The entries of one transaction are one ciphertext, and the row of each employee names
the one that counts. What no row names any longer is deleted once a run has read the whole source.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, text, update
from sqlalchemy.orm import Session

from core.clock import now
from core.db import transaction
from core.models import Decision, KeptEmployee, KeptEmployeeBatch, Pairing, Record
from core.people import entries
from core.people.entries import Entry
from core.runs.lease import Lease, assert_lease
from core.sync.store import exclusions, links
from core.sync.store.rows import Withdrawal
from core.sync.store.statements import execute_many, on_postgresql

CHUNK = 500
# A batch with fewer entries is small; many of them are joined.
SMALL, MOST_SMALL = 100, 20
CONFLICT = """
    ON CONFLICT (pairing_id, source_id) DO UPDATE SET batch_id = excluded.batch_id, outcome = NULL
    """
UPSERT = f"""
    INSERT INTO kept_employee (pairing_id, batch_id, source_id)
    SELECT ?, ?, given.* FROM (VALUES {{rows}}) AS given WHERE column1 IS NOT NULL {CONFLICT}
    """  # noqa: S608 - our own names
UPSERT_ON_POSTGRESQL = text(
    f"""
    INSERT INTO kept_employee (pairing_id, batch_id, source_id)
    SELECT :pairing_id, :batch_id, given.* FROM unnest(CAST(:source_ids AS text[])) AS given {CONFLICT}
    """  # noqa: S608 - our own names
)
SAY = text(
    """
    UPDATE kept_employee SET outcome = :code WHERE pairing_id = :pairing_id AND source_id = (
        SELECT source_id FROM record WHERE run_id = :run_id AND position = :position
    )
    """
)
COUNT = select(func.count()).where(KeptEmployee.pairing_id == bindparam("pairing_id"))
BATCHES = select(KeptEmployeeBatch.id, KeptEmployeeBatch.entries).where(
    KeptEmployeeBatch.pairing_id == bindparam("pairing_id")
)
READ_NOW = update(Pairing).where(Pairing.id == bindparam("pairing")).values(everybody_read_at=bindparam("at"))


def insert_entries(session: Session, pairing_id: int, kept: Sequence[Entry], ciphertext: bytes) -> None:
    """Store the entries of employees who were decided on, each of them once, in the caller's transaction."""
    values = {"pairing_id": pairing_id, "entries": len(kept), "ciphertext": ciphertext}
    batch_id = session.execute(insert(KeptEmployeeBatch).values(values)).inserted_primary_key[0]  # type: ignore[attr-defined]
    source_ids = sorted(entry[0] for entry in kept)
    if on_postgresql(session.connection()):
        ids = {"pairing_id": pairing_id, "batch_id": batch_id, "source_ids": source_ids}
        session.execute(UPSERT_ON_POSTGRESQL, ids)
    else:
        execute_many(session, UPSERT, [(source_id,) for source_id in source_ids], pairing_id, batch_id)


def add_outcomes(session: Session, pairing_id: int, run_id: int, withdrawals: Sequence[Withdrawal]) -> None:
    """Store what was decided once everybody had been read, of those who are filtered after all."""
    values = [
        {
            "code": withdrawal.code,
            "pairing_id": pairing_id,
            "run_id": run_id,
            "position": withdrawal.position,
        }
        for withdrawal in withdrawals
        if withdrawal.decision is Decision.FILTERED
    ]
    if values:
        session.execute(SAY, values)


def complete(lease: Lease, pairing_id: int, read: int) -> None:
    """Forget who is not among those that a run of everybody has read, and delete what no longer counts.

    ``read`` is how many it has read.
    """
    with transaction() as session:
        assert_lease(session, lease)
        _complete(session, pairing_id, lease.run_id, read)


def warm_up(nobody: int) -> None:
    """Execute the statements for a run that does not exist (core/sync/warm_up.py)."""
    with transaction() as session:
        _complete(session, nobody, nobody, 0)


def _complete(session: Session, pairing_id: int, run_id: int, read: int) -> None:
    connection = session.connection()
    connection.execute(READ_NOW, {"pairing": pairing_id, "at": now()})
    batches = {row.id: row.entries for row in connection.execute(BATCHES, {"pairing_id": pairing_id})}
    stored = sum(batches.values())
    if stored <= read:  # everybody is there once; counting them takes longer
        return
    kept = connection.execute(COUNT, {"pairing_id": pairing_id}).scalar_one()
    stale = _forget_unlisted(session, pairing_id, run_id) if kept > read else set()
    small = {each for each, number in batches.items() if number < SMALL}
    is_split = len(small) > MOST_SMALL
    if stale or is_split or stored > kept + kept // 4 + SMALL:
        _tidy(session, pairing_id, batches, stale | (small if is_split else set()))


def _forget_unlisted(session: Session, pairing_id: int, run_id: int) -> set[int]:
    """Delete those the run has not listed, and return the batches they were in. Should they return, they are read."""
    listed = select(Record.source_id).where(Record.run_id == run_id)
    unlisted = delete(KeptEmployee).where(
        KeptEmployee.pairing_id == pairing_id, KeptEmployee.source_id.not_in(listed)
    )
    gone = session.execute(unlisted.returning(KeptEmployee.source_id, KeptEmployee.batch_id)).all()
    source_ids = sorted(row.source_id for row in gone)
    for first in range(0, len(source_ids), CHUNK):
        chunk = source_ids[first : first + CHUNK]
        links.outdate(session, pairing_id, chunk)
        exclusions.forget(session, pairing_id, chunk)
    return {row.batch_id for row in gone}


def _tidy(session: Session, pairing_id: int, batches: Mapping[int, int], chosen: Collection[int]) -> None:
    """Store again what counts of the chosen batches, and of those that hold much else, and delete them."""
    count = select(KeptEmployee.batch_id, func.count()).where(KeptEmployee.pairing_id == pairing_id)
    rows = session.execute(count.group_by(KeptEmployee.batch_id))
    counting: dict[int, int] = {row[0]: row[1] for row in rows}
    outdated = {each for each, number in batches.items() if number - counting.get(each, 0) > number // 8}
    stored_again = outdated | set(chosen)
    kept = [
        entry
        for batch_id in sorted(stored_again & counting.keys())
        for entry in _counting_entries(session, pairing_id, batch_id)
    ]
    for first in range(0, len(kept), CHUNK):
        chunk = kept[first : first + CHUNK]
        _move_entries(session, pairing_id, chunk)
    for batch_id in sorted(stored_again & batches.keys()):
        session.execute(delete(KeptEmployeeBatch).where(KeptEmployeeBatch.id == batch_id))


def _counting_entries(session: Session, pairing_id: int, batch_id: int) -> list[Entry]:
    theirs = (KeptEmployee.pairing_id == pairing_id, KeptEmployee.batch_id == batch_id)
    source_ids = set(session.scalars(select(KeptEmployee.source_id).where(*theirs)))
    batch = session.get_one(KeptEmployeeBatch, batch_id)
    return [entry for entry in entries.unseal(batch.ciphertext) if entry[0] in source_ids]


def _move_entries(session: Session, pairing_id: int, kept: Sequence[Entry]) -> None:
    """Store entries in a new batch; what runs said of the employees stays."""
    values = {"pairing_id": pairing_id, "entries": len(kept), "ciphertext": entries.seal(kept)}
    batch_id = session.execute(insert(KeptEmployeeBatch).values(values)).inserted_primary_key[0]  # type: ignore[attr-defined]
    theirs: tuple[Any, ...] = (
        KeptEmployee.pairing_id == pairing_id,
        KeptEmployee.source_id.in_([entry[0] for entry in kept]),
    )
    session.execute(update(KeptEmployee).where(*theirs).values(batch_id=batch_id))
