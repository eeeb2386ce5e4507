"""Excluded employees: their details need not be read again while neither they nor the reasons change.

They are out of the job's scope, or something that the target needs is missing, or they left before the target had
them, or they have left at both ends. An exclusion remembers the source's version and the record's reason. It counts as
long as a link does (``full_read_days`` and the config fingerprint), and only while the employee is linked, or not
linked, as they were then.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import orjson
from sqlalchemy import bindparam, delete, select, text, update
from sqlalchemy.orm import Session

from core.clock import now
from core.db import reading
from core.models import Exclusion
from core.sync.store.links import LONG_AGO
from core.sync.store.temp_store import TempTable

CHUNK = 500
SAVE = text(
    """
    INSERT INTO exclusion (pairing_id, source_id, source_version, linked, reason, message, checked_at)
    VALUES (:pairing_id, :source_id, :source_version, :linked, :reason, :message, :checked_at)
    ON CONFLICT (pairing_id, source_id) DO UPDATE SET source_version = excluded.source_version,
        linked = excluded.linked, reason = excluded.reason, message = excluded.message, checked_at = excluded.checked_at
    """
).bindparams(bindparam("checked_at", type_=Exclusion.checked_at.type))
LOAD = (
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
FIND = """
    SELECT source_id, source_version, linked, reason, message FROM kept
    WHERE source_id IN (SELECT value FROM json_each(?))
    """


class ExclusionRow(NamedTuple):
    """An exclusion to store, or as stored. Without a reason there was nothing to do."""

    source_version: str
    linked: bool
    reason: str | None = None
    message: str | None = None


class ExclusionCache:
    """The exclusions that still count, on disk."""

    def __init__(self, rows: Iterable[tuple[str, str, bool, str | None, str | None]] = ()) -> None:
        self._rows = TempTable(
            "source_id TEXT, source_version TEXT, linked INTEGER, reason TEXT, message TEXT",
            index="source_id",
        )
        self.is_empty = True
        for row in rows:
            self.is_empty = False
            self._rows.add(*row)

    def by_source_id(self, source_ids: Sequence[str]) -> Mapping[str, ExclusionRow]:
        """Return the exclusions among some employees of the source."""
        if self.is_empty or not source_ids:
            return {}
        rows = self._rows.query(FIND, (orjson.dumps(source_ids).decode(),))
        return {
            source_id: ExclusionRow(source_version, bool(linked), *explanation)
            for source_id, source_version, linked, *explanation in rows
        }


def load(pairing_id: int, since: datetime) -> ExclusionCache:
    """Load the exclusions checked since then."""
    with reading() as session:
        rows = session.connection().execute(LOAD, {"pairing_id": pairing_id, "since": since})
        return ExclusionCache((row[0], row[1], row[2], row[3], row[4]) for row in rows)


def forget(session: Session, pairing_id: int, source_ids: Collection[str]) -> None:
    """Forget excluded employees, so that they are read should the source list them again.

    Those who have left at both ends stay known as such (core/problems/no_longer_listed.py).
    """
    theirs = (Exclusion.pairing_id == pairing_id, Exclusion.source_id.in_(source_ids))
    session.execute(delete(Exclusion).where(*theirs, Exclusion.reason.is_not(None)))
    session.execute(update(Exclusion).where(*theirs).values(checked_at=LONG_AGO))


def save(
    session: Session, pairing_id: int, excluded: Mapping[str, ExclusionRow], stale: Collection[str]
) -> None:
    """Store the exclusions of employees who have just been read, and forget the stale ones."""
    checked_at, forgotten = now(), sorted(stale)
    rows = [
        {"pairing_id": pairing_id, "source_id": source_id, "checked_at": checked_at} | row._asdict()
        for source_id, row in sorted(excluded.items())
    ]
    for first in range(0, len(forgotten), CHUNK):
        chunk = Exclusion.source_id.in_(forgotten[first : first + CHUNK])
        session.execute(delete(Exclusion).where(Exclusion.pairing_id == pairing_id, chunk))
    if rows:
        session.execute(SAVE, rows)
