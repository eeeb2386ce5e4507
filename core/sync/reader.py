"""Read the source ahead of the decisions, through a bounded queue, with the links of everybody read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from connectors.contract import Source, SourceRecord
from connectors.errors import ConnectorError
from core.sync import leavers, links
from core.sync.assignment import Assignment
from core.sync.leavers import Leavers
from core.sync.links import Horizon
from core.sync.rows import Linked, Same
from core.sync.scratch import Texts

Page = Sequence[SourceRecord]
PAGES_AHEAD = 2
Still = Callable[[dict[str, str], Mapping[str, str | None]], dict[str, str]]
"""Of marks by source id and target ids by source id, returns the marks of those whom the target still has."""
Numbered = tuple[int, SourceRecord]
"""An employee read from the source with their position in the run."""
NumberedPage = tuple[int, Page]
"""The position of the first employee of a page, and the page."""
UNASKED = ""


@dataclass(slots=True)
class Sorted:
    """Those about whom nothing has changed apart from the others, some of whom have a link that is to be looked up."""

    same: Same = field(default_factory=list)
    others: list[Numbered] = field(default_factory=list)
    linked: list[str] = field(default_factory=list)


class Reader:
    """Reads the employees of one run."""

    def __init__(self, work: Assignment, source: Source, horizon: Horizon, still_there: Still) -> None:
        """Take the source, entered, and what tells whom the target still has, as far as that is known."""
        self._work, self._source = work, source
        self._horizon, self._still_there = horizon, still_there
        self._pages: asyncio.Queue[Page | ConnectorError | None] = asyncio.Queue(PAGES_AHEAD)
        """Pages in the order they were read, and at the end None or the error that ended the reading."""
        self._target_ids: dict[str, str | None] = {}
        """Who the employees of the pages that are on their way are at the target, and None for those who are not linked."""
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
        target_ids, marks = links.known(self._work.pairing_id, source_ids, self._horizon.fresh)
        self._target_ids.update(zip(source_ids, target_ids, strict=True))
        fresh = dict(zip(source_ids, marks, strict=True))
        if None in marks:
            fresh = {source_id: mark for source_id, mark in fresh.items() if mark is not None}
        excused = self._still_there(cast("dict[str, str]", fresh), self._target_ids)
        if len(excused) < len(fresh):
            left = self._leavers.marks([source_id for source_id in fresh if source_id not in excused])
            excused |= {source_id: mark for source_id, mark in left.items() if fresh[source_id] == mark}
        if None in target_ids:
            unlinked = (source_id for source_id, target_id in zip(source_ids, target_ids, strict=True) if target_id is None)
            excused |= self._leavers.marks(list(unlinked))
        return excused

    async def pages(self) -> AsyncIterator[NumberedPage]:
        """Yield what has been read, page by page, everybody once. Raises ConnectorError when the source fails."""
        while (page := await self._pages.get()) is not None:
            if isinstance(page, ConnectorError):
                raise page
            new = self._new(page)
            yield len(self._seen) - len(new), new

    def _new(self, page: Page) -> Page:
        """Drop whom an earlier page had already: pages shift while people are added at the source."""
        new = self._seen.add([record.source_id for record in page])
        if len(new) == len(page):
            return page
        records = {record.source_id: record for record in page}
        return [record for source_id, record in records.items() if source_id in new]

    def sort(self, page: NumberedPage, into: Sorted, *, excused: bool) -> None:
        """Tell those to look at from those about whom nothing has changed, where these are ``excused``."""
        first, records = page
        target_of, same = self._target_ids.pop, into.same
        for position, one in enumerate(records, first):
            source_id = one.source_id
            target_id = target_of(source_id, UNASKED)
            if excused and target_id and one.unchanged:
                same += position, source_id[:200], target_id, one.name[:400]
                continue
            into.others.append((position, one))
            if target_id is not None:
                into.linked.append(one.source_id)

    def links(self, source_ids: Sequence[str]) -> Mapping[str, Linked]:
        """Look links up."""
        return links.of_sources(self._work.pairing_id, source_ids, self._horizon) if source_ids else {}
