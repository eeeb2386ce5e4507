"""Those who are left out without having been read: when somebody is found at the target, they are looked at after all.

Somebody whom the job leaves out may have been entered in payroll by hand, as the reason advises. Nobody else who bears the same
name must be taken for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any

from connectors.concurrency import for_each
from connectors.contract.protocols import Source, Target
from connectors.contract.records import SourceRecord
from connectors.http.circuit_breaker import CircuitBreaker
from core.settings import settings
from core.sync.match.conflicts import MatchConflicts
from core.sync.match.resolver import Resolver, Subject
from core.sync.plan.filters import LEFT
from core.sync.runtime.context import RunContext
from core.sync.store.temp_store import TempTable

AT_A_TIME = 100
# Stands for somebody whom the source failed at.
FAILED = SourceRecord("", "", None)


class ExclusionRecheck:
    """Those of one run. Whoever had left before the target had them is none of them: nobody enters a leaver."""

    def __init__(
        self, work: RunContext, source: Source, target: Target, finder: Resolver, claims: MatchConflicts
    ) -> None:
        """Take both systems, entered."""
        self._work, self._source, self._target = work, source, target
        self._finder, self._claims = finder, claims
        self._rows = TempTable("position INTEGER, source_id TEXT")
        self._breaker = CircuitBreaker()

    def note(self, subjects: Sequence[Subject]) -> None:
        """Note who of these is left out without having been read, and not linked."""
        for subject in subjects:
            record = subject.record
            if (
                record.unchanged
                and subject.linked is None
                and record.problem is not None
                and record.problem is not LEFT
            ):
                self._rows.add(subject.position, record.source_id)

    async def claim(self) -> None:
        """Note whom they claim at the target, when anybody without a link has been found there. Raises ConnectorError."""
        if not self._claims.any_new:
            return
        rows = iter(self._rows.query("SELECT position, source_id FROM kept ORDER BY position"))
        while portion := list(islice(rows, AT_A_TIME)):
            self._work.raise_if_stopping()
            await for_each(self._look, portion, at_once=settings().write_concurrency)

    async def _look(self, one: tuple[Any, ...]) -> None:
        position, source_id = one
        record = await self._breaker.call(self._source.read_one(source_id), lambda _: FAILED)
        if record is FAILED:
            self._claims.miss()
        elif record is not None and record.employee is not None:
            prepared = self._target.prepare(source_id, record.employee)
            self._claims.match(
                position, self._finder.match(source_id, prepared, None, None), source_id, record.name
            )
