"""Send planned employees to the target, and find out whether they were written.

One file, because what one way of sending leaves open is settled by another.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from connectors.contract.capabilities import CreatesMany, CreatesOnce, Update, UpdatesMany
from connectors.contract.errors import RefusedTogetherError, TemporaryError, UnansweredError
from connectors.contract.protocols import Target
from connectors.contract.records import MAYBE_WRITTEN, Outcome, Prepared, TargetRecord
from core.security.vault import vault
from core.sync.compare import diff
from core.sync.runtime.context import RunContext
from core.sync.store.payloads import Intent
from core.sync.store.rows import Result
from core.sync.write.batches import Batch, is_create
from core.sync.write.collected_requests import CollectedRequests
from core.sync.write.deferred import Deferred, DeferredCreates
from core.sync.write.earlier_creates import EarlierCreates
from core.sync.write.no_response import is_accepted, may_be_done, one_each, server_error, unanswered
from core.sync.write.part_writer import PartWriter
from core.sync.write.results import Results
from core.sync.write.target_list import TargetList


class Sender:
    """Sends intents one by one, or many of a kind at once. Nothing is created twice."""

    def __init__(self, work: RunContext, target: Target, earlier: EarlierCreates) -> None:
        """Take the target, which must already be open, and what precedes a create."""
        self._target, self._lease = target, work.lease
        self._once: CreatesOnce | None = target if isinstance(target, CreatesOnce) else None
        self._fields = {field.name: field for field in target.fields}
        self._lookup = earlier.lookup
        self._earlier = earlier
        self._pending = earlier.pending
        self._results = Results(target, earlier.lookup, work.pairing_id, work.systems.target_connector.name)
        self.parts = PartWriter(work, target)
        # Positions whose request may have been carried out. If the system fails now, they count as unanswered.
        self.in_doubt: set[int] = set()
        self.deferred = DeferredCreates()
        # What was asked of the target for those whose outcome is not known yet.
        self.requests = CollectedRequests()

    async def send(self, batch: Batch) -> list[Result]:
        """Send a batch and return the results, without those that are deferred.

        Raises ConnectorError when the system, not a record, is at fault.
        """
        with self.requests.collect(batch):
            results = await self._send_batch(batch)
        return self.requests.give(results)

    async def _send_batch(self, batch: Batch) -> list[Result]:
        results = []
        for intent in batch:
            with self._pending.of(intent.source_id):
                if (result := await self._before_sending(intent)) is not None:
                    results.append(result)
        settled = {result.position for result in results}
        if batch := [intent for intent in batch if intent.position not in settled]:
            outcomes = await self._send(batch)
            done = [(intent, outcome) for intent, outcome in zip(batch, outcomes, strict=True) if outcome]
            if len(batch) > 1:
                self.in_doubt.difference_update(intent.position for intent, _ in done)
            results += [await self._make(intent, outcome) for intent, outcome in done]
        return results

    async def _make(self, intent: Intent, outcome: Outcome, *, is_new: bool = False) -> Result:
        if outcome.problem is None or outcome.problem.reason not in MAYBE_WRITTEN:
            self.deferred.failures_in_a_row = 0
        if not self.parts.are_used:
            return self._results.make(intent, outcome)
        self.in_doubt.add(intent.position)  # the request for the employee has left
        return self._results.make_of_parts(intent, await self.parts.complete(intent, outcome, is_new=is_new))

    async def _before_sending(self, intent: Intent) -> Result | None:
        """Return the result of an employee who is not to be sent, or no more than parts of them."""
        if (outcome := self.parts.written_before(intent)) is not None:
            return await self._make(intent, outcome)
        return await self._before_create(intent)

    async def _before_create(self, intent: Intent) -> Result | None:
        """Return the result of an employee who is not to be created, because the target may have them already."""
        if not is_create(intent):
            return None
        verdict = await self._earlier.check(intent)
        if verdict is None:
            return None
        if isinstance(verdict, Result):
            return verdict
        accepted = await self._accept(intent.position, verdict, intent.payload.prepared)
        return await self._make(intent, accepted, is_new=True)

    async def _send(self, batch: Batch) -> Sequence[Outcome | None]:
        if len(batch) == 1:
            return [await self._send_one(batch[0])]
        return await (self._create_many(batch) if is_create(batch[0]) else self._update_many(batch))

    def new_list(self) -> TargetList:
        """Return a list of the target that is not older than this call."""
        return self._lookup.new_list()

    async def look_up(self, deferred: Deferred, listed: TargetList) -> Result | None:
        """Return the result of a deferred create; None when it is to be sent again. Raises ConnectorError."""
        intent = deferred.intent
        with self.requests.collect([intent]), self._pending.of(intent.source_id):
            result = await self._look_up(deferred, listed)
        return None if result is None else self.requests.give([result])[0]

    async def _look_up(self, deferred: Deferred, listed: TargetList) -> Result | None:
        intent = deferred.intent
        found = await self._lookup.find_sent(intent.source_id, intent.payload.prepared, listed)
        if found.exact:
            accepted = await self._accept(intent.position, found.exact[0], intent.payload.prepared)
            return await self._make(intent, accepted, is_new=True)
        if found.all:  # one of them may be the employee; the next run asks a person
            return self._results.make(intent, self._unanswered(intent.position, deferred.error))
        if deferred.sends_again:
            return None
        return self._results.make(intent, self._failed(intent.position, deferred.error))

    async def send_again(self, deferred: Deferred) -> Result | None:
        """Send a create again that a lookup has not found; None when it fails again, and is deferred again."""
        source_id = deferred.intent.source_id
        with self.requests.collect([deferred.intent]), self._pending.of(source_id):
            outcome = await self._create(deferred.intent, deferred.lookups + 1)
            if outcome is None:
                return None
            made = await self._make(deferred.intent, outcome)
        result = self.requests.give([made])[0]
        # The first request may have been carried out, and this one refused for that reason.
        return result if outcome.problem is None else self._results.remember(deferred.intent, result)

    async def _send_one(self, intent: Intent) -> Outcome | None:
        payload = intent.payload
        with self._pending.of(intent.source_id):
            if is_create(intent):
                return await self._create(intent)
            target_id = str(intent.target_id)
            return await self._update(intent.position, target_id, payload.prepared, payload.current)

    async def _create_many(self, batch: Batch) -> Sequence[Outcome | None]:
        target = cast(CreatesMany, self._target)
        try:
            outcomes = await target.create_many([intent.payload.prepared for intent in batch])
            return one_each(outcomes, len(batch))
        except RefusedTogetherError:
            return await self._send_each(batch)
        except TemporaryError as error:
            if not may_be_done(error):
                raise
            self.in_doubt.update(intent.position for intent in batch)
            self.deferred.add(batch, error)
            return [None] * len(batch)

    async def _update_many(self, batch: Batch) -> Sequence[Outcome | None]:
        target = cast(UpdatesMany, self._target)
        updates = [
            Update(str(intent.target_id), intent.payload.prepared, intent.payload.current) for intent in batch
        ]
        try:
            return one_each(await target.update_many(updates), len(batch))
        except UnansweredError as error:
            self.in_doubt.update(intent.position for intent in batch)
            return [
                await self._check_update(intent.position, update, error)
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

    async def _create(self, intent: Intent, lookups: int = 0) -> Outcome | None:
        """Create an employee; None when the target has not confirmed it, so that the employee is looked up later."""
        try:
            return await self._create_now(intent, intent.payload.prepared)
        except TemporaryError as error:
            if not may_be_done(error):
                raise
            self.in_doubt.add(intent.position)
            self.deferred.add([intent], error, lookups)
            return None

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

    def _failed(self, position: int, error: TemporaryError) -> Outcome:
        return server_error() if error.is_server_error else self._unanswered(position, error)

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
            return await self._check_update(position, Update(target_id, prepared, current), error)

    async def _check_update(self, position: int, update: Update, error: TemporaryError) -> Outcome:
        target_id, prepared = update.target_id, update.prepared
        record = await self._target.find(target_id)
        is_spelling = self._is_only_spelling(update)
        comparison = (
            None if record is None else diff.compare(self._fields, prepared, record, new_spelling=is_spelling)
        )
        if comparison is None or comparison.differences:
            return self._failed(position, error)
        # A target that hides a value has accepted it with the rest.
        is_done = is_accepted(error) or not comparison.unseen
        return Outcome(target_id=target_id) if is_done else self._failed(position, error)

    def _is_only_spelling(self, update: Update) -> bool:
        """Return whether nothing but the case of a name was to change, so that only this shows that it was done."""
        if update.current is None:
            return False
        planned = diff.compare(self._fields, update.prepared, update.current)
        return not planned.differences and not planned.unseen

    def _differs(self, prepared: Prepared, record: TargetRecord) -> bool:
        return bool(diff.compare(self._fields, prepared, record).differences)
