"""The branches of a source as they were last read, for choices and for the effect of a scope."""

from __future__ import annotations

from dataclasses import astuple

from sqlalchemy.orm import Session

from connectors.contract.branches import Branch, BranchTree
from core.clock import now
from core.models import BranchList


def load(session: Session, pairing_id: int | None) -> BranchTree | None:
    """Return the branches; None when they were never read."""
    row = None if pairing_id is None else session.get(BranchList, pairing_id)
    return None if row is None else BranchTree(Branch(*entry) for entry in row.branches)


def save(session: Session, pairing_id: int, tree: BranchTree) -> None:
    """Store the branches that were just read."""
    entries = [list(astuple(branch)) for branch in tree.branches]
    session.merge(BranchList(pairing_id=pairing_id, branches=entries, read_at=now()))
