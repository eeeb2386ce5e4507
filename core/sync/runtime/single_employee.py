"""A run of one employee: the source is read for that employee only, and the target only as far as needed to find them.

Matching is as strict as in other runs and stricter in one respect: an employee who matches by name alone waits for a
person, because the run has not checked whether another employee of the source matches better.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

from connectors.contract.errors import ConfigError
from connectors.contract.protocols import Organisation, Remembered, Source
from connectors.contract.records import SourceRecord
from core.sync.runtime.context import RunContext


class SingleEmployee:
    """A source with one employee. The real source must already be open."""

    def __init__(self, source: Source, source_id: str) -> None:
        """Take the source's id of the employee."""
        self._source, self._source_id = source, source_id

    async def read(self, remembered: Remembered | None = None) -> AsyncIterator[Sequence[SourceRecord]]:
        """Yield the employee with all details. Raises ConfigError when the source has none of this id."""
        del remembered  # the details are read in any case
        record = await self._source.read_one(self._source_id)
        if record is None:
            raise ConfigError(
                f"The source has no employee with the id {self._source_id}. Look the id up there and try again."
            )
        yield [record]

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


def for_single_employee(work: RunContext) -> RunContext:
    """Return the context of a run of one employee: the target is read again in full, and by id where possible.

    The usual number of employees is ignored. All other limits apply.
    """
    options = work.options
    connector = replace(work.systems.target_connector, listing_is_cheap=False)
    limits = options.limits.model_copy(update={"least_share": 0.0, "most_fewer": None})
    return replace(
        work,
        systems=replace(work.systems, target_connector=connector),
        options=options.model_copy(update={"limits": limits, "full_read_days": 0}),
    )
