"""Read the source ahead of the decisions, through a bounded queue, with the links of all employees read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import cast

from connectors.contract.duplicates import merge_readings
from connectors.contract.errors import ConnectorError
from connectors.contract.protocols import Source
from connectors.contract.records import Problem, Reason, SourceRecord
from core.scope import rechecks
from core.sync.plan.repeated_warnings import RepeatedWarnings
from core.sync.runtime.context import RunContext
from core.sync.store import exclusions, links
from core.sync.store.exclusions import ExclusionCache, ExclusionRow
from core.sync.store.links import FreshnessCutoffs
from core.sync.store.rows import Linked, UnchangedRows
from core.sync.store.temp_store import IdSet

Page = Sequence[SourceRecord]
PAGES_AHEAD = 2
# Takes source versions, target ids and the digests of the target's records as last listed, all by source id; returns
# the versions of those that the target has left as they were.
WithoutChanged = Callable[[dict[str, str], Mapping[str, str], Mapping[str, str]], dict[str, str]]
# An employee read from the source with their position in the run.
PositionedRecord = tuple[int, SourceRecord]
# The position of the first employee of a page, and the page.
PositionedPage = tuple[int, Page]
# In place of a target id: the source did not ask about this employee before it returned them.
NOT_ASKED = ""


@dataclass(slots=True)
class SortedEmployees:
    """Unchanged employees, and the others, which have to be decided on."""

    unchanged: UnchangedRows = field(default_factory=list)
    to_decide: list[PositionedRecord] = field(default_factory=list)
    # Those of the latter who may have a link.
    linked_ids: list[str] = field(default_factory=list)
    # Those who were excluded and have changed since.
    outdated_exclusions: list[str] = field(default_factory=list)


class Reader:
    """Reads the employees of one run."""

    def __init__(
        self,
        work: RunContext,
        source: Source,
        cutoffs: FreshnessCutoffs,
        without_changed: WithoutChanged,
        repeated_ids: Set[str] = frozenset(),
    ) -> None:
        """Take the source, already opened; those of ``repeated_ids`` are decided on at the end of the list."""
        self._work, self._source = work, source
        self._cutoffs, self._without_changed = cutoffs, without_changed
        # Pages in the order they were read, and at the end None or the error that ended the reading.
        self._pages: asyncio.Queue[Page | ConnectorError | None] = asyncio.Queue(PAGES_AHEAD)
        # The target ids of the employees in the queue, None for those without a link.
        self._target_ids: dict[str, str | None] = {}
        self._exclusion_cache = ExclusionCache()
        # The exclusions of the employees in the queue.
        self._exclusions: dict[str, ExclusionRow] = {}
        self._seen = IdSet()
        # Those who are read in full whatever is remembered: on hold, or to be judged again today.
        self._read_again: Set[str] = frozenset()
        # The open warnings of earlier runs: employees who have one are decided on, although they are unchanged.
        self.warnings = RepeatedWarnings()
        # The readings of the employees that an earlier reading listed more than once.
        self._readings: dict[str, list[SourceRecord]] = {source_id: [] for source_id in repeated_ids}
        # The employees that this reading has listed again: what was decided on them may not be right.
        self.repeated_ids: set[str] = set()

    async def read(self) -> None:
        """Read all employees."""
        self._exclusion_cache = await self._work.store.run(
            exclusions.load, self._work.pairing_id, self._cutoffs.fresh
        )
        due = await self._work.store.run(rechecks.due, self._work.pairing_id, self._work.facts.today)
        self._read_again = due | self._work.scope.held_ids
        limits = self._work.limits
        limits.begin("source")
        try:
            async for page in self._source.read(self._remembered_versions):
                limits.count_page("source", len(self._seen))
                await self._pages.put(page)
        except ConnectorError as error:
            await self._pages.put(error)
        else:
            await self._pages.put(None)

    def _remembered_versions(self, source_ids: Sequence[str]) -> Mapping[str, str]:
        """Return the source versions whose details need not be read: fresh, and unchanged at the target."""
        stored = links.source_versions(self._work.pairing_id, source_ids, self._cutoffs.fresh)
        target_ids = dict(zip(source_ids, stored.target_ids, strict=True))
        self._target_ids.update(target_ids)
        versions = dict(zip(source_ids, stored.source_versions, strict=True))
        if None in stored.source_versions:
            versions = {source_id: version for source_id, version in versions.items() if version is not None}
        fresh = cast("dict[str, str]", versions)
        listed = dict(zip(source_ids, stored.listed, strict=True))
        remembered = self._without_changed(
            fresh, cast("dict[str, str]", target_ids), cast("dict[str, str]", listed)
        )
        if not self._exclusion_cache.is_empty:
            self._add_exclusions(source_ids, fresh, remembered)
        for source_id in self._readings:
            remembered.pop(source_id, None)
        if self._read_again:
            for source_id in self._read_again & set(source_ids):
                remembered.pop(source_id, None)
        return remembered

    def _add_exclusions(
        self, source_ids: Sequence[str], fresh: Mapping[str, str], remembered: dict[str, str]
    ) -> None:
        """Add the source versions of employees who were excluded, and are linked, or not linked, as they were then."""
        for source_id, exclusion in self._exclusion_cache.by_source_id(source_ids).items():
            if exclusion.linked == (self._target_ids[source_id] is None):
                continue
            if exclusion.reason is not None:
                self._exclusions[source_id] = exclusion
            elif fresh.get(source_id) != exclusion.source_version:
                continue
            remembered[source_id] = exclusion.source_version

    def is_due(self, source_id: str) -> bool:
        """Say whether an employee was read in full because the scope has to judge them again today."""
        return source_id in self._read_again

    async def pages(self) -> AsyncIterator[PositionedPage]:
        """Yield what has been read, page by page, each employee once. Raises ConnectorError when the source fails."""
        while (page := await self._pages.get()) is not None:
            if isinstance(page, ConnectorError):
                raise page
            new = self._without_repeated(page)
            yield len(self._seen) - len(new), new
        if merged := [merge_readings(readings) for readings in self._readings.values() if readings]:
            yield len(self._seen), merged

    def _without_repeated(self, page: Page) -> Page:
        """Drop employees listed before: which of the readings counts is decided when the source is read once more."""
        if self._readings:
            page = self._set_aside(page)
        new = self._seen.add([record.source_id for record in page])
        if len(new) == len(page):
            return page
        records: dict[str, SourceRecord] = {}
        for record in page:
            source_id = record.source_id
            if source_id not in new or records.setdefault(source_id, record) != record:
                self.repeated_ids.add(source_id)
        return [record for source_id, record in records.items() if source_id in new]

    def _set_aside(self, page: Page) -> Page:
        """Keep the readings of employees known to be listed more than once; return the others."""
        others: list[SourceRecord] = []
        for record in page:
            self._readings.get(record.source_id, others).append(record)
        return others

    def sort(self, page: PositionedPage, into: SortedEmployees) -> None:
        """Sort a page into unchanged employees and those to decide on."""
        first_position, records = page
        take_target_id, unchanged = self._target_ids.pop, into.unchanged
        take_exclusion = self._exclusions.pop if self._exclusions else None
        warned = self.warnings.by_source_id([record.source_id for record in records])
        for position, record in enumerate(records, first_position):
            source_id = record.source_id
            target_id = take_target_id(source_id, NOT_ASKED)
            exclusion = take_exclusion(source_id, None) if take_exclusion is not None else None
            if exclusion is not None:
                into.to_decide.append((position, _apply_exclusion(record, exclusion, into)))
            elif target_id and record.unchanged and source_id not in warned:
                unchanged += position, source_id[:200], target_id, record.name[:400]
                continue
            else:
                into.to_decide.append((position, record))
                if self._work.facts.chosen is not None and record.employee is not None:
                    into.outdated_exclusions.append(
                        source_id
                    )  # what runs of everybody remember is not asked for
            if target_id is not None:
                into.linked_ids.append(source_id)

    def links_by_source_id(self, source_ids: Sequence[str]) -> Mapping[str, Linked]:
        """Look up the links of some employees."""
        return links.by_source_id(self._work.pairing_id, source_ids, self._cutoffs) if source_ids else {}


def _apply_exclusion(record: SourceRecord, exclusion: ExclusionRow, into: SortedEmployees) -> SourceRecord:
    """Return an excluded employee, with the remembered reason when they have not changed."""
    if record.unchanged and exclusion.reason is not None:
        return replace(record, problem=Problem(Reason(exclusion.reason), exclusion.message or ""))
    into.outdated_exclusions.append(record.source_id)
    return record
