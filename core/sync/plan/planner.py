"""Make the plan of a run: list the target, read the source through a bounded queue, decide, and store rows.

One file, because the order of these steps is what keeps an employee from being decided on twice, or on what the target
no longer holds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Set
from datetime import date, datetime, timedelta
from functools import cached_property

from connectors.concurrency import BackgroundTask, gather
from connectors.contract.employee import Employee
from connectors.contract.errors import ConnectorError
from connectors.contract.protocols import Source, Target
from connectors.contract.records import Prepared, Reason
from core.clock import now
from core.models import Action, Decision
from core.runs.outcome_catalogue import FAILURES, Code
from core.scope.condition_days import ConditionDays
from core.scope.judging import ALREADY_LEFT
from core.sides import leaver_alerts
from core.sync.compare import link_state
from core.sync.compare.link_state import LinkStates
from core.sync.match import decisions
from core.sync.match.link_check import IdentityDigests
from core.sync.match.numbering import Numbering
from core.sync.match.resolver import Resolver, Subject, not_shown
from core.sync.match.rules import Tier
from core.sync.match.target_changes import TargetChanges
from core.sync.match.target_index import TargetIndex
from core.sync.ownership.field_owners import FieldOwners
from core.sync.ownership.mapping_changes import MappingChanges
from core.sync.plan import repeated_warnings
from core.sync.plan.buffer import PlanBatch, PlanBuffer
from core.sync.plan.processor import (
    REFRESH,
    Planned,
    PlannedLink,
    PlannedRow,
    PlannedVersion,
    PlannedWrite,
    Processor,
)
from core.sync.plan.reader import PositionedPage, PositionedRecord, Reader
from core.sync.plan.returning import Returning
from core.sync.plan.settlement import Settlement
from core.sync.plan.version_in_force import VersionInForce
from core.sync.runtime import pinned_mapping
from core.sync.runtime.context import RunContext
from core.sync.runtime.record_digests import record_digest
from core.sync.runtime.selected_employees import MISSING
from core.sync.store import field_conflicts, journal, links, unanswered
from core.sync.store.field_conflicts import Conflicts
from core.sync.store.links import BEFORE_ALL, FreshnessCutoffs
from core.sync.store.payloads import Intent, Payload
from core.sync.store.rows import Linked, Row

# Where few employees have changed, those of several pages are decided together: what the store and the target are asked
# about them is asked at once.
DECIDED_AT_ONCE = 50


class Planner:
    """Plans one run. Nothing is written to the target here."""

    def __init__(
        self,
        work: RunContext,
        source: Source,
        target: Target,
        since: datetime,
        *,
        conflicts: Conflicts,
        repeated_ids: Set[str] = frozenset(),
    ) -> None:
        """Take both systems, already opened; what was remembered before ``since`` does not count.

        ``conflicts`` are the fields in which earlier runs have found that the two differ. ``repeated_ids`` are the
        employees that the source listed more than once when it was read before.
        """
        self._work, self._target = work, target
        self._target_index = TargetIndex(target.fields, record_digest(work.pairing_id, "target"))
        # Whether the index holds the whole target. Where listing is expensive, it starts with those looked up by id.
        self._is_listed = False
        self._buffer = PlanBuffer(work.lease.run_id, preview=work.preview)
        self._condition_days = ConditionDays(work.scope)
        identity_digests = IdentityDigests(target.fields)
        self._link_states = LinkStates(target.fields, work.pairing_id)
        self._owners = FieldOwners(
            target.fields, self._link_states, conflicts, first_run=work.facts.is_first_run
        )
        self._resolver = Resolver(self._target_index, identity_digests)
        self._resolver.numbering = Numbering(*work.facts.numbering)
        self._processor = self._new_processor(identity_digests)
        work.tally.only_by_mapping.clear()
        self._version_in_force = self._new_version_in_force(identity_digests, conflicts)
        self._returning = self._new_returning(source, identity_digests)
        self._settlement = Settlement(work, source, target, self._target_index, self._resolver)
        self._cutoffs = _freshness_cutoffs(work, since)
        self._reader = Reader(work, source, self._cutoffs, self._without_changed, repeated_ids)
        self._storing = BackgroundTask()
        self._leavers: list[Employee] = []
        # How many of the employees read have a link.
        self._linked = 0

    def _new_processor(self, identity_digests: IdentityDigests) -> Processor:
        processor = Processor(
            self._target.fields,
            self._work.scope,
            identity_digests=identity_digests,
            link_states=self._link_states,
            target_index=self._target_index,
            field_owners=self._owners,
        )
        translate_before = pinned_mapping.translator_before(self._work.facts, self._target)
        if translate_before is not None:
            processor.mapping_changes = MappingChanges(self._link_states, translate_before)
        return processor

    def _new_version_in_force(
        self, identity_digests: IdentityDigests, conflicts: Conflicts
    ) -> VersionInForce | None:
        """Return what the version in force would do, in a preview of a draft; None in any other run."""
        if self._work.facts.draft is None:
            return None
        return VersionInForce(
            self._work,
            self._target,
            identity_digests=identity_digests,
            target_index=self._target_index,
            conflicts=conflicts,
        )

    def _new_returning(self, source: Source, identity_digests: IdentityDigests) -> Returning:
        return Returning(
            self._work,
            source,
            self._target,
            target_index=self._target_index,
            resolver=self._resolver,
            identity_digests=identity_digests,
        )

    async def plan(self) -> Set[str]:
        """Make the whole plan. Raises ConnectorError when a system fails; what was read until then is stored.

        Return the employees that the source listed more than once: when there are any, the plan has to be made again.
        """
        if self._work.systems.target_connector.listing_is_cheap:
            await self._list_target()
        run, pairing_id = self._work.store.run, self._work.pairing_id
        self._resolver.rejected_matches = await run(decisions.rejected_matches, pairing_id)
        unanswered_creates = await run(unanswered.by_source_id, pairing_id)
        self._resolver.remember(unanswered_creates, self._target.fields)
        self._reader.warnings = await run(repeated_warnings.load, pairing_id)
        try:
            await gather([self._reader.read(), self._decide_all()])
        except ConnectorError:
            await self._flush_all()
            raise
        await self._flush_all()
        if self._reader.repeated_ids:
            return self._reader.repeated_ids
        links_stored = await self._work.store.run(links.count, self._work.pairing_id)
        self._work.tally.all_links_read = links_stored == self._linked
        withdrawn = await self._settlement.settle()
        await self._store_conflicts(withdrawn)
        if self._leavers and self._work.facts.draft is None:
            await self._work.store.run(
                leaver_alerts.raise_alerts, self._work.facts.connection_id, self._leavers
            )
        return frozenset()

    async def _store_conflicts(self, withdrawn: Set[int]) -> None:
        """Store the fields in which the two systems differ, and count those of a first run."""
        self._work.tally.first_changes = self._owners.first_changes(withdrawn)
        found = self._owners.found(withdrawn)
        if not self._work.preview and not found.is_empty:
            await self._work.store.run(field_conflicts.save, self._work.lease, self._work.pairing_id, found)

    async def _list_target(self) -> None:
        self._is_listed = True
        index, work = self._target_index, self._work
        work.limits.begin("target")
        await index.load(self._target, work.has_links, lambda: work.note_target_page(len(index)))

    def _without_changed(
        self, versions: dict[str, str], target_ids: Mapping[str, str], listed: Mapping[str, str]
    ) -> dict[str, str]:
        if not self._is_listed:
            return versions
        return self._target_changes.without_changed(versions, target_ids, listed)

    @cached_property
    def _target_changes(self) -> TargetChanges:
        return TargetChanges(
            self._work.pairing_id,
            self._cutoffs,
            target_index=self._target_index,
            link_states=self._link_states,
            add_states=self._buffer.add_states,
            has_conflict=self._owners.has_conflict,
        )

    async def _decide_all(self) -> None:
        try:
            async for page in self._reader.pages():
                self._work.raise_if_stopping()
                await self._decide_page(page)
                if self._buffer.is_full:
                    await self._flush()
        except ConnectorError:
            await self._decide()  # on the employees the source returned before it failed
            raise
        await self._decide()

    async def _decide_page(self, page: PositionedPage) -> None:
        self._reader.sort(page, self._buffer.employees)
        if len(self._buffer.employees.to_decide) >= DECIDED_AT_ONCE:
            await self._decide()

    async def _decide(self) -> None:
        """Decide on the employees who may have changed."""
        records, linked_ids = self._buffer.take_undecided()
        if not records:
            return
        linked = self._reader.links_by_source_id(linked_ids)
        self._linked += len(linked)
        warnings = self._reader.warnings.by_source_id(list(linked))
        prepared = {
            record.source_id: self._target.prepare(record.source_id, record.employee)
            for _, record in records
            if record.employee
        }
        if not self._is_listed and not prepared.keys() <= linked.keys():
            await self._list_target()
        as_written = set() if self._is_listed else self._find_as_written(prepared, linked)
        records, prepared = await self._look_up_linked(records, prepared, linked, as_written)
        subjects = self._resolver.resolve(records, prepared, linked, as_written)
        subjects = await self._returning.match(subjects)
        self._settlement.add_matches(subjects)
        for subject in subjects:
            self._add_decision(
                subject, self._processor.decide(subject, warnings.get(subject.record.source_id, []))
            )

    def _find_as_written(self, prepared: Mapping[str, Prepared], linked: Mapping[str, Linked]) -> set[str]:
        """Return the employees that the source describes exactly as last written, so that the target is not asked."""
        return {
            source_id
            for source_id, employee in prepared.items()
            if (link := linked.get(source_id))
            and link.fresh
            and not self._owners.is_open(source_id)
            and self._link_states.is_written(
                self._link_states.sent(source_id, employee), employee, link_state.unpack(link.state)
            )
        }

    async def _look_up_linked(
        self,
        records: list[PositionedRecord],
        prepared: dict[str, Prepared],
        linked: Mapping[str, Linked],
        as_written: Set[str],
    ) -> tuple[list[PositionedRecord], dict[str, Prepared]]:
        """Look up linked employees that the target does not list; a record it failed at is returned without details."""
        target_ids = {
            source_id: linked[source_id].target_id
            for source_id in prepared
            if source_id in linked and source_id not in as_written
        }
        failed = await self._resolver.look_up_unlisted(
            self._target, list(target_ids.values()), target_is_listed=self._is_listed
        )
        if failed:
            records = [
                (position, not_shown(record) if target_ids.get(record.source_id) in failed else record)
                for position, record in records
            ]
            prepared = {
                record.source_id: prepared[record.source_id] for _, record in records if record.employee
            }
        if not self._is_listed and any(
            self._resolver.is_broken(source_id, prepared[source_id], linked[source_id])
            for source_id in target_ids
            if source_id in prepared
        ):
            await self._list_target()  # an employee with a broken link may be listed under another id
        return records, prepared

    def _add_decision(self, subject: Subject, planned: Planned) -> None:
        row, match = planned.row, subject.match
        self._buffer.add_row(row, subject.record.requests)
        changes_on = self._processor.next_change(subject)
        if self._is_kept(subject):
            employee = subject.record.employee
            condition = None if employee is None else self._condition_days.outlook(employee, row.source_id)
            other_pay = row.decision in FAILURES and self._processor.has_other_pay(subject)
            self._buffer.add_kept_employee(subject, row, condition, other_pay=other_pay)
        if match.tier is not Tier.LINK and match.claimed_slots() and _is_excluded(row):
            self._settlement.add_excluded(row.position)
        match planned:
            case PlannedWrite(payload=payload):
                self._add_write(subject, row, payload)
            case PlannedVersion(source_version=source_version):
                self._buffer.add_source_version(row.source_id, source_version)
            case PlannedLink(link=link) if match.tier is Tier.LINK:
                self._buffer.add_link(link)
            case PlannedLink(link=link):
                self._settlement.add_contestable_link(row.position, link)
            case PlannedRow() if row.reason == Code.WOULD_CHANGE_PAY and match.likely_slot is not None:
                self._settlement.add_waiting_for_pay(row.position, match.likely_slot)
            case PlannedRow() if row.decision is Decision.AMBIGUOUS:
                same_number = match.tier is Tier.EXTERNAL_ID
                self._settlement.add_candidates(row.position, match.doubtful_slots, same_number)
        if isinstance(planned, PlannedRow | PlannedLink) and planned.lasts:
            self._buffer.add_exclusion(subject, row)
        self._add_recheck(subject, row, changes_on)

    def _is_kept(self, subject: Subject) -> bool:
        """Say whether what was found out about an employee is kept: in a run of chosen ones, some may not be there."""
        is_missing = subject.record.problem is MISSING
        return not subject.record.unchanged and not is_missing and self._work.facts.draft is None

    def _add_recheck(self, subject: Subject, row: Row, changes_on: date | None) -> None:
        """Note the next day on which the scope can say something else.

        Who could not be read today stays due, and people on hold are due until a run has read them without the hold.
        """
        source_id = subject.record.source_id
        is_held = row.reason == Reason.ON_HOLD
        day = self._work.facts.today if is_held else changes_on
        if day is not None or (subject.record.employee is not None and self._reader.is_due(source_id)):
            self._buffer.add_recheck(source_id, day)

    def _add_write(self, subject: Subject, row: Row, payload: Payload) -> None:
        intent = Intent(row.position, row.source_id[:200], row.target_id, row.decision, row.warnings, payload)
        row.payload_batch_id = self._buffer.add_intent(intent)
        self._settlement.add_write(row.position)
        if row.decision is Decision.CREATE:
            self._settlement.add_create(row.position, payload.prepared)
        elif row.decision is Decision.UPDATE and self._version_in_force is not None:
            if not self._version_in_force.would_write(subject):
                self._work.tally.only_by_mapping.add(subject.position)
        elif row.decision is Decision.TERMINATE and subject.record.employee is not None:
            self._leavers.append(leaver_alerts.identifying_details(subject.record.employee))

    async def _flush(self) -> None:
        """Store what has been decided, while the next pages are read and decided."""
        batch = self._buffer.take_batch()
        self._linked += batch.unchanged
        self._resolver.unlisted.clear()
        await self._storing.start(self._store(batch))

    async def _flush_all(self) -> None:
        await self._flush()
        await self._storing.wait()

    async def _store(self, batch: PlanBatch) -> None:
        lease, pairing_id = self._work.lease, self._work.pairing_id
        await self._work.store.run(journal.add, lease, pairing_id, batch.journal)
        self._work.tally.add_all(Counter((row.decision, row.action) for row in batch.journal.rows))
        self._work.tally.add(Decision.NO_CHANGE, Action.SKIPPED, batch.unchanged)


def _freshness_cutoffs(work: RunContext, since: datetime) -> FreshnessCutoffs:
    full_read = now() - timedelta(days=work.options.full_read_days)
    mapped = now() if work.facts.draft is not None else work.facts.mapped_since or BEFORE_ALL
    return FreshnessCutoffs(max(full_read, since), max(now() - REFRESH, since), mapped)


def _is_excluded(row: Row) -> bool:
    """Say whether an employee is not written in any case.

    A leaver who is not at the target may still be employed there, if somebody similar turns out to be them.
    """
    if row.decision is Decision.FILTERED:
        return row.message != ALREADY_LEFT.message
    return row.decision is Decision.ERROR
