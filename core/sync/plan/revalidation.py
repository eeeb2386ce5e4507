"""Check a kept plan before it is carried out: whoever changed meanwhile, at the source or the target, is left alone."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import bindparam, select, update

from connectors.concurrency import each
from connectors.contract.fields import FieldType
from connectors.contract.protocols import Source, Target
from connectors.contract.records import TargetRecord
from connectors.http.circuit_breaker import CircuitBreaker
from core.clock import now
from core.db import reading, transaction
from core.models import Action, Decision, Record
from core.runs.lease import assert_lease
from core.runs.outcome_catalogue import Code, explain
from core.settings import settings
from core.sync.compare import diff
from core.sync.compare.fingerprints import Fingerprinter
from core.sync.match import decisions, rules
from core.sync.match.link_check import IdentityDigests
from core.sync.match.resolver import Resolver
from core.sync.match.target_index import TargetIndex
from core.sync.plan.filters import Filters
from core.sync.runtime.context import RunContext
from core.sync.store import links, records
from core.sync.store.links import Horizon
from core.sync.store.payloads import Intent, Payload
from core.sync.store.rows import Linked

AT_A_TIME = 100


async def check(work: RunContext, target: Target) -> None:
    """Compare every pending row with what both systems hold now, and end those that no longer fit as Stale."""
    directory = TargetIndex(target.fields)
    async for page in target.list():
        work.raise_if_stopping()
        directory.add(page)
    async with work.ends.source as source:
        apart = await work.store.run(decisions.all_apart, work.pairing_id)
        checker = Checker(work, source, target, directory, apart)
        after = -1
        while intents := await work.store.run(_pending, work.lease.run_id, after):
            work.raise_if_stopping()
            after = intents[-1].position
            await work.store.run(_refuse, work, await checker.stale(intents))


class Checker:
    """Looks at planned employees again."""

    def __init__(
        self, work: RunContext, source: Source, target: Target, directory: TargetIndex, apart: decisions.Apart
    ) -> None:
        """Take both systems, entered, the target's employees as they are now, and what people have decided."""
        self._work, self._source, self._target = work, source, target
        self._directory = directory
        self._finder = Resolver(directory, IdentityDigests(target.fields))
        self._finder.apart = apart
        self._fields = {field.name: field for field in target.fields}
        self._filters = Filters(work.options.scope, work.facts.today)
        self._fingerprint = Fingerprinter(self._fields).fingerprint
        self._stumbles = CircuitBreaker()

    async def stale(self, intents: Sequence[Intent]) -> list[int]:
        """Return the positions of those who are no longer as they were when the plan was made."""
        found: list[int] = []

        async def look(intent: Intent) -> None:
            if not await self._stumbles.past(self._fits(intent, intent.payload), lambda _: False):
                found.append(intent.position)

        await each(look, intents, at_once=settings().write_concurrency)
        return found

    async def _fits(self, intent: Intent, payload: Payload) -> bool:
        return await self._same_at_source(intent, payload) and await self._same_at_target(intent, payload)

    async def _same_at_source(self, intent: Intent, payload: Payload) -> bool:
        record = await self._source.read_one(intent.source_id)
        if record is None or record.employee is None:
            return False
        known = intent.decision is not Decision.CREATE
        if self._filters.leave_out(record.employee, known) is not None:
            return False
        prepared = self._target.prepare(intent.source_id, record.employee)
        if prepared.problems:
            return False
        same_end = prepared.ends_employment == payload.prepared.ends_employment
        same_id = prepared.external_id == payload.prepared.external_id
        return same_id and same_end and self._fingerprint(prepared) == payload.fingerprint

    async def _same_at_target(self, intent: Intent, payload: Payload) -> bool:
        linked = await self._linked(intent.source_id)
        await self._look_up_unlisted({intent.target_id, linked and linked.target_id})
        place = None if linked is None else self._directory.place(linked.target_id)
        found = self._finder.match(intent.source_id, payload.prepared, linked, place)
        if intent.decision is Decision.CREATE or intent.target_id is None:
            return found.doubt is None and not await self._somebody_free(intent, found)
        place = self._directory.place(intent.target_id)
        if place is None or found.hopeful != place or payload.current is None:
            return False
        owners = await self._work.store.run(links.owners, self._work.pairing_id, [intent.target_id])
        mine = owners.get(intent.target_id, intent.source_id) == intent.source_id
        return mine and self._unchanged(payload.current, self._directory.record(place))

    async def _linked(self, source_id: str) -> Linked | None:
        found = await self._work.store.run(
            links.by_source_id, self._work.pairing_id, [source_id], Horizon(now(), now())
        )
        return found.get(source_id)

    async def _look_up_unlisted(self, target_ids: Collection[str | None]) -> None:
        """Ask for employees whom the target does not list, such as inactive ones."""
        for target_id in target_ids:
            if target_id is not None and self._directory.place(target_id) is None:
                record = await self._target.find(target_id)
                self._directory.add([] if record is None else [record])

    async def _somebody_free(self, intent: Intent, found: rules.Match) -> bool:
        """Say whether somebody at the target could be the employee to create, and is nobody else's."""
        target_ids = {self._directory.record(place).target_id for place in found.places()}
        if not target_ids:
            return False
        owners = await self._work.store.run(links.owners, self._work.pairing_id, target_ids)
        planned = await self._work.store.run(
            _planned_for_others, self._work.facts.adopts, intent.source_id, target_ids
        )
        return bool(
            target_ids - planned - {one for one, owner in owners.items() if owner != intent.source_id}
        )

    def _unchanged(self, then: TargetRecord, now: TargetRecord) -> bool:
        """Compare the whole record, formatting aside."""
        for name in {*then.values, *now.values}:
            kind = self._fields[name].type if name in self._fields else FieldType.TEXT
            if diff.canonical(then.values.get(name), kind) != diff.canonical(now.values.get(name), kind):
                return False
        return True


def _pending(run_id: int, after: int) -> list[Intent]:
    with reading() as session:
        return list(records.intents(records.pending(session, run_id, after, AT_A_TIME)))


def _refuse(work: RunContext, positions: Sequence[int]) -> None:
    """End the rows of those who changed; they are held, and what would have been written is forgotten."""
    change = update(Record.__table__).where(  # type: ignore[arg-type]
        Record.run_id == work.lease.run_id,
        Record.position == bindparam("at"),
        Record.action == Action.PENDING,
    )
    ended = {
        "action": Action.NOT_WRITTEN,
        "reason": Code.STALE,
        "message": explain(Code.STALE).sentence,
        "payload_batch_id": None,
    }
    with transaction() as session:
        assert_lease(session, work.lease)
        if positions:
            session.connection().execute(change.values(**ended), [{"at": position} for position in positions])
            work.tally.settle(Decision.UPDATE, Action.NOT_WRITTEN, len(positions))


def _planned_for_others(run_id: int | None, source_id: str, target_ids: Collection[str]) -> set[str]:
    """Return who of the target was somebody else's in the plan as a whole, written or not."""
    query = select(Record.target_id).where(Record.run_id == run_id, Record.source_id != source_id)
    with reading() as session:
        return {
            found
            for found in session.scalars(query.where(Record.target_id.in_(target_ids)))
            if found is not None
        }
