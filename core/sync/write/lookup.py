"""Look up at the target whether a create without a response was carried out."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from connectors.contract.capabilities import FindsExternalId
from connectors.contract.protocols import Target
from connectors.contract.records import Prepared, TargetRecord
from core.sync.compare import diff
from core.sync.match import decisions
from core.sync.match.keys import canonical_external_id
from core.sync.match.rules import find_alike
from core.sync.match.target_index import TargetIndex
from core.sync.runtime.context import RunContext
from core.sync.store import links
from core.sync.store.temp_store import TempTable


class Lookup:
    """Finds employees that this run may have created. Several candidates mean that it is uncertain.

    Of several candidates, any one who is exactly as we sent them is taken.
    """

    def __init__(self, work: RunContext, target: Target) -> None:
        """Take the target, which must already be open."""
        self._work, self._target = work, target
        self._fields = {field.name: field for field in target.fields}
        self._earlier: TargetIndex | None = None
        self._listing = asyncio.Lock()
        self._used = TempTable("target_id TEXT", index="target_id")

    def use(self, target_id: str) -> None:
        """Note that an employee of the target has been linked in this run."""
        self._used.add(target_id)

    def _is_used(self, target_id: str) -> bool:
        return any(self._used.query("SELECT 1 FROM kept WHERE target_id = ? LIMIT 1", (target_id,)))

    async def find_after_crash(self, source_id: str, prepared: Prepared) -> Sequence[TargetRecord]:
        """Look for an employee that an earlier attempt may have created, in one listing for all of them."""
        if (found := await self._by_external_id(prepared)) is not None:
            return [found]
        async with self._listing:
            if self._earlier is None:
                self._earlier = await self.list_target()
        candidates = await self._candidates(self._earlier, source_id, prepared)
        return self._equal(candidates, prepared)[:1] or candidates

    async def find_after_no_response(
        self, source_id: str, prepared: Prepared, listed: TargetIndex | None = None
    ) -> Sequence[TargetRecord]:
        """Look for an employee just sent. Without an external id only an exact match counts.

        Another request may be creating a similar employee. ``listed`` is the target as it was listed after a request
        for several employees.
        """
        if (found := await self._by_external_id(prepared)) is not None:
            return [found]
        index = await self.list_target() if listed is None else listed
        return self._equal(await self._candidates(index, source_id, prepared), prepared)[:1]

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
        return found if found is not None and _has_same_external_id(found, prepared) else None

    async def list_target(self) -> TargetIndex:
        """List the target as it is now."""
        target_index = TargetIndex(self._target.fields)
        await target_index.load(self._target)
        return target_index

    async def _candidates(
        self, target_index: TargetIndex, source_id: str, prepared: Prepared
    ) -> Sequence[TargetRecord]:
        slots = target_index.find_by_external_id(prepared.external_id) or find_alike(target_index, prepared)
        records = [target_index.record(slot) for slot in slots]
        target_ids, run_id = [record.target_id for record in records], self._work.lease.run_id
        owners = await self._work.store.run(links.rightful_owners, self._work.pairing_id, run_id, target_ids)
        rejected = (
            await self._work.store.run(decisions.rejected_target_ids, self._work.pairing_id, source_id)
            if records
            else frozenset()
        )
        return [
            record
            for record in records
            if not self._is_used(record.target_id)
            and record.target_id not in rejected
            and owners.get(record.target_id, source_id) == source_id
        ]

    def _equal(self, records: Sequence[TargetRecord], prepared: Prepared) -> Sequence[TargetRecord]:
        def equal(record: TargetRecord) -> bool:
            return (
                _has_same_external_id(record, prepared)
                or not diff.compare(self._fields, prepared, record).differences
            )

        return [record for record in records if equal(record)]


def _has_same_external_id(record: TargetRecord, prepared: Prepared) -> bool:
    return prepared.external_id is not None and canonical_external_id(
        record.external_id
    ) == canonical_external_id(prepared.external_id)
