"""The branches of a source as they were last read, for choices and for the effect of a scope."""

from __future__ import annotations

from dataclasses import astuple
from datetime import timedelta

from sqlalchemy.orm import Session

from connectors.contract.branches import Branch, BranchTree
from core.clock import now
from core.db import reading, transaction
from core.models import BranchList
from core.runs.lease import Lease, assert_lease

# For as long a run that only names branches does not read them again.
TRUSTED = timedelta(days=1)


def load(session: Session, pairing_id: int | None) -> BranchTree | None:
    """Return the branches; None when they were never read."""
    row = None if pairing_id is None else session.get(BranchList, pairing_id)
    return None if row is None else BranchTree(Branch(*entry) for entry in row.branches)


def load_recent(pairing_id: int) -> BranchTree | None:
    """Return the branches if they were read less than a day ago."""
    with reading() as session:
        row = session.get(BranchList, pairing_id)
        is_recent = row is not None and row.read_at > now() - TRUSTED
        return load(session, pairing_id) if is_recent else None


def keep(lease: Lease, pairing_id: int, tree: BranchTree) -> None:
    """Store the branches that a run has just read."""
    with transaction() as session:
        assert_lease(session, lease)
        save(session, pairing_id, tree)


def save(session: Session, pairing_id: int, tree: BranchTree) -> None:
    """Store the branches that were just read."""
    entries = [list(astuple(branch)) for branch in tree.branches]
    session.merge(BranchList(pairing_id=pairing_id, branches=entries, read_at=now()))
