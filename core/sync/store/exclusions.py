"""Employees whom runs leave out: their details need not be read again while neither they nor the reasons change.

They are out of the job's scope, or something is missing that the target needs, or they have left before the target had them or
at both ends. What is remembered is the source's mark and what became of them. It counts as long as a link's mark does
(``full_read_days`` and the basis of decisions), and only while they are linked, or not, as they were then.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import orjson
from sqlalchemy import bindparam, delete, select, text

from core.clock import now
from core.db import reading, transaction
from core.models import Exclusion
from core.runs.lease import Lease, assert_lease
from core.sync.store.temp_store import TempTable

PORTION = 500
SAVE = text(
    """
    INSERT INTO exclusion (pairing_id, source_id, source_version, linked, reason, message, checked_at)
    VALUES (:pairing_id, :source_id, :source_version, :linked, :reason, :message, :checked_at)
    ON CONFLICT (pairing_id, source_id) DO UPDATE SET source_version = excluded.source_version,
        linked = excluded.linked, reason = excluded.reason, message = excluded.message, checked_at = excluded.checked_at
    """
).bindparams(bindparam("checked_at", type_=Exclusion.checked_at.type))
REMEMBERED = (
    select(
        Exclusion.source_id,
        Exclusion.source_version,
        Exclusion.linked,
        Exclusion.reason,
        Exclusion.message,
    )
    .where(
        Exclusion.pairing_id == bindparam("pairing_id"),
        Exclusion.checked_at > bindparam("since"),
    )
    .execution_options(yield_per=1000)
)
TOLD = "SELECT source_id, source_version, linked, reason, message FROM kept WHERE source_id IN (SELECT value FROM json_each(?))"


class ExclusionRow(NamedTuple):
    """What became of an employee who was left out; without a reason there was nothing to do."""

    source_version: str
    linked: bool
    reason: str | None = None
    message: str | None = None


class ExclusionCache:
    """Those who are remembered, on disk."""

    def __init__(self, rows: Iterable[tuple[str, str, bool, str | None, str | None]] = ()) -> None:
        """Keep them."""
        self._rows = TempTable(
            "source_id TEXT, source_version TEXT, linked INTEGER, reason TEXT, message TEXT",
            index="source_id",
        )
        self._any = False
        for row in rows:
            self._any = True
            self._rows.add(*row)

    def of(self, source_ids: Sequence[str]) -> Mapping[str, ExclusionRow]:
        """Return those who are remembered of some employees of the source."""
        if not self._any or not source_ids:
            return {}
        found = self._rows.query(TOLD, (orjson.dumps(source_ids).decode(),))
        return {
            source_id: ExclusionRow(source_version, bool(linked), *why)
            for source_id, source_version, linked, *why in found
        }


def remembered(pairing_id: int, since: datetime) -> ExclusionCache:
    """Return all who were looked at since then."""
    with reading() as session:
        found = session.connection().execute(REMEMBERED, {"pairing_id": pairing_id, "since": since})
        return ExclusionCache((row[0], row[1], row[2], row[3], row[4]) for row in found)


def save(lease: Lease, pairing_id: int, told: Mapping[str, ExclusionRow], stale: Collection[str]) -> None:
    """Remember employees who have just been looked at, and forget those of whom something else has become."""
    at, gone = now(), sorted(stale)
    rows = [
        {"pairing_id": pairing_id, "source_id": one, "checked_at": at} | why._asdict()
        for one, why in sorted(told.items())
    ]
    with transaction() as session:
        assert_lease(session, lease)
        for first in range(0, len(gone), PORTION):
            theirs = Exclusion.source_id.in_(gone[first : first + PORTION])
            session.execute(delete(Exclusion).where(Exclusion.pairing_id == pairing_id, theirs))
        if rows:
            session.execute(SAVE, rows)
