"""Read what is kept of a few employees, without reading what is kept of everybody."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from functools import cache

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from core.models import KeptEmployee, KeptEmployeeBatch
from core.people.entries import Person, to_person, unseal


def facts_of(session: Session, pairing_id: int, source_ids: Collection[str]) -> dict[str, Person]:
    """Return what the last run that decided on some employees kept of them, without those the source does not list."""
    theirs = {"pairing_id": pairing_id, "source_ids": list(source_ids)}
    batches: dict[int, dict[str, str | None]] = defaultdict(dict)
    for source_id, batch_id, outcome in session.execute(_outcomes(), theirs):
        batches[batch_id][source_id] = outcome
    people: dict[str, Person] = {}
    sealed = select(KeptEmployeeBatch.id, KeptEmployeeBatch.ciphertext)
    for batch_id, ciphertext in session.execute(sealed.where(KeptEmployeeBatch.id.in_(batches))):
        for entry in unseal(ciphertext):
            if entry[0] in batches[batch_id]:
                people[entry[0]] = to_person(entry, batches[batch_id][entry[0]])
    return people


@cache
def _outcomes() -> Select[str, int, str | None]:
    return select(KeptEmployee.source_id, KeptEmployee.batch_id, KeptEmployee.outcome).where(
        KeptEmployee.pairing_id == bindparam("pairing_id"),
        KeptEmployee.source_id.in_(bindparam("source_ids", expanding=True)),
    )
