"""Check a plan that is applied later than it was made: employees who changed since, on either side, are left out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import bindparam, select, update

from connectors.concurrency import for_each
from connectors.contract.fields import FieldType
from connectors.contract.protocols import Source, Target
from connectors.contract.records import TargetRecord
from connectors.http.circuit_breaker import CircuitBreaker
from core.clock import now
from core.db import reading, transaction
from core.models import Action, Decision, Record, Run
from core.runs.lease import Lease, assert_lease
from core.runs.outcome_catalogue import Code, explain
from core.settings import settings
from core.sync.compare import link_state
from core.sync.compare.canonical import canonical
from core.sync.compare.link_state import LinkStates
from core.sync.match import decisions, rules
from core.sync.match.link_check import IdentityDigests
from core.sync.match.numbering import Numbering
from core.sync.match.other_records import HeldRecords, OtherRecords, PersonToCheck, named_records
from core.sync.match.resolver import Resolver
from core.sync.match.target_index import TargetIndex
from core.sync.runtime.context import RunContext
from core.sync.runtime.opened_scope import open_scope
from core.sync.runtime.selected_employees import continues_elsewhere
from core.sync.store import links, records, unanswered
from core.sync.store.links import FreshnessCutoffs
from core.sync.store.payloads import Intent
from core.sync.store.rows import Linked

INTENTS_AT_A_TIME = 100


async def check(work: RunContext, target: Target) -> None:
    """Compare every pending row with what both systems hold now, and end those that no longer fit as Stale."""
    target_index = TargetIndex(target.fields)
    await target_index.load(target, work.has_links, lambda: work.note_target_page(len(target_index)))
    async with work.systems.source as source:
        work = await open_scope(work, source)
        resolver = Resolver(target_index, IdentityDigests(target.fields))
        resolver.rejected_matches = await work.store.run(decisions.rejected_matches, work.pairing_id)
        facts = work.facts
        resolver.numbering = Numbering(facts.same_numbers, facts.other_numbers, facts.created_numbers)
        resolver.remember(await work.store.run(unanswered.by_source_id, work.pairing_id), target.fields)
        revalidator = Revalidator(work, source, target, target_index, resolver)
        last_position = -1
        while intents := await work.store.run(_pending_intents, work.lease.run_id, last_position):
            work.raise_if_stopping()
            last_position = intents[-1].position
            # What may have been sent is looked up at the target before it is sent again.
            stale = await revalidator.find_stale([intent for intent in intents if not intent.sent])
            await work.store.run(end_stale, work.lease, stale)
            work.tally.settle(Decision.UPDATE, Action.NOT_WRITTEN, len(stale))


class Revalidator:
    """Looks at planned employees again."""

    def __init__(
        self,
        work: RunContext,
        source: Source,
        target: Target,
        target_index: TargetIndex,
        resolver: Resolver,
    ) -> None:
        """Take both systems, already opened, the target's employees as they are now, and what finds ours in them."""
        self._work, self._source, self._target = work, source, target
        self._target_index = target_index
        self._resolver = resolver
        self._fields = {field.name: field for field in target.fields}
        self._link_states = LinkStates(target.fields, work.pairing_id)
        self._circuit_breaker = CircuitBreaker()
        self._held = HeldRecords(OtherRecords(source, self._linked_to), work.scope.held_ids)

    async def _linked_to(self, source_ids: Collection[str]) -> Mapping[str, str]:
        return await self._work.store.run(links.target_ids, self._work.pairing_id, source_ids)

    async def find_stale(self, intents: Sequence[Intent]) -> list[int]:
        """Return the positions of the employees who are no longer as they were when the plan was made."""
        stale: list[int] = []

        async def check_one(intent: Intent) -> None:
            if not await self._circuit_breaker.call(self._still_fits(intent), lambda _: False):
                stale.append(intent.position)

        await self._held.reach_from_held()
        await for_each(check_one, intents, at_once=settings().concurrency)
        return stale

    async def _still_fits(self, intent: Intent) -> bool:
        return await self._is_same_at_source(intent) and await self._is_same_at_target(intent)

    async def _is_same_at_source(self, intent: Intent) -> bool:
        record, planned = await self._source.read_one(intent.source_id), intent.payload
        if record is None or record.employee is None:
            return False
        is_at_target = intent.decision is not Decision.CREATE
        scope, source_id = self._work.scope, intent.source_id
        if scope.find_exclusion(record.employee, source_id, is_at_target=is_at_target) is not None:
            return False
        person = PersonToCheck(source_id, named_records(record.employee))
        if await self._held.find({intent.position: person}):
            return False
        if planned.prepared.ends_employment and await continues_elsewhere(self._source, record):
            return False
        prepared = self._target.prepare(intent.source_id, record.employee)
        # What the plan does not send may be another one by now.
        not_sent = prepared.create_only | planned.prepared.create_only
        prepared = replace(prepared, create_only=not_sent & prepared.values.keys())
        written = (
            link_state.unpack(planned.state)
            if planned.state
            else self._link_states.after_create(intent.source_id, planned.prepared)
        )
        return (
            not prepared.problems
            and prepared.external_id == planned.prepared.external_id
            and prepared.ends_employment == planned.prepared.ends_employment
            and self._link_states.is_written(
                self._link_states.sent(intent.source_id, prepared), prepared, written
            )
        )

    async def _is_same_at_target(self, intent: Intent) -> bool:
        planned, linked = intent.payload, await self._find_link(intent.source_id)
        await self._look_up_unlisted({intent.target_id, linked and linked.target_id})
        linked_slot = None if linked is None else self._target_index.find_slot(linked.target_id)
        match = self._resolver.match(intent.source_id, planned.prepared, linked, linked_slot)
        if intent.decision is Decision.CREATE or intent.target_id is None:
            return match.doubt is None and not await self._matches_somebody_free(intent, match)
        slot = self._target_index.find_slot(intent.target_id)
        if slot is None or match.likely_slot != slot or planned.current is None:
            return False
        owners = await self._work.store.run(links.owners, self._work.pairing_id, [intent.target_id])
        is_ours = owners.get(intent.target_id, intent.source_id) == intent.source_id
        return is_ours and self._is_unchanged(planned.current, self._target_index.record(slot))

    async def _find_link(self, source_id: str) -> Linked | None:
        links_by_source_id = await self._work.store.run(
            links.by_source_id, self._work.pairing_id, [source_id], FreshnessCutoffs(now(), now())
        )
        return links_by_source_id.get(source_id)

    async def _look_up_unlisted(self, target_ids: Collection[str | None]) -> None:
        """Ask for employees that the target does not list, such as inactive ones."""
        for target_id in target_ids:
            if target_id is not None and self._target_index.find_slot(target_id) is None:
                record = await self._target.find(target_id)
                self._target_index.add([] if record is None else [record])

    async def _matches_somebody_free(self, intent: Intent, match: rules.Match) -> bool:
        """Return whether somebody at the target could be the employee to create, and belongs to no other employee."""
        target_ids = {self._target_index.record(slot).target_id for slot in match.claimed_slots()}
        if not target_ids:
            return False
        owners = await self._work.store.run(links.owners, self._work.pairing_id, target_ids)
        planned = await self._work.store.run(
            _planned_for_others,
            self._work.facts.applied_run_id or self._work.lease.run_id,
            intent.source_id,
            target_ids,
        )
        linked_to_others = {target_id for target_id, owner in owners.items() if owner != intent.source_id}
        return bool(target_ids - planned - linked_to_others)

    def _is_unchanged(self, before: TargetRecord, after: TargetRecord) -> bool:
        """Compare the whole record, formatting aside."""
        for name in {*before.values, *after.values}:
            kind = self._fields[name].type if name in self._fields else FieldType.TEXT
            if canonical(before.values.get(name), kind) != canonical(after.values.get(name), kind):
                return False
        return True


