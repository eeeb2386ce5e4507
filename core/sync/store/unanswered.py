"""Requests whose end nobody knows: a later run looks for creates without a response before it creates anybody.

What a target has accepted for later is followed at its address.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import orjson
from sqlalchemy import ColumnElement, bindparam, delete, exists, or_, select, text
from sqlalchemy.orm import Session

from connectors.contract.requests.pending import PendingRequest
from core.clock import now
from core.db import reading, transaction
from core.models import Action, Decision, Link, PendingRequestRow, Record, UnansweredCreate
from core.runs.lease import Lease, assert_lease

SENT_AT = bindparam("sent_at", type_=UnansweredCreate.sent_at.type)
SAVE = text(
    """
    INSERT INTO unanswered_create (pairing_id, source_id, sent_at, accepted, digests)
    VALUES (:pairing_id, :source_id, :sent_at, :accepted, :digests)
    ON CONFLICT (pairing_id, source_id) DO UPDATE SET sent_at = excluded.sent_at, accepted = excluded.accepted,
        digests = excluded.digests
    """
).bindparams(SENT_AT)
# What was sent is no longer readable here, so that what an earlier create has sent stays.
SAVE_OF_RUN = """
    INSERT INTO unanswered_create (pairing_id, source_id, sent_at, accepted)
    SELECT connection.pairing_id, record.source_id, :sent_at, FALSE
    FROM record JOIN run ON run.id = record.run_id JOIN connection ON connection.id = run.connection_id
    WHERE record.run_id = :run_id AND record.decision = :decision AND record.reason = :reason
        AND connection.pairing_id IS NOT NULL
    ON CONFLICT (pairing_id, source_id) DO UPDATE SET sent_at = excluded.sent_at
    """
LINKED_SINCE = exists().where(
    Link.pairing_id == UnansweredCreate.pairing_id,
    Link.source_id == UnansweredCreate.source_id,
    Link.updated_at >= UnansweredCreate.sent_at,
)


class UnansweredRow(NamedTuple):
    """A create without a response, to be stored."""

    source_id: str
    # The target has accepted it for later.
    accepted: bool
    # The hashes of what was sent, as JSON.
    digests: bytes | None


class EarlierCreate(NamedTuple):
    """A create without a response, as stored."""

    sent_at: datetime
    accepted: bool
    # By the name of a field, the hash of what was sent; None where that is not known.
    digests: dict[str, str] | None


def by_source_id(pairing_id: int) -> dict[str, EarlierCreate]:
    """Return the creates without a response, by source id."""
    with reading() as session:
        rows = session.scalars(select(UnansweredCreate).where(_of(pairing_id)))
        return {row.source_id: _earlier(row) for row in rows}


def load(lease: Lease, pairing_id: int) -> dict[str, EarlierCreate]:
    """Return the creates that may have been made earlier, by source id.

    They had no response, or the run is about to create somebody again who has a link to an id that
    the target does not have: that may have been the number of a job. What has earned a link since is forgotten.
    """
    with transaction() as session:
        assert_lease(session, lease)
        session.execute(delete(UnansweredCreate).where(_of(pairing_id), LINKED_SINCE))
        lost = session.execute(
            select(Link.source_id, Link.updated_at)
            .join(Record, Record.source_id == Link.source_id)
            .where(
                Link.pairing_id == pairing_id,
                Record.run_id == lease.run_id,
                Record.action == Action.PENDING,
                Record.decision == Decision.CREATE,
            )
        )
        found = {row.source_id: EarlierCreate(row.updated_at, False, None) for row in lost}
        rows = session.scalars(select(UnansweredCreate).where(_of(pairing_id)))
        return found | {row.source_id: _earlier(row) for row in rows}


def _of(pairing_id: int) -> ColumnElement[bool]:
    return UnansweredCreate.pairing_id == pairing_id


def _earlier(row: UnansweredCreate) -> EarlierCreate:
    digests = None if row.digests is None else orjson.loads(row.digests)
    return EarlierCreate(row.sent_at, row.accepted, digests)


def save(session: Session, pairing_id: int, rows: Sequence[UnansweredRow]) -> None:
    """Store creates without a response in the caller's transaction."""
    if rows:
        at = now()
        ordered = sorted(rows, key=lambda row: row.source_id)
        values = [row._asdict() | {"pairing_id": pairing_id, "sent_at": at} for row in ordered]
        session.connection().execute(SAVE, values)


def save_of_run(session: Session, run_id: int, decision: str, reason: str) -> None:
    """Store the creates without a response among the records of a run that ends early."""
    query = text(SAVE_OF_RUN).bindparams(SENT_AT)
    values = {"run_id": run_id, "decision": decision, "reason": reason, "sent_at": now()}
    session.execute(query, values)


# A target that has shown no end for this long will show none.
FORGOTTEN_AFTER = timedelta(days=30)
WRITTEN_SINCE = exists().where(
    Link.pairing_id == PendingRequestRow.pairing_id,
    Link.source_id == PendingRequestRow.source_id,
    Link.updated_at >= PendingRequestRow.sent_at,
)

# By the name of a request, what is known of it.
Pending = dict[str, PendingRequest]


def load_pending(lease: Lease, pairing_id: int) -> dict[str, Pending]:
    """Return the requests without an end by source id; forget those of employees who were written since."""
    with transaction() as session:
        assert_lease(session, lease)
        is_old = PendingRequestRow.sent_at < now() - FORGOTTEN_AFTER
        session.execute(delete(PendingRequestRow).where(_pending_of(pairing_id), or_(WRITTEN_SINCE, is_old)))
        found: dict[str, Pending] = {}
        for row in session.scalars(select(PendingRequestRow).where(_pending_of(pairing_id))):
            found.setdefault(row.source_id, {})[row.name] = PendingRequest(row.address, row.sent_at)
        return found


def keep_pending(lease: Lease, pairing_id: int, source_id: str, name: str, request: PendingRequest) -> None:
    """Store a request, in place of what was known of it."""
    with transaction() as session:
        assert_lease(session, lease)
        row = session.get(PendingRequestRow, (pairing_id, source_id, name))
        if row is None:
            row = PendingRequestRow(pairing_id=pairing_id, source_id=source_id, name=name)
            session.add(row)
        row.sent_at, row.address = request.sent_at, request.address


def drop_pending(lease: Lease, pairing_id: int, source_id: str, name: str) -> None:
    """Forget a request that has ended."""
    with transaction() as session:
        assert_lease(session, lease)
        key = (PendingRequestRow.source_id == source_id, PendingRequestRow.name == name)
        session.execute(delete(PendingRequestRow).where(_pending_of(pairing_id), *key))


def _pending_of(pairing_id: int) -> ColumnElement[bool]:
    return PendingRequestRow.pairing_id == pairing_id
