"""Read the source ahead of the decisions, through a bounded queue, with the links of everybody read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from connectors.contract.errors import ConnectorError
from connectors.contract.protocols import Source
from connectors.contract.records import Problem, Reason, SourceRecord
from core.sync.plan.filters import LEFT
from core.sync.runtime.context import RunContext
from core.sync.store import exclusions, links
from core.sync.store.exclusions import ExclusionCache, ExclusionRow
from core.sync.store.links import Horizon
from core.sync.store.rows import Linked, Same
from core.sync.store.temp_store import IdSet

Page = Sequence[SourceRecord]
PAGES_AHEAD = 2
# Of marks by source id and target ids by source id, returns the marks of those whom the target still has.
Still = Callable[[dict[str, str], Mapping[str, str | None]], dict[str, str]]
# An employee read from the source with their position in the run.
Numbered = tuple[int, SourceRecord]
# The position of the first employee of a page, and the page.
NumberedPage = tuple[int, Page]
UNASKED = ""


@dataclass(slots=True)
class Sorted:
    """Those about whom nothing has changed apart from the others, some of whom have a link that is to be looked up."""

    same: Same = field(default_factory=list)
    others: list[Numbered] = field(default_factory=list)
    linked: list[str] = field(default_factory=list)
    # Those who were left out and have changed since.
    stale: list[str] = field(default_factory=list)


class Reader:
    """Reads the employees of one run."""

    def __init__(self, work: RunContext, source: Source, horizon: Horizon, still_there: Still) -> None:
        """Take the source, entered, and what tells whom the target still has, as far as that is known."""
        self._work, self._source = work, source
        self._horizon, self._still_there = horizon, still_there
        # Pages in the order they were read, and at the end None or the error that ended the reading.
        self._pages: asyncio.Queue[Page | ConnectorError | None] = asyncio.Queue(PAGES_AHEAD)
        # Who the employees of the pages that are on their way are at the target, and None for those who are
        # not linked.
        self._target_ids: dict[str, str | None] = {}
        self._memory = ExclusionCache()
        # Those of the pages on their way whom earlier runs left out.
        self._told: dict[str, ExclusionRow] = {}
        self._seen = IdSet()

    async def read(self) -> None:
        """Read everybody."""
        self._memory = await self._work.store.run(exclusions.load, self._work.pairing_id, self._horizon.fresh)
        try:
            async for page in self._source.read(self._remembered):
                await self._pages.put(page)
        except ConnectorError as error:
            await self._pages.put(error)
        else:
            await self._pages.put(None)

    def _remembered(self, source_ids: Sequence[str]) -> Mapping[str, str]:
        """Return the marks that excuse from reading details: fresh enough, and the target still lists the employee."""
        target_ids, marks = links.source_versions(self._work.pairing_id, source_ids, self._horizon.fresh)
        self._target_ids.update(zip(source_ids, target_ids, strict=True))
        fresh = dict(zip(source_ids, marks, strict=True))
        if None in marks:
            fresh = {source_id: mark for source_id, mark in fresh.items() if mark is not None}
        excused = self._still_there(cast("dict[str, str]", fresh), self._target_ids)
        for source_id, told in self._memory.by_source_id(source_ids).items():
            if told.linked == (self._target_ids[source_id] is None):
                continue
            if told.reason is not None:
                self._told[source_id] = told
            elif fresh.get(source_id) != told.source_version:
                continue
            excused[source_id] = told.source_version
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
        told_of = self._told.pop if self._told else None
        for position, one in enumerate(records, first):
            source_id = one.source_id
            target_id = target_of(source_id, UNASKED)
            told = told_of(source_id, None) if told_of is not None else None
            if told is not None:
                into.others.append((position, _as_told(one, told, into)))
            elif excused and target_id and one.unchanged:
                same += position, source_id[:200], target_id, one.name[:400]
                continue
            else:
                into.others.append((position, one))
            if target_id is not None:
                into.linked.append(one.source_id)

    def links(self, source_ids: Sequence[str]) -> Mapping[str, Linked]:
        """Look links up."""
        return links.by_source_id(self._work.pairing_id, source_ids, self._horizon) if source_ids else {}


def _as_told(one: SourceRecord, told: ExclusionRow, into: Sorted) -> SourceRecord:
    """Return somebody who was left out, with the reason when they have not changed."""
    if one.unchanged and told.reason is not None:
        problem = LEFT if told.message == LEFT.message else Problem(Reason(told.reason), told.message or "")
        return replace(one, problem=problem)
    into.stale.append(one.source_id)
    return one