def _pending_intents(run_id: int, after: int) -> list[Intent]:
    with reading() as session:
        watermark = session.scalars(select(Run.sent_watermark).where(Run.id == run_id)).one()
        return list(records.intents(records.pending(session, run_id, after, INTENTS_AT_A_TIME, watermark)))


def end_stale(lease: Lease, positions: Sequence[int]) -> None:
    """End the rows of employees who changed: they are held, and what would have been written is forgotten."""
    update_row = update(Record.__table__).where(  # type: ignore[arg-type]
        Record.run_id == lease.run_id,
        Record.position == bindparam("at"),
        Record.action == Action.PENDING,
    )
    outcome = {
        "action": Action.NOT_WRITTEN,
        "reason": Code.STALE,
        "message": explain(Code.STALE).sentence,
        "payload_batch_id": None,
    }
    with transaction() as session:
        assert_lease(session, lease)
        if positions:
            rows = [{"at": position} for position in positions]
            session.connection().execute(update_row.values(**outcome), rows)


def _planned_for_others(run_id: int, source_id: str, target_ids: Collection[str]) -> set[str]:
    """Return the employees of the target who belonged to other employees in the whole plan, written or not."""
    query = select(Record.target_id).where(Record.run_id == run_id, Record.source_id != source_id)
    with reading() as session:
        matched = session.scalars(query.where(Record.target_id.in_(target_ids)))
        return {target_id for target_id in matched if target_id is not None}
