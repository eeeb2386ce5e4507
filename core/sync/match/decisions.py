"""What the planner knows of people's decisions, and whom it lets them choose from."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import bindparam, insert, select

from core.db import reading, transaction
from core.models import Candidate, RejectedMatch
from core.runs.lease import Lease, assert_lease
from core.sync.match.target_index import TargetIndex

# Source id → the target ids of whom a person has said that they are somebody else.
Apart = Mapping[str, frozenset[str]]

ALL_APART = select(RejectedMatch.source_id, RejectedMatch.target_id).where(
    RejectedMatch.pairing_id == bindparam("pairing_id")
)


@dataclass(frozen=True, slots=True)
class CandidateRow:
    """One employee of the target to choose, for the record at a position."""

    position: int
    target_id: str
    name: str
    same_number: bool


def all_apart(pairing_id: int) -> Apart:
    """Return every ruling of a pairing; there are few."""
    told: dict[str, set[str]] = {}
    with reading() as session:
        for source_id, target_id in session.connection().execute(ALL_APART, {"pairing_id": pairing_id}):
            told.setdefault(source_id, set()).add(target_id)
    return {source_id: frozenset(target_ids) for source_id, target_ids in told.items()}


def apart(pairing_id: int, source_id: str) -> frozenset[str]:
    """Return of whom a person has said that they are not this employee of the source."""
    query = select(RejectedMatch.target_id).where(
        RejectedMatch.pairing_id == pairing_id, RejectedMatch.source_id == source_id
    )
    with reading() as session:
        return frozenset(session.scalars(query))


def places(directory: TargetIndex, target_ids: Iterable[str]) -> frozenset[int]:
    """Return where the target has listed some employees."""
    return frozenset(place for one in target_ids if (place := directory.place(one)) is not None)


def save_candidates(lease: Lease, rows: Collection[CandidateRow]) -> None:
    """Put on record whom a person can choose from."""
    if not rows:
        return
    columns = [
        {
            "run_id": lease.run_id,
            "position": row.position,
            "target_id": row.target_id,
            "name": row.name[:400],
            "same_number": row.same_number,
        }
        for row in rows
    ]
    with transaction() as session:
        assert_lease(session, lease)
        session.execute(insert(Candidate), columns)
