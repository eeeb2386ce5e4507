"""Send planned employees to the target, and find out whether they were written."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import cast

from connectors.contract.capabilities import CreatesMany, CreatesOnce, Update, UpdatesMany
from connectors.contract.errors import RefusedTogetherError, TemporaryError, UnansweredError
from connectors.contract.protocols import Target
from connectors.contract.records import Outcome, Prepared, TargetRecord
from core.security.vault import vault
from core.sync.compare import diff
from core.sync.runtime.context import RunContext
from core.sync.store.payloads import Intent
from core.sync.store.rows import Result
from core.sync.write.batches import Batch, is_create
from core.sync.write.deferred import Deferred, pause_before
from core.sync.write.earlier_creates import EarlierCreates
from core.sync.write.no_response import is_accepted, unanswered
from core.sync.write.results import Results
from core.sync.write.target_list import TargetList

# After this many creates in a row at which the target failed, no others are sent until one of them succeeds.
FAILING_AFTER = 20


class Sender:
    """Sends intents one by one, or many of a kind at once. Nothing is created twice."""

    def __init__(self, work: RunContext, target: Target, earlier: EarlierCreates) -> None:
        """Take the target, which must already be open, and what precedes a create."""
        self._target, self._lease = target, work.lease
        self._once: CreatesOnce | None = target if isinstance(target, CreatesOnce) else None
        self._fields = {field.name: field for field in target.fields}
        self._lookup = earlier.lookup
        self._earlier = earlier
        self._results = Results(target, earlier.lookup, work.pairing_id)
        # Positions whose request may have been carried out. If the system fails now, they count as unanswered.
        self.in_doubt: set[int] = set()
        # Creates that are looked up later, all in one listing.
        self.deferred: list[Deferred] = []
        # Positions of creates at which the target failed, and how many failed since one succeeded.
        self.failed: set[int] = set()
        self._failures_in_a_row = 0

    @property
    def is_failing(self) -> bool:
        """Say whether the target fails at everybody just now."""
        return self._failures_in_a_row >= FAILING_AFTER

    async def send(self, batch: Batch) -> list[Result]:
        """Send a batch and return the results, without those that are deferred.

        Raises ConnectorError when the system, not a record, is at fault.
        """
        results = [result for intent in batch if (result := await self._before_create(intent)) is not None]
        settled = {result.position for result in results}
        if batch := [intent for intent in batch if intent.position not in settled]:
            outcomes = await self._send(batch)
            done = [(intent, outcome) for intent, outcome in zip(batch, outcomes, strict=True) if outcome]
            if len(batch) > 1:
                self.in_doubt.difference_update(intent.position for intent, _ in done)
            results += [self._results.make(intent, outcome) for intent, outcome in done]
        return results

    async def _before_create(self, intent: Intent) -> Result | None:
        """Return the result of an employee who is not to be created, because the target may have them already."""
        if not is_create(intent):
            return None
        verdict = await self._earlier.check(intent)
        if verdict is None:
            return None
        if isinstance(verdict, Result):
            return verdict
        return self._results.make(
            intent, await self._accept(intent.position, verdict, intent.payload.prepared)
        )

    async def _send(self, batch: Batch) -> Sequence[Outcome | None]:
        if len(batch) == 1:
            return [await self._send_one(batch[0])]
        return await (self._create_many(batch) if is_create(batch[0]) else self._update_many(batch))

    async def settle_deferred(self, halted: Callable[[], bool]) -> list[Result]:
        """Look up the employees whose create was answered without naming them. Raises ConnectorError.

        Where the target failed and does not have the employee, the create is sent again and may be deferred once more.
        Once the run has ``halted``, the others stay deferred.
        """
        deferred, self.deferred = self.deferred, []
        if (seconds := pause_before(deferred)) > 0:
            await asyncio.sleep(seconds)
        listed, results = self._lookup.new_list(), []
        for each in deferred:
            if halted():
                self.deferred.append(each)
            elif (outcome := await self._settle(each, listed)) is not None:
                results.append(self._results.make(each.intent, outcome))
        return results

    async def _settle(self, deferred: Deferred, listed: TargetList) -> Outcome | None:
        intent, error, tries = deferred
        if not deferred.is_sent_again:
            return await self._find_sent(intent, listed, error)
        prepared = intent.payload.prepared
        found = await self._lookup.find_earlier(intent.source_id, prepared, listed=listed)
        if found.exact:
            return await self._accept(intent.position, found.exact[0], prepared)
        if found.all:  # perhaps the employee, in part
            return self._unanswered(intent.position, error)
        return await self._create(intent, prepared, tries + 1)

    async def _send_one(self, intent: Intent) -> Outcome | None:
        payload = intent.payload
        if is_create(intent):
            return await self._create(intent, payload.prepared)
        return await self._update(intent.position, str(intent.target_id), payload.prepared, payload.current)

    async def _create_many(self, batch: Batch) -> Sequence[Outcome | None]:
        target = cast(CreatesMany, self._target)
        try:
            outcomes = await target.create_many([intent.payload.prepared for intent in batch])
            self._failures_in_a_row = 0
            return _one_each(outcomes, len(batch))
        except RefusedTogetherError:
            return await self._send_each(batch)
        except UnansweredError as error:
            listed = self._lookup.new_list()
            return [await self._after_no_response(intent, listed, error) for intent in batch]

    async def _update_many(self, batch: Batch) -> Sequence[Outcome | None]:
        target = cast(UpdatesMany, self._target)
        updates = [
            Update(str(intent.target_id), intent.payload.prepared, intent.payload.current) for intent in batch
        ]
        try:
            return _one_each(await target.update_many(updates), len(batch))
        except UnansweredError as error:
            self.in_doubt.update(intent.position for intent in batch)
            return [
                await self._check_update(intent.position, update.target_id, update.prepared, error)
                for intent, update in zip(batch, updates, strict=True)
            ]
        except RefusedTogetherError:
            return await self._send_each(batch)
        except TemporaryError:  # perhaps the target always fails for one of them
            self.in_doubt.update(intent.position for intent in batch)
            return await self._send_each(batch)

    async def _send_each(self, batch: Batch) -> Sequence[Outcome | None]:
        outcomes = []
        for intent in batch:
            outcomes.append(await self._send_one(intent))
            # This request has left, even if the system fails at a later one.
            self.in_doubt.add(intent.position)
        return outcomes

    async def _create(self, intent: Intent, prepared: Prepared, tries: int = 1) -> Outcome | None:
        try:
            outcome = await self._create_now(intent, prepared)
        except UnansweredError as error:
            return await self._after_no_response(intent, self._lookup.new_list(), error, tries)
        self._failures_in_a_row = 0
        return outcome

    async def _create_now(self, intent: Intent, prepared: Prepared) -> Outcome:
        if self._once is None:
            return await self._target.create(prepared)
        # The call repeats the request, so even a refusal may come after the employee was created.
        self.in_doubt.add(intent.position)
        return await self._once.create_once(prepared, self._key(intent))

    def _key(self, intent: Intent) -> str:
        """Return the idempotency key of a create: a keyed hash, the same after a crash."""
        create = f"create {self._lease.run_id} {intent.position} {intent.source_id}"
        return vault().fingerprint(create.encode()).hex()

    async def _after_no_response(
        self, intent: Intent, listed: TargetList, error: UnansweredError, tries: int = 1
    ) -> Outcome | None:
        """Look for an employee whose create got no response; later, where the target has finished the request."""
        self.in_doubt.add(intent.position)
        if error.is_failure:
            self.failed.add(intent.position)
            # That it fails at the same people again says nothing new.
            self._failures_in_a_row += tries == 1
        if error.is_answered or error.is_failure:
            self.deferred.append(Deferred(intent, error, tries))
            return None
        return await self._find_sent(intent, listed, error)

    async def _find_sent(self, intent: Intent, listed: TargetList, error: UnansweredError) -> Outcome:
        prepared = intent.payload.prepared
        found = await self._lookup.find_after_no_response(intent.source_id, prepared, listed)
        if found:
            return await self._accept(intent.position, found[0], prepared)
        return self._unanswered(intent.position, error)

    def _unanswered(self, position: int, error: TemporaryError) -> Outcome:
        if is_accepted(error):
            self._results.waiting.add(position)
        return unanswered(error)

    async def _accept(self, position: int, record: TargetRecord, prepared: Prepared) -> Outcome:
        """Accept an employee found as the one we created, and complete their details where they differ."""
        self._lookup.use(record.target_id)
        if self._differs(prepared, record):
            return await self._update(position, record.target_id, prepared, record)
        return Outcome(target_id=record.target_id)

    async def _update(
        self, position: int, target_id: str, prepared: Prepared, current: TargetRecord | None
    ) -> Outcome:
        try:
            return await self._target.update(target_id, prepared, current)
        except TemporaryError as error:
            # A target that still shows the employee is not down: it fails at this update.
            self.in_doubt.add(position)
            return await self._check_update(position, target_id, prepared, error)

    async def _check_update(
        self, position: int, target_id: str, prepared: Prepared, error: TemporaryError
    ) -> Outcome:
        record = await self._target.find(target_id)
        comparison = None if record is None else diff.compare(self._fields, prepared, record)
        if comparison is None or comparison.differences:
            return self._unanswered(position, error)
        # A target that hides a value has accepted it with the rest.
        is_done = is_accepted(error) or not comparison.unseen
        return Outcome(target_id=target_id) if is_done else self._unanswered(position, error)

    def _differs(self, prepared: Prepared, record: TargetRecord) -> bool:
        return bool(diff.compare(self._fields, prepared, record).differences)


def _one_each(outcomes: Sequence[Outcome], number: int) -> list[Outcome]:
    """Return the outcomes. Raises UnansweredError when the response does not have one for each employee."""
    if len(outcomes) != number:
        raise UnansweredError("The target's response does not have an outcome for each employee.")
    return list(outcomes)
