"""Send planned employees to the target, and find out whether they were written."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import cast

from connectors.contract.capabilities import CreatesMany, CreatesOnce, Update, UpdatesMany
from connectors.contract.errors import RefusedTogetherError, TemporaryError, UnansweredError
from connectors.contract.protocols import Target
from connectors.contract.records import Outcome, Prepared, Problem, Reason, TargetRecord
from core.models import Action, Decision, ProblemKind
from core.runs.outcome_catalogue import explain
from core.security.vault import vault
from core.sync.compare import diff
from core.sync.match.link_check import IdentityDigests, values_after_write
from core.sync.match.target_index import TargetIndex
from core.sync.runtime.context import RunContext
from core.sync.store.payloads import Intent, Payload
from core.sync.store.rows import LinkRow, Result, warning_rows
from core.sync.write.batches import Batch, is_create
from core.sync.write.lookup import Lookup

DONE = {
    Decision.CREATE: Action.CREATED,
    Decision.UPDATE: Action.UPDATED,
    Decision.TERMINATE: Action.TERMINATED,
}
FAILED = 500
UNANSWERED = Outcome(problem=Problem(Reason.UNANSWERED, explain(Reason.UNANSWERED).sentence))


class Sender:
    """Sends intents one by one, or many of a kind at once. Nothing is created twice."""

    def __init__(self, work: RunContext, target: Target) -> None:
        """Take the target, which must already be open."""
        self._target, self._lease = target, work.lease
        self._once: CreatesOnce | None = target if isinstance(target, CreatesOnce) else None
        self._fields = {field.name: field for field in target.fields}
        self._lookup = Lookup(work, target)
        self._identity_digests = IdentityDigests(target.fields)
        # Positions whose request may have been carried out. If the system fails now, they count as unanswered.
        self.in_doubt: set[int] = set()

    async def send(self, batch: Batch) -> list[Result]:
        """Send a batch and return the results. Raises ConnectorError when the system, not a record, is at fault."""
        if len(batch) == 1:
            (intent,) = batch
            return [self._result(intent, await self._send_one(intent))]
        if is_create(batch[0]):
            outcomes = await self._create_many(batch)
        else:
            outcomes = await self._update_many(batch)
        self.in_doubt.difference_update(intent.position for intent in batch)
        return [self._result(intent, outcome) for intent, outcome in zip(batch, outcomes, strict=True)]

    async def _send_one(self, intent: Intent) -> Outcome:
        payload = intent.payload
        if is_create(intent):
            return await self._create(intent, payload.prepared)
        return await self._update(intent.position, str(intent.target_id), payload.prepared, payload.current)

    async def _create_many(self, batch: Batch) -> list[Outcome]:
        target = cast(CreatesMany, self._target)
        try:
            outcomes = await target.create_many([intent.payload.prepared for intent in batch])
            return _one_each(outcomes, len(batch))
        except RefusedTogetherError:
            return await self._send_each(batch)
        except UnansweredError as error:
            self.in_doubt.update(intent.position for intent in batch)
            listed = await self._lookup.list_target()
            # With this status the system itself says that it failed. Others may come from a proxy in front of it while
            # the system continues.
            again = error.status == HTTPStatus.INTERNAL_SERVER_ERROR
            return [
                await self._after_no_response(intent, intent.payload.prepared, listed, again)
                for intent in batch
            ]

    async def _update_many(self, batch: Batch) -> list[Outcome]:
        target = cast(UpdatesMany, self._target)
        updates = [
            Update(str(intent.target_id), intent.payload.prepared, intent.payload.current) for intent in batch
        ]
        try:
            return _one_each(await target.update_many(updates), len(batch))
        except UnansweredError:
            self.in_doubt.update(intent.position for intent in batch)
            return [await self._check_update(update.target_id, update.prepared) for update in updates]
        except RefusedTogetherError:
            return await self._send_each(batch)
        except TemporaryError:  # perhaps the target always fails for one of them
            self.in_doubt.update(intent.position for intent in batch)
            return await self._send_each(batch)

    async def _send_each(self, batch: Batch) -> list[Outcome]:
        outcomes = []
        for intent in batch:
            outcomes.append(await self._send_one(intent))
            # This request has left, even if the system fails at a later one.
            self.in_doubt.add(intent.position)
        return outcomes

    async def _create(self, intent: Intent, prepared: Prepared) -> Outcome:
        if intent.sent:
            found = await self._lookup.find_after_crash(intent.source_id, prepared)
            if found:
                return await self._accept_found_employee(intent.position, list(found), prepared)
        try:
            return await self._create_now(intent, prepared)
        except UnansweredError:
            self.in_doubt.add(intent.position)
            return await self._after_no_response(intent, prepared, None)

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
        self, intent: Intent, prepared: Prepared, listed: TargetIndex | None, again: bool = False
    ) -> Outcome:
        """Look for an employee whose create got no response.

        With ``again``, an employee who is not there is sent again alone, because the target has finished the request.
        """
        found = await self._lookup.find_after_no_response(intent.source_id, prepared, listed)
        if again and not found:
            return await self._create(intent, prepared)
        return await self._accept_found_employee(intent.position, list(found), prepared)

    async def _accept_found_employee(
        self, position: int, found: list[TargetRecord], prepared: Prepared
    ) -> Outcome:
        """Accept the one employee found as the one we created, and complete their details where they differ."""
        if len(found) != 1:
            return UNANSWERED
        record = found[0]
        self._lookup.use(record.target_id)
        if self._differs(prepared, record):
            return await self._update(position, record.target_id, prepared, record)
        return Outcome(target_id=record.target_id)

    async def _update(
        self, position: int, target_id: str, prepared: Prepared, current: TargetRecord | None
    ) -> Outcome:
        try:
            return await self._target.update(target_id, prepared, current)
        except TemporaryError:  # a target that still shows the employee is not down: it fails at this update
            self.in_doubt.add(position)
            return await self._check_update(target_id, prepared)

    async def _check_update(self, target_id: str, prepared: Prepared) -> Outcome:
        record = await self._target.find(target_id)
        comparison = None if record is None else diff.compare(self._fields, prepared, record)
        updated = comparison is not None and not comparison.differences and not comparison.unseen
        return Outcome(target_id=target_id) if updated else UNANSWERED

    def _differs(self, prepared: Prepared, record: TargetRecord) -> bool:
        return bool(diff.compare(self._fields, prepared, record).differences)

    def _result(self, intent: Intent, outcome: Outcome) -> Result:
        target_id = outcome.target_id or intent.target_id
        warnings = intent.warnings or []
        if outcome.warnings:
            new = warning_rows(outcome.warnings, ProblemKind.RESPONSE) or ()
            warnings = warnings + [warning for warning in new if warning not in warnings]
        if (problem := outcome.problem) is not None:
            return Result(
                intent.position, Action.FAILED, target_id, problem.reason, problem.message, warnings or None
            )
        target_id = target_id or intent.payload.prepared.external_id
        link = None if target_id is None else self._link(intent.source_id, target_id, intent.payload)
        return Result(intent.position, DONE[intent.decision], target_id, warnings=warnings or None, link=link)

    def _link(self, source_id: str, target_id: str, payload: Payload) -> LinkRow:
        self._lookup.use(target_id)
        identity_digest = self._identity_digests.digest(
            source_id, values_after_write(payload.prepared, payload.current)
        )
        return LinkRow(source_id, target_id, payload.fingerprint, payload.source_version, identity_digest)


def _one_each(outcomes: Sequence[Outcome], number: int) -> list[Outcome]:
    """Return the outcomes. Raises UnansweredError when the response does not have one for each employee."""
    if len(outcomes) != number:
        raise UnansweredError("The target's response does not have an outcome for each employee.")
    return list(outcomes)
