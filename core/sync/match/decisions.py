"""Match decisions: what people have rejected, and the candidates they can choose from."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import bindparam, select

from core.db import reading, transaction
from core.models import RejectedMatch
from core.runs.lease import Lease, assert_lease
from core.sync.store import records
from core.sync.store.rows import CandidateRow

# By source id, the target ids of the employees that a person has marked as different people.
RejectedMatches = Mapping[str, frozenset[str]]

OF_PAIRING = select(RejectedMatch.source_id, RejectedMatch.target_id).where(
    RejectedMatch.pairing_id == bindparam("pairing_id")
)


def rejected_matches(pairing_id: int) -> RejectedMatches:
    """Return every rejected match of a pairing; there are few."""
    target_ids: dict[str, set[str]] = {}
    with reading() as session:
        for source_id, target_id in session.connection().execute(OF_PAIRING, {"pairing_id": pairing_id}):
            target_ids.setdefault(source_id, set()).add(target_id)
    return {source_id: frozenset(rejected) for source_id, rejected in target_ids.items()}


def rejected_target_ids(pairing_id: int, source_id: str) -> frozenset[str]:
    """Return the employees of the target that a person has rejected as a match for one employee of the source."""
    query = select(RejectedMatch.target_id).where(
        RejectedMatch.pairing_id == pairing_id, RejectedMatch.source_id == source_id
    )
    with reading() as session:
        return frozenset(session.scalars(query))


def save_candidates(lease: Lease, rows: Collection[CandidateRow]) -> None:
    """Store the employees of the target that a person can choose from."""
    if not rows:
        return
    with transaction() as session:
        assert_lease(session, lease)
        records.add_candidates(session, lease.run_id, rows)
