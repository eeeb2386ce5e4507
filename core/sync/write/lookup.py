"""Look up at the target whether somebody who is to be created is there already."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from connectors.contract.capabilities import FindsExternalId
from connectors.contract.protocols import Target
from connectors.contract.records import Prepared, TargetRecord
from core.sync.compare.sent_values import Agreement, SentDigests, SentValues
from core.sync.match import decisions, rules
from core.sync.match.comparison import compare_people
from core.sync.match.keys import KeyExtractor, canonical_external_id
from core.sync.match.target_index import TargetIndex
from core.sync.runtime.context import RunContext
from core.sync.store import links
from core.sync.store.temp_store import TempTable
from core.sync.write.target_list import ListedTarget, TargetList


class Found(NamedTuple):
    """Who at the target may be the employee that a create has sent, and is linked to no other."""

    # With the employee's external id, or exactly as they were sent.
    exact: Sequence[TargetRecord] = ()
    # By a match key, such as the tax number.
    by_key: Sequence[TargetRecord] = ()
    # With the same name, or the same external id under another name.
    doubtful: Sequence[TargetRecord] = ()

    @property
    def all(self) -> Sequence[TargetRecord]:
        """Return each of them once."""
        everybody = (*self.exact, *self.by_key, *self.doubtful)
        return list({record.target_id: record for record in everybody}.values())


class Lookup:
    """Finds employees of the target who may have been created already."""

    def __init__(self, work: RunContext, target: Target) -> None:
        """Take the target, which must already be open."""
        self._work, self._target = work, target
        self.sent_values = SentValues(target.fields)
        self._list = self.new_list()
        self._keys = KeyExtractor(target.fields)
        self._claiming = asyncio.Lock()
        self._used = TempTable("target_id TEXT", index="target_id")

    def use(self, target_id: str) -> None:
        """Note that an employee of the target has been linked in this run."""
        self._used.add(target_id)

    def _is_used(self, target_id: str) -> bool:
        return any(self._used.query("SELECT 1 FROM kept WHERE target_id = ? LIMIT 1", (target_id,)))

    @property
    def can_ask(self) -> bool:
        """Say whether the target finds an employee by external id."""
        is_chosen = self._work.systems.target_connector.external_id_chosen_by_us
        return is_chosen or isinstance(self._target, FindsExternalId)

    async def find_earlier(
        self, source_id: str, prepared: Prepared, sent: SentDigests | None = None
    ) -> Found:
        """Look for an employee that an earlier attempt or run may have created; ``sent`` is what that one sent."""
        if (found := await self._by_external_id(prepared)) is not None:
            is_same = self._is_same_person(found, prepared, sent)
            return Found(exact=[found]) if is_same else Found(doubtful=[found])
        return await self._find(await self._list.recent(), source_id, prepared, sent)

    async def find_sent(self, source_id: str, prepared: Prepared, listed: TargetList) -> Found:
        """Look for an employee that this run has just sent, and keep the one found from being taken for another.

        Without an external id only somebody exactly as sent counts: another request may have created a similar
        employee. ``listed`` is a list made after the employee was sent.
        """
        if (found := await self._by_external_id(prepared)) is not None:
            is_same = self._is_same_person(found, prepared, None)
            return Found(exact=[found]) if is_same else Found(doubtful=[found])
        if prepared.external_id is not None and self._work.systems.target_connector.external_id_chosen_by_us:
            return Found()
        index = await listed.recent()
        async with self._claiming:
            in_list = await self._find(index, source_id, prepared, None)
            if in_list.exact:
                self.use(in_list.exact[0].target_id)
        return in_list

    def new_list(self) -> TargetList:
        """Return a list that is not older than this call."""
        return TargetList(self._target, self.sent_values, self._work.has_links)

    async def find_unseen(self, source_id: str, prepared: Prepared, *, ask_list: bool) -> bool:
        """Say whether the target has somebody who may be this employee and is not in the plan."""
        if self.can_ask and prepared.external_id is not None:
            if await self._by_external_id(prepared) is not None:
                return True
            if not ask_list:
                return False
        index = (await self._list.recent()).index
        rejected = await self._rejected(source_id)
        rejected_slots = frozenset(index.find_slots(rejected).values())
        match = rules.match(index, prepared, None, rejected_slots)
        slots = {*match.claimed_slots(), *match.doubtful_slots}
        return bool(await self._free([index.record(slot) for slot in slots], source_id, rejected))

    async def _by_external_id(self, prepared: Prepared) -> TargetRecord | None:
        connector = self._work.systems.target_connector
        if prepared.external_id is None:
            return None
        if connector.external_id_chosen_by_us:
            found = await self._target.find(prepared.external_id)
        elif isinstance(self._target, FindsExternalId):
            found = await self._target.find_external(prepared.external_id)
        else:
            return None
        return found if found is not None and has_same_external_id(found, prepared) else None

    def _is_same_person(self, found: TargetRecord, prepared: Prepared, sent: SentDigests | None) -> bool:
        """Say whether an employee with our external id has the name that we sent: numbers are given again."""
        ours = self._keys.person(prepared.values, prepared.middle_names)
        compared = compare_people(ours, self._keys.person(found.values))
        if not (compared.contradictions or compared.other_first_name or compared.other_surname):
            return True
        return sent is not None and self.sent_values.compare(sent, found) is not Agreement.DIFFERENT

    async def _find(
        self, listed: ListedTarget, source_id: str, prepared: Prepared, sent: SentDigests | None
    ) -> Found:
        index, ours = listed.index, self.sent_values.digests(prepared)
        by_key = index.find_by_external_id(prepared.external_id) or _find_by_key(index, prepared)
        shapes = [ours] if sent is None else [ours, sent]
        slots = dict.fromkeys([*by_key, *(slot for shape in shapes for slot in listed.slots_like(shape))])
        if not slots:
            return Found()
        agreements = {slot: self._agreement(index.record(slot), prepared, shapes) for slot in slots}
        rejected = await self._rejected(source_id)

        async def free(chosen: Iterable[int]) -> Sequence[TargetRecord]:
            return await self._free([index.record(slot) for slot in chosen], source_id, rejected)

        return Found(
            await free(slot for slot in slots if agreements[slot] is Agreement.SAME),
            await free(by_key),
            await free(slot for slot in slots if agreements[slot] is Agreement.POSSIBLE),
        )

    def _agreement(
        self, record: TargetRecord, prepared: Prepared, shapes: Sequence[SentDigests]
    ) -> Agreement:
        if has_same_external_id(record, prepared):
            return Agreement.SAME
        if prepared.external_id is not None and record.external_id is not None:
            return Agreement.DIFFERENT
        agreements = {self.sent_values.compare(shape, record) for shape in shapes}
        return next(agreement for agreement in Agreement if agreement in agreements)

    async def _rejected(self, source_id: str) -> frozenset[str]:
        run = self._work.store.run
        return await run(decisions.rejected_target_ids, self._work.pairing_id, source_id)

    async def _free(
        self, found: Sequence[TargetRecord], source_id: str, rejected: Collection[str]
    ) -> Sequence[TargetRecord]:
        """Return those that belong to no other employee of the source and that no person has rejected."""
        if not found:
            return []
        target_ids, run_id = [record.target_id for record in found], self._work.lease.run_id
        owners = await self._work.store.run(links.rightful_owners, self._work.pairing_id, run_id, target_ids)
        return [
            record
            for record in found
            if not self._is_used(record.target_id)
            and record.target_id not in rejected
            and owners.get(record.target_id, source_id) == source_id
        ]


def _find_by_key(index: TargetIndex, prepared: Prepared) -> Sequence[int]:
    """Find those who are alike by more than their name."""
    ours = index.person_to_find(prepared)
    compared = {slot: compare_people(ours, index.person(slot)) for slot in rules.find_alike(index, prepared)}
    return [slot for slot, each in compared.items() if each.same_tax_number or each.same_birth_date]


def has_same_external_id(record: TargetRecord, prepared: Prepared) -> bool:
    """Say whether an employee of the target has the external id of one of the source."""
    return prepared.external_id is not None and canonical_external_id(
        record.external_id
    ) == canonical_external_id(prepared.external_id)
