"""Read excluded employees who were skipped, as soon as any employee without a link is found at the target.

An excluded employee may have been entered in payroll by hand, as the reason of the exclusion advises. Another employee
with the same name must not be matched to that record. Leavers are not read: nobody enters a leaver by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any

from connectors.concurrency import for_each
from connectors.contract.protocols import Source, Target
from connectors.contract.records import SourceRecord
from connectors.http.circuit_breaker import CircuitBreaker
from core.scope.judging import is_already_left
from core.settings import settings
from core.sync.match.conflicts import Claim, MatchConflicts
from core.sync.match.resolver import Resolver, Subject
from core.sync.runtime.context import RunContext
from core.sync.store.temp_store import TempTable

EMPLOYEES_AT_A_TIME = 100
# In place of an employee when the source failed to answer.
READ_FAILED = SourceRecord("", "", None)


class ExclusionRecheck:
    """Collects the excluded employees of one run who were not read, and reads them when it matters."""

    def __init__(
        self,
        work: RunContext,
        source: Source,
        target: Target,
        resolver: Resolver,
        conflicts: MatchConflicts,
    ) -> None:
        """Take both systems, already opened."""
        self._work, self._source, self._target = work, source, target
        self._resolver, self._conflicts = resolver, conflicts
        self._rows = TempTable("position INTEGER, source_id TEXT")
        self._circuit_breaker = CircuitBreaker()

    def add(self, subjects: Sequence[Subject]) -> None:
        """Note which of these employees are excluded, were not read, and are not linked."""
        for subject in subjects:
            record = subject.record
            is_excluded = record.problem is not None and not is_already_left(record.problem)
            if record.unchanged and is_excluded and subject.linked is None:
                self._rows.add(subject.position, record.source_id)

    async def add_matches(self) -> None:
        """Note what they match, if any employee without a link has been found at the target. Raises ConnectorError."""
        if not self._conflicts.any_new_match:
            return
        rows = iter(self._rows.query("SELECT position, source_id FROM kept ORDER BY position"))
        while batch := list(islice(rows, EMPLOYEES_AT_A_TIME)):
            self._work.raise_if_stopping()
            await for_each(self._add_match, batch, at_once=settings().concurrency)

    async def _add_match(self, row: tuple[Any, ...]) -> None:
        position, source_id = row
        record = await self._circuit_breaker.call(self._source.read_one(source_id), lambda _: READ_FAILED)
        if record is READ_FAILED:
            self._conflicts.require_review_of_weak_matches()
        elif record is not None and record.employee is not None:
            prepared = self._target.prepare(source_id, record.employee)
            match = self._resolver.match(source_id, prepared, None, None)
            self._conflicts.add_excluded(position)
            self._conflicts.add_match(Claim(position, source_id, record.name, match))
