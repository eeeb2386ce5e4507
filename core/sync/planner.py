"""Make the plan of a run: list the target, read the source through a bounded queue, decide, and put rows on record."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta

from connectors.contract import Source, SourceRecord, Target
from connectors.errors import ConnectorError
from core.clock import now
from core.models import Action, Decision
from core.settings import settings
from core.sync import journal, links, matching, rulings
from core.sync.assignment import Assignment
from core.sync.claims import Claims
from core.sync.concurrency import each, together
from core.sync.directory import Directory
from core.sync.matching import Tier
from core.sync.processor import Planned, Processor, Subject
from core.sync.rows import Linked, LinkRow, Row
from core.sync.rulings import Apart, CandidateRow

Page = Sequence[SourceRecord]
Pages = asyncio.Queue[Page | ConnectorError | None]
"""Pages in the order they were read, and at the end None or the error that ended the reading."""

PAGES_AHEAD = 2
ROWS_A_TRANSACTION = 1000


class Planner:
    """Plans one run. Nothing is written to the target here."""

    def __init__(self, work: Assignment, source: Source, target: Target) -> None:
        """Take both systems, entered."""
        self._work, self._source, self._target = work, source, target
        self._directory = Directory(target.fields)
        self._processor = Processor(target.fields, work.options.scope, work.facts.today)
        self._claims = Claims()
        self._seen: set[str] = set()
        self._rows: list[Row] = []
        self._kept: list[LinkRow] = []
        self._contestable: dict[int, LinkRow] = {}
        """Links of new matches, which are stored only when nobody contests them: position → link."""
        self._apart: Apart = {}
        self._candidates: list[CandidateRow] = []

    async def plan(self) -> None:
        """Make the whole plan. Raises ConnectorError when a system fails; what was read until then is on record."""
        await self._list_target()
        self._apart = await self._work.store.do(rulings.all_apart, self._work.pairing_id)
        pages: Pages = asyncio.Queue(PAGES_AHEAD)
        try:
            await together(self._read(pages), self._decide_all(pages))
        except ConnectorError:
            await self._flush()
            raise
        await self._flush()
        await self._settle()

    async def _list_target(self) -> None:
        async for page in self._target.list():
            self._work.pause_if_asked()
            for record in page:
                self._directory.add(record)

    async def _read(self, pages: Pages) -> None:
        try:
            async for page in self._source.read(self._remembered):
                await pages.put(page)
        except ConnectorError as error:
            await pages.put(error)
        else:
            await pages.put(None)

    def _remembered(self, source_ids: Sequence[str]) -> Mapping[str, str]:
        """Return the marks that excuse from reading details: fresh enough, and the target still lists the employee."""
        oldest = now() - timedelta(days=self._work.options.full_read_days)
        found = links.of_sources(self._work.pairing_id, source_ids)
        return {
            source_id: linked.mark
            for source_id, linked in found.items()
            if linked.mark is not None
            and linked.fingerprint is not None
            and linked.updated_at > oldest
            and self._directory.place(linked.target_id) is not None
        }

    async def _decide_all(self, pages: Pages) -> None:
        while (page := await pages.get()) is not None:
            if isinstance(page, ConnectorError):
                raise page
            self._work.pause_if_asked()
            await self._decide_page(self._new(page))
            if len(self._rows) >= ROWS_A_TRANSACTION:
                await self._flush()

    def _new(self, page: Page) -> list[SourceRecord]:
        """Drop whom an earlier page had already: pages shift while people are added at the source."""
        new = [record for record in {record.source_id: record for record in page}.values() if record.source_id not in self._seen]
        self._seen.update(record.source_id for record in new)
        return new

    async def _decide_page(self, records: Sequence[SourceRecord]) -> None:
        linked = await self._work.store.do(links.of_sources, self._work.pairing_id, [record.source_id for record in records])
        await self._look_up_unlisted(records, linked)
        first = len(self._seen) - len(records)
        subjects = [self._subject(first + number, record, linked.get(record.source_id)) for number, record in enumerate(records)]
        await self._claim(subjects)
        for subject in subjects:
            self._put(subject, self._processor.decide(subject))

    async def _look_up_unlisted(self, records: Sequence[SourceRecord], linked: Mapping[str, Linked]) -> None:
        """Ask for linked employees that the target does not list, such as inactive ones."""
        wanted = [linked[record.source_id].target_id for record in records if record.employee and record.source_id in linked]

        async def look_up(target_id: str) -> None:
            if (record := await self._target.find(target_id)) is not None:
                self._directory.add(record)

        unlisted = [target_id for target_id in wanted if self._directory.place(target_id) is None]
        await each(look_up, unlisted, at_once=settings().write_concurrency)

    def _subject(self, position: int, record: SourceRecord, linked: Linked | None) -> Subject:
        place = None if linked is None else self._directory.place(linked.target_id)
        if record.employee is None:
            found = matching.NOBODY if place is None else matching.Match(Tier.LINK, place)
            return Subject(position, record, linked, None, found)
        prepared = self._target.prepare(record.source_id, record.employee)
        apart = rulings.places(self._directory, self._apart.get(record.source_id, ()))
        found = matching.match(self._directory, prepared, place, apart)
        current = None if found.hopeful is None else self._directory.record(found.hopeful)
        return Subject(position, record, linked, prepared, found, current)

    async def _claim(self, subjects: Sequence[Subject]) -> None:
        """Note who claims whom, and which of those claimed belong to somebody else by a stored link."""
        wanted: dict[int, str] = {}
        for subject in subjects:
            self._claims.match(subject.position, subject.found)
            for place in subject.found.places():
                wanted[place] = subject.record.source_id
        target_ids = {self._directory.target_id(place): place for place in wanted}
        owners = await self._work.store.do(links.owners, self._work.pairing_id, list(target_ids))
        for target_id, owner in owners.items():
            if owner != wanted[target_ids[target_id]]:
                self._claims.taken(target_ids[target_id])

    def _put(self, subject: Subject, planned: Planned) -> None:
        row = planned.row
        if row.decision is Decision.CREATE and row.action is Action.PENDING and subject.prepared is not None:
            self._claims.create(row.position, subject.prepared, self._directory.recogniser.keys(subject.prepared.values))
        if planned.link is not None and subject.found.tier is Tier.LINK:
            self._kept.append(planned.link)
        elif planned.link is not None:
            self._contestable[row.position] = planned.link
        if row.decision is Decision.AMBIGUOUS:
            self._offer(row.position, subject.found.doubted, subject.found.tier is Tier.EXTERNAL_ID)
        self._rows.append(row)

    def _offer(self, position: int, places: Sequence[int], same_number: bool) -> None:
        """Note whom a person can choose from."""
        records = (self._directory.record(place) for place in places)
        self._candidates += [CandidateRow(position, record.target_id, record.name, same_number) for record in records]

    async def _flush(self) -> None:
        rows, kept = self._rows, [] if self._work.preview else self._kept
        self._rows, self._kept = [], []
        await self._work.store.do(journal.add, self._work.lease, self._work.pairing_id, rows, kept)
        self._work.tally.add_all((row.decision, row.action) for row in rows)

    async def _settle(self) -> None:
        withdrawals = self._claims.settle()
        for withdrawal in withdrawals:
            self._contestable.pop(withdrawal.position, None)
            self._offer(withdrawal.position, withdrawal.places, withdrawal.same_number)
        kept = [] if self._work.preview else list(self._contestable.values())
        await self._work.store.do(journal.withdraw, self._work.lease, self._work.pairing_id, withdrawals, kept)
        await self._work.store.do(rulings.save_candidates, self._work.lease, self._candidates)
