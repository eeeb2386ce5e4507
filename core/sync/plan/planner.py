"""Make the plan of a run: list the target, read the source through a bounded queue, decide, and put rows on record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice

import orjson

from connectors.concurrency import Behind, together
from connectors.contract.employee import Employee
from connectors.contract.errors import ConnectorError
from connectors.contract.protocols import Source, Target
from connectors.contract.records import Prepared, Problem, Reason, SourceRecord, Verdict
from core.clock import now
from core.models import Action, Decision
from core.runs.outcome_catalogue import explain
from core.sides import leaver_alerts
from core.sync.match import decisions, rules
from core.sync.match.conflicts import MatchConflicts
from core.sync.match.decisions import CandidateRow
from core.sync.match.keys import external_key
from core.sync.match.link_check import IdentityDigests
from core.sync.match.resolver import Resolver, Subject
from core.sync.match.rules import Tier
from core.sync.match.target_index import TargetIndex
from core.sync.plan.exclusion_recheck import ExclusionRecheck
from core.sync.plan.processor import REFRESH, Planned, Processor
from core.sync.plan.reader import NumberedPage, Reader, Sorted
from core.sync.runtime.context import RunContext
from core.sync.store import exclusions, journal, links
from core.sync.store.exclusions import ExclusionRow
from core.sync.store.links import Horizon
from core.sync.store.payloads import Intent, PayloadBatcher
from core.sync.store.rows import SAME_WIDTH, Linked, LinkRow, Row
from core.sync.store.temp_store import TempTable

ROWS_A_TRANSACTION, SAME_A_TRANSACTION = 1000, 2000
# Where few have changed they are gathered from several pages: what is asked of store and target about them
# is asked at once.
DECIDED_AT_ONCE = 50


class Planner:
    """Plans one run. Nothing is written to the target here."""

    def __init__(self, work: RunContext, source: Source, target: Target, since: datetime) -> None:
        """Take both systems, entered; what was remembered before ``since`` counts for nothing (basis.py)."""
        self._work, self._target = work, target
        self._directory = TargetIndex(target.fields)
        likeness = IdentityDigests(target.fields)
        self._finder = Resolver(self._directory, likeness)
        self._processor = Processor(target.fields, work.options.scope, work.facts.today, likeness)
        self._claims = MatchConflicts(alone=work.facts.person is not None)
        self._passed = ExclusionRecheck(work, source, target, self._finder, self._claims)
        # Whether the directory holds the whole target; where listing is dear it begins with those looked up
        # one by one.
        self._listed = False
        horizon = Horizon(
            max(now() - timedelta(days=work.options.full_read_days), since), max(now() - REFRESH, since)
        )
        self._reader = Reader(work, source, horizon, self._still_there)
        self._storing = Behind()
        self._rows: list[Row] = []
        self._payload_batcher = PayloadBatcher(work.lease.run_id)
        # Those who have been read since the last flush.
        self._read = Sorted()
        self._kept: list[LinkRow] = []
        self._marks: list[tuple[str, str]] = []
        # Links of new matches, which are stored only when nobody contests them.
        self._contestable = TempTable(
            "position INTEGER, source_id TEXT, target_id TEXT, fingerprint BLOB, source_version TEXT, identity_digest BLOB"
        )
        self._candidates: list[CandidateRow] = []
        self._left_out: dict[str, ExclusionRow] = {}
        self._leaving: list[Employee] = []

    async def plan(self) -> None:
        """Make the whole plan. Raises ConnectorError when a system fails; what was read until then is on record."""
        if self._work.ends.target_connector.listing_is_cheap:
            await self._list_target()
        self._finder.apart = await self._work.store.run(decisions.all_apart, self._work.pairing_id)
        try:
            await together([self._reader.read(), self._decide_all()])
        except ConnectorError:
            await self._flush_all()
            raise
        await self._flush_all()
        await self._settle()
        if self._leaving:
            await self._work.store.run(leaver_alerts.tell, self._work.facts.connection_id, self._leaving)

    async def _list_target(self) -> None:
        self._listed = True
        async for page in self._target.list():
            self._work.raise_if_stopping()
            self._directory.add(page)

    def _still_there(self, marks: dict[str, str], target_ids: Mapping[str, str | None]) -> dict[str, str]:
        if not self._listed:
            return marks
        there = self._directory.places([str(target_ids[source_id]) for source_id in marks])
        return {source_id: mark for source_id, mark in marks.items() if target_ids[source_id] in there}

    async def _decide_all(self) -> None:
        try:
            async for page in self._reader.pages():
                self._work.raise_if_stopping()
                await self._decide_page(page)
                if (
                    len(self._rows) >= ROWS_A_TRANSACTION
                    or len(self._read.same) >= SAME_A_TRANSACTION * SAME_WIDTH
                ):
                    await self._flush()
        except ConnectorError:
            await self._decide()  # whom the source gave before it failed
            raise
        await self._decide()

    async def _decide_page(self, page: NumberedPage) -> None:
        self._reader.sort(
            page, self._read, excused=not self._listed
        )  # those listed have a claim on somebody there
        if len(self._read.others) >= DECIDED_AT_ONCE:
            await self._decide()

    async def _decide(self) -> None:
        """Decide on those who may have changed."""
        numbered, linked = self._read.others, self._reader.links(self._read.linked)
        if not numbered:
            return
        self._read = Sorted(self._read.same, stale=self._read.stale)
        prepared = {
            one.source_id: self._target.prepare(one.source_id, one.employee)
            for _, one in numbered
            if one.employee
        }
        if not self._listed and not prepared.keys() <= linked.keys():
            await self._list_target()
        written = {} if self._listed else self._as_written(prepared, linked)
        looked = {one: linked[one].target_id for one in prepared if one in linked and one not in written}
        failed = await self._finder.look_up(self._target, list(looked.values()), self._listed)
        if failed:
            numbered = [
                (position, _not_shown(one) if looked.get(one.source_id) in failed else one)
                for position, one in numbered
            ]
            prepared = {one.source_id: prepared[one.source_id] for _, one in numbered if one.employee}
        if not self._listed and any(
            self._finder.is_broken(one, prepared[one], linked[one]) for one in looked if one in prepared
        ):
            await (
                self._list_target()
            )  # whose link leads to nobody or to somebody else may be there under another id
        places = self._directory.places(
            [linked[one.source_id].target_id for _, one in numbered if one.source_id in linked]
        )
        subjects = [
            Subject(position, one, linked[one.source_id], prepared[one.source_id], as_written=True)
            if one.source_id in written
            else self._finder.subject(
                position, one, linked.get(one.source_id), prepared.get(one.source_id), places
            )
            for position, one in numbered
        ]
        self._claim(subjects)
        self._passed.note(subjects)
        for subject in subjects:
            self._put(subject, self._processor.decide(subject))

    def _as_written(self, prepared: Mapping[str, Prepared], linked: Mapping[str, Linked]) -> set[str]:
        """Return whom the source describes exactly as we wrote them last, so that the target need not be asked."""
        return {
            source_id
            for source_id, one in prepared.items()
            if (link := linked.get(source_id))
            and link.fresh
            and self._processor.fingerprint(one) == link.fingerprint
        }

    def _claim(self, subjects: Sequence[Subject]) -> None:
        """Note who claims whom, and which of those claimed without a link belong to somebody else by one."""
        wanted: dict[int, str] = {}
        for subject in subjects:
            found = subject.found
            if found is rules.NOBODY:
                if subject.unread:
                    self._claims.unread(subject.record.name)
                continue
            self._claims.match(subject.position, found, subject.record.source_id, subject.record.name)
            if found.tier is not Tier.LINK:  # nobody else can have a link to the same employee
                wanted.update(dict.fromkeys(found.places(), subject.record.source_id))
        if not wanted:
            return
        target_ids = {self._directory.record(place).target_id: place for place in wanted}
        for target_id, owner in links.owners(self._work.pairing_id, target_ids).items():
            if owner != wanted[target_ids[target_id]]:
                self._claims.taken(target_ids[target_id], owner)

    def _put(self, subject: Subject, planned: Planned) -> None:
        row, link, payload, mark, lasting = planned
        self._rows.append(row)
        if lasting and subject.record.mark is not None:
            message = row.message[:1000] if row.message else None
            self._left_out[row.source_id] = ExclusionRow(
                subject.record.mark, subject.linked is not None, row.reason, message
            )
        if payload is not None:
            intent = Intent(
                row.position, row.source_id[:200], row.target_id, row.decision, row.warnings, payload
            )
            row.payload_batch_id = self._payload_batcher.add(intent)
            if row.decision is Decision.CREATE:
                tax_number = self._directory.recogniser.tax_number(payload.prepared.values)
                self._claims.create(row.position, external_key(payload.prepared.external_id), tax_number)
            elif row.decision is Decision.TERMINATE and subject.record.employee is not None:
                self._leaving.append(leaver_alerts.remembered(subject.record.employee))
        elif mark is not None:
            self._marks.append((row.source_id, mark))
        elif link is not None and subject.found.tier is Tier.LINK:
            self._kept.append(link)
        elif link is not None:
            self._contestable.add(row.position, *link)
        elif row.decision is Decision.AMBIGUOUS:
            self._offer(row.position, subject.found.doubted, subject.found.tier is Tier.EXTERNAL_ID)

    def _offer(self, position: int, places: Sequence[int], same_number: bool) -> None:
        """Note whom a person can choose from."""
        records = (self._directory.record(place) for place in places)
        self._candidates += [
            CandidateRow(position, record.target_id, record.name, same_number) for record in records
        ]

    async def _flush(self) -> None:
        """Put on record what has been decided, while the next pages are read and decided."""
        kept, marks = ([], []) if self._work.preview else (self._kept, self._marks)
        left, stale = ({}, []) if self._work.preview else (self._left_out, self._read.stale)
        same, unchanged = orjson.dumps(self._read.same), len(self._read.same) // SAME_WIDTH
        batch = journal.Batch(
            self._rows,
            same,
            self._payload_batcher.drain(),
            kept,
            marks,
        )
        self._rows, self._read.same, self._kept, self._marks, self._left_out, self._read.stale = (
            [],
            [],
            [],
            [],
            {},
            [],
        )
        self._finder.unlisted.clear()
        await self._storing.give(self._store(batch, unchanged, left, stale))

    async def _flush_all(self) -> None:
        await self._flush()
        await self._storing.done()

    async def _store(
        self, batch: journal.Batch, unchanged: int, left: Mapping[str, ExclusionRow], stale: Sequence[str]
    ) -> None:
        await self._work.executor.run(journal.add, self._work.lease, self._work.pairing_id, batch)
        if left or stale:
            await self._work.store.run(exclusions.save, self._work.lease, self._work.pairing_id, left, stale)
        self._work.tally.add_all(Counter((row.decision, row.action) for row in batch.rows))
        self._work.tally.add(Decision.NO_CHANGE, Action.SKIPPED, unchanged)

    async def _settle(self) -> None:
        await self._passed.claim()
        withdrawals = self._claims.settle()
        lease, pairing_id, store = self._work.lease, self._work.pairing_id, self._work.store
        if withdrawals:
            await store.run(journal.withdraw, lease, pairing_id, withdrawals, [])
        for withdrawal in withdrawals:
            self._offer(withdrawal.position, withdrawal.places, withdrawal.same_number)
        contested = {withdrawal.position for withdrawal in withdrawals}
        rows = () if self._work.preview else self._contestable.query("SELECT * FROM kept ORDER BY position")
        kept = (LinkRow(*row[1:]) for row in rows if row[0] not in contested)
        while portion := list(islice(kept, ROWS_A_TRANSACTION)):
            await store.run(journal.withdraw, lease, pairing_id, [], portion)
        if not self._work.preview and (owners := self._claims.owners()):
            await store.run(journal.look_again, lease, pairing_id, owners)
        await store.run(decisions.save_candidates, lease, self._candidates)


def _not_shown(record: SourceRecord) -> SourceRecord:
    """Return an employee whom the target failed to show, so that nothing can be decided about them."""
    problem = Problem(Reason.NOT_SHOWN, explain(Reason.NOT_SHOWN).sentence, verdict=Verdict.ERROR)
    return replace(record, employee=None, problem=problem)
