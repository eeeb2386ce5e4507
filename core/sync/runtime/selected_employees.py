"""A run of chosen employees: the source is read for them only, and the target only as far as needed to find them.

Matching is as strict as in other runs and stricter in one respect: an employee who matches by name alone waits for a
person, because the run has not checked whether another employee of the source matches better.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from functools import partial

from connectors.concurrency import gather
from connectors.contract.capabilities import ShowsOnlyList
from connectors.contract.errors import ConfigError, TemporaryError
from connectors.contract.exchanges import FailedExchanges
from connectors.contract.protocols import Organisation, Remembered, Source
from connectors.contract.records import Problem, Reason, SourceRecord, Verdict
from connectors.http.circuit_breaker import CircuitBreaker
from core.runs.outcome_catalogue import explain
from core.settings import settings
from core.sync.runtime.context import RunContext

# Up to this number of chosen employees, the target is asked for each of them instead of listed.
LOOKED_UP_EACH = 20

MISSING = Problem(Reason.NOT_AT_SOURCE, explain(Reason.NOT_AT_SOURCE).sentence, verdict=Verdict.ERROR)

CONTINUES = Problem(
    Reason.CONTINUES_ELSEWHERE, explain(Reason.CONTINUES_ELSEWHERE).sentence, verdict=Verdict.ERROR
)


async def continues_elsewhere(source: Source, record: SourceRecord) -> bool:
    """Say whether somebody who has left continues under a later record of the source. Raises ConnectorError."""
    employee = record.employee
    if employee is None or not employee.terminated or employee.later_record_id in {None, record.source_id}:
        return False
    later = await source.read_one(str(employee.later_record_id))
    return later is not None and (later.employee is None or not later.employee.terminated)


class SelectedEmployees:
    """A source with the chosen employees. The real source must already be open."""

    def __init__(self, source: Source, chosen: Sequence[str]) -> None:
        """Take the source's ids of the employees, each once."""
        self._source, self._chosen, self._chosen_ids = source, chosen, frozenset(chosen)
        self._circuit_breaker = CircuitBreaker()

    async def read(self, remembered: Remembered | None = None) -> AsyncIterator[Sequence[SourceRecord]]:
        """Yield the employees with all details. Raises ConfigError when the source has none of them."""
        del remembered  # the details are read in any case
        missing: list[SourceRecord] = []
        async for page in self._pages():
            missing += (record for record in page if record.problem is MISSING)
            if found := [record for record in page if record.problem is not MISSING]:
                yield await gather(map(self._check_later_record, found))
        if len(missing) == len(self._chosen):
            raise ConfigError(_none_found(self._chosen))
        if missing:
            yield missing

    async def _pages(self) -> AsyncIterator[Sequence[SourceRecord]]:
        source, at_once = self._source, settings().concurrency
        if len(self._chosen) > 1 and isinstance(source, ShowsOnlyList) and source.shows_only_list:
            async for page in self._from_list():
                yield page
            return
        for first in range(0, len(self._chosen), at_once):
            yield await gather(map(self._read_one, self._chosen[first : first + at_once]))

    async def _from_list(self) -> AsyncIterator[Sequence[SourceRecord]]:
        """Read the list once, in place of once for each employee."""
        not_found = dict.fromkeys(self._chosen)
        async for page in self._source.read():
            yield (found := [record for record in page if record.source_id in self._chosen_ids])
            for record in found:
                not_found.pop(record.source_id, None)
        yield list(map(_missing, not_found))

    async def _read_one(self, source_id: str) -> SourceRecord:
        with FailedExchanges() as refused:
            if len(self._chosen) == 1:
                record = await self._source.read_one(source_id)
            else:
                request = self._source.read_one(source_id)
                record = await self._circuit_breaker.call(request, partial(_unread, source_id))
        found = record or _missing(source_id)
        return replace(found, requests=refused) if found.problem or refused.are_notable else found

    async def _check_later_record(self, record: SourceRecord) -> SourceRecord:
        """Return the record of somebody who continues under a record that was not chosen as one that cannot be used."""
        later = None if record.employee is None else record.employee.later_record_id
        if later in self._chosen_ids:
            return record
        request = continues_elsewhere(self._source, record)
        if not await self._circuit_breaker.call(request, lambda _: True):
            return record
        return SourceRecord(record.source_id, record.name, None, problem=CONTINUES)

    async def read_one(self, source_id: str) -> SourceRecord | None:
        """Read one employee."""
        return await self._source.read_one(source_id)

    async def check(self) -> Organisation:
        """Say whose data this is."""
        return await self._source.check()

    async def __aenter__(self) -> Source:
        """Return the source as it is: it is already open."""
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Leave the source to the caller that opened it."""


def _missing(source_id: str) -> SourceRecord:
    return SourceRecord(source_id, "", None, problem=MISSING)


def _unread(source_id: str, error: TemporaryError) -> SourceRecord:
    problem = Problem(
        Reason.UNREADABLE, f"{{source}} did not return the details: {error}", verdict=Verdict.ERROR
    )
    return SourceRecord(source_id, "", None, problem=problem)


def _none_found(chosen: Sequence[str]) -> str:
    if len(chosen) == 1:
        return f"The source has no employee with the id {chosen[0]}. Look the id up there and try again."
    return (
        f"The source has none of the {len(chosen)} employees chosen. Look their ids up there and try again."
    )


def for_selection(work: RunContext, chosen: Sequence[str]) -> RunContext:
    """Return the context of a run of chosen employees: the target is read again in full, by id where they are few.

    The usual number of employees is ignored. All other limits apply.
    """
    options = work.options
    connector = work.systems.target_connector
    if len(chosen) <= LOOKED_UP_EACH:
        connector = replace(connector, listing_is_cheap=False)
    limits = options.limits.model_copy(update={"least_share": 0.0, "most_fewer": None})
    return replace(
        work,
        systems=replace(work.systems, target_connector=connector),
        options=options.model_copy(update={"limits": limits, "full_read_days": 0}),
    )
