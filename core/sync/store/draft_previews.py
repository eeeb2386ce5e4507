"""What a preview of a draft mapping found out."""

from __future__ import annotations

from collections.abc import Set

from sqlalchemy import select, update

from core.db import transaction
from core.models import Action, Decision, MappingPreview, Record
from core.runs.lease import Lease, assert_lease


def end(lease: Lease, by_draft: Set[int]) -> tuple[int, int]:
    """Return how many updates are planned, and how many of them are at the positions ``by_draft``; keep the latter."""
    planned = select(Record.position).where(
        Record.run_id == lease.run_id, Record.action == Action.PENDING, Record.decision == Decision.UPDATE
    )
    with transaction() as session:
        assert_lease(session, lease)
        positions = session.scalars(planned).all()
        only_by_draft = sum(position in by_draft for position in positions)
        found = update(MappingPreview).where(MappingPreview.run_id == lease.run_id)
        session.execute(found.values(only_by_mapping=only_by_draft))
    return len(positions), only_by_draft
