"""Find employees who would get a value that no two may have: within the plan, and with what the target lists."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Iterator

from connectors.contract.fields import Field, Value
from core.models import Decision
from core.runs.outcome_codes import Code
from core.sync.compare.canonical import canonical
from core.sync.match.resolver import Subject
from core.sync.match.target_index import TargetIndex
from core.sync.store.rows import Withdrawal
from core.sync.store.temp_store import TempTable

_SALT = secrets.token_bytes(16)
# In place of a target's slot: an employee who is not at the target.
_NOT_THERE = -1
SHARED = """
    SELECT DISTINCT position FROM kept AS ours WHERE position IS NOT NULL AND EXISTS (
        SELECT 1 FROM kept AS other WHERE other.value = ours.value AND (
            (other.position IS NOT NULL AND other.position <> ours.position)
            OR (other.position IS NULL AND other.slot <> ours.slot)
        )
    ) ORDER BY position
    """


class UniqueValues:
    """Collects the values of the fields that are unique, as digests. Without such fields it costs nothing."""

    def __init__(self, fields: Iterable[Field]) -> None:
        """Take the fields of the target."""
        self._fields = [field for field in fields if field.unique]
        self._values = (
            TempTable("value BLOB, position INTEGER, slot INTEGER", index="value") if self._fields else None
        )
        self._writes: set[int] = set()

    def add(self, subjects: Iterable[Subject], index: TargetIndex) -> None:
        """Note the values of employees who were read."""
        if self._values is None:
            return
        for subject in subjects:
            if subject.prepared is None or subject.prepared.problems:
                continue
            slot = None if subject.current is None else index.find_slot(subject.current.target_id)
            for field in self._fields:
                digest = _digest(field, subject.prepared.values.get(field.name))
                if digest is not None:
                    self._values.add(digest, subject.position, _NOT_THERE if slot is None else slot)

    def add_write(self, position: int) -> None:
        """Note an employee who is to be written."""
        if self._values is not None:
            self._writes.add(position)

    def settle(self, index: TargetIndex) -> Iterator[Withdrawal]:
        """Yield the rows that are not written, because somebody else has or gets the same value."""
        if self._values is None or not self._writes:
            return
        for slot in range(len(index)):
            values = index.record(slot).values
            for field in self._fields:
                if (digest := _digest(field, values.get(field.name))) is not None:
                    self._values.add(digest, None, slot)
        for (position,) in self._values.query(SHARED):
            if position in self._writes:
                yield Withdrawal(position, Decision.FILTERED, Code.NOT_UNIQUE)


def _digest(field: Field, value: Value) -> bytes | None:
    written = canonical(value, field.type)
    if written is None:
        return None
    return hashlib.blake2b(f"{field.name} {written}".encode(), key=_SALT, digest_size=16).digest()
