"""Employees who have left and whom the target does not list: their details need not be read again while they do not change.

They had left before the target had them, or have left there too. What is remembered is the source's mark and when the employee
was last looked at. It counts as long as a link's mark does (``full_read_days``), and for somebody linked only with that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import orjson
from sqlalchemy import bindparam, select, text

from core.clock import now
from core.db import reading, transaction
from core.models import Leaver
from core.runs import Lease, hold
from core.sync.scratch import Rows

SAVE = text(
    """
    INSERT INTO leaver (pairing_id, source_id, mark, looked_at) VALUES (:pairing_id, :source_id, :mark, :looked_at)
    ON CONFLICT (pairing_id, source_id) DO UPDATE SET mark = excluded.mark, looked_at = excluded.looked_at
    """
).bindparams(bindparam("looked_at", type_=Leaver.looked_at.type))
REMEMBERED = (
    select(Leaver.source_id, Leaver.mark)
    .where(Leaver.pairing_id == bindparam("pairing_id"), Leaver.looked_at > bindparam("since"))
    .execution_options(yield_per=1000)
)
MARKS = "SELECT source_id, mark FROM kept WHERE source_id IN (SELECT value FROM json_each(?))"


class Leavers:
    """The marks of those who need not be read, on disk."""

    def __init__(self, rows: Iterable[tuple[str, str]] = ()) -> None:
        """Keep them."""
        self._rows = Rows("source_id TEXT, mark TEXT", index="source_id")
        self._any = False
        for source_id, mark in rows:
            self._any = True
            self._rows.add(source_id, mark)

    def marks(self, source_ids: Sequence[str]) -> dict[str, str]:
        """Return the marks of some employees of the source."""
        if not self._any or not source_ids:
            return {}
        return dict(self._rows.query(MARKS, (orjson.dumps(source_ids).decode(),)))


def remembered(pairing_id: int, since: datetime) -> Leavers:
    """Return the marks of all who were looked at since then."""
    with reading() as session:
        found = session.connection().execute(REMEMBERED, {"pairing_id": pairing_id, "since": since})
        return Leavers((source_id, mark) for source_id, mark in found)


def save(lease: Lease, pairing_id: int, marks: Mapping[str, str]) -> None:
    """Remember employees who have just been looked at."""
    at = now()
    rows = [{"pairing_id": pairing_id, "source_id": one, "mark": mark, "looked_at": at} for one, mark in sorted(marks.items())]
    with transaction() as session:
        hold(session, lease)
        session.execute(SAVE, rows)
