"""Read the source ahead of the decisions, through a bounded queue, with the links of everybody read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence

from connectors.contract import Source, SourceRecord
from connectors.errors import ConnectorError
from core.sync import leavers, links
from core.sync.assignment import Assignment
from core.sync.leavers import Leavers
from core.sync.links import Horizon
from core.sync.rows import Linked
from core.sync.scratch import Texts

Page = Sequence[SourceRecord]
PAGES_AHEAD = 2
Numbered = tuple[int, SourceRecord]
"""An employee read from the source with their position in the run."""


class Reader:
    """Reads the employees of one run."""

    def __init__(self, work: Assignment, source: Source, horizon: Horizon, at_target: Callable[[Linked], bool]) -> None:
        """Take the source, entered, and how to find out whether the target still has somebody linked."""
        self._work, self._source = work, source
        self._horizon, self._at_target = horizon, at_target
        self._pages: asyncio.Queue[Page | ConnectorError | None] = asyncio.Queue(PAGES_AHEAD)
        """Pages in the order they were read, and at the end None or the error that ended the reading."""
        self._known: dict[str, Linked | None] = {}
        """Links of the pages that are on their way, and None for those who have none."""
        self._leavers = Leavers()
        self._seen = Texts()

    async def read(self) -> None:
        """Read everybody."""
        self._leavers = await self._work.store.do(leavers.remembered, self._work.pairing_id, self._horizon.fresh)
        try:
            async for page in self._source.read(self._remembered):
                await self._pages.put(page)
        except ConnectorError as error:
            await self._pages.put(error)
        else:
            await self._pages.put(None)

    def _remembered(self, source_ids: Sequence[str]) -> Mapping[str, str]:
        """Return the marks that excuse from reading details: fresh enough, and the target still lists the employee."""
        found = links.of_sources(self._work.pairing_id, source_ids, self._horizon)
        self._known |= dict.fromkeys(source_ids) | found
        marks = {
            source_id: linked.mark
            for source_id, linked in found.items()
            if linked.mark is not None and linked.fresh and linked.fingerprint is not None and self._at_target(linked)
        }
        if len(found) == len(source_ids):
            return marks
        return marks | self._leavers.marks([one for one in source_ids if one not in found])

    async def pages(self) -> AsyncIterator[list[Numbered]]:
        """Yield what has been read, page by page, everybody once. Raises ConnectorError when the source fails."""
        while (page := await self._pages.get()) is not None:
            if isinstance(page, ConnectorError):
                raise page
            new = self._new(page)
            yield list(enumerate(new, len(self._seen) - len(new)))

    def _new(self, page: Page) -> list[SourceRecord]:
        """Drop whom an earlier page had already: pages shift while people are added at the source."""
        records = {record.source_id: record for record in page}
        new = self._seen.add(records)
        if len(new) == len(page):
            return list(page)
        return [record for source_id, record in records.items() if source_id in new]

    async def links(self, records: Sequence[Numbered]) -> Mapping[str, Linked]:
        """Return the links of a page; some or all of them have been asked for already."""
        known = {one.source_id: self._known.pop(one.source_id) for _, one in records if one.source_id in self._known}
        if len(known) < len(records):
            missing = [one.source_id for _, one in records if one.source_id not in known]
            known |= await self._work.store.do(links.of_sources, self._work.pairing_id, missing, self._horizon)
        return {source_id: linked for source_id, linked in known.items() if linked is not None}
