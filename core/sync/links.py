"""Look links up a page at a time, and store them with the outcome that earns them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.db import reading
from core.models import Link
from core.sync.bulk import Horizon, find_links, upsert_links
from core.sync.rows import Linked, LinkRow


def of_sources(pairing_id: int, source_ids: Collection[str], horizon: Horizon) -> dict[str, Linked]:
    """Return the links of some employees of the source."""
    with reading() as session:
        return find_links(session, pairing_id, source_ids, horizon)


def owners(pairing_id: int, target_ids: Collection[str]) -> dict[str, str]:
    """Return whose link leads to some employees of the target: target id → source id."""
    with reading() as session:
        return _owners(session, pairing_id, target_ids)


def _owners(session: Session, pairing_id: int, target_ids: Collection[str]) -> dict[str, str]:
    query = select(Link.target_id, Link.source_id).where(Link.pairing_id == pairing_id, Link.target_id.in_(target_ids))
    return {row.target_id: row.source_id for row in session.execute(query)}


def save(session: Session, pairing_id: int, run_id: int, rows: Sequence[LinkRow]) -> set[str]:
    """Store links in the caller's transaction; return the source ids whose target belongs to somebody else already."""
    if not rows:
        return set()
    latest = {row.source_id: row for row in rows}
    try:
        with session.begin_nested():
            upsert_links(session, pairing_id, run_id, list(latest.values()))
    except IntegrityError:
        return _save_some(session, pairing_id, run_id, rows)
    return set()


def _save_some(session: Session, pairing_id: int, run_id: int, rows: Sequence[LinkRow]) -> set[str]:
    """Store the links of those whose target is nobody else's, and return who was refused."""
    taken = _owners(session, pairing_id, {row.target_id for row in rows})
    kept: dict[str, LinkRow] = {}
    refused = set()
    for row in rows:
        owner = taken.setdefault(row.target_id, row.source_id)
        if owner == row.source_id:
            kept[row.source_id] = row
        else:
            refused.add(row.source_id)
    upsert_links(session, pairing_id, run_id, list(kept.values()))
    return refused
