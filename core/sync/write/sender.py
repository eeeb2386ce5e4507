"""Send one planned employee to the target, and find out what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from connectors.contract.capabilities import CreatesMany, CreatesOnce, Update, UpdatesMany
from connectors.contract.errors import RefusedTogetherError, TemporaryError, UnansweredError
from connectors.contract.protocols import Target
from connectors.contract.records import Outcome, Prepared, Problem, Reason, TargetRecord
from core.models import Action, Decision
from core.runs.outcome_catalogue import explain
from core.security.vault import vault
from core.sync.compare import diff
from core.sync.match.link_check import IdentityDigests, values_after_write
from core.sync.match.target_index import TargetIndex
from core.sync.runtime.context import RunContext
from core.sync.store.payloads import Intent, Payload
from core.sync.store.rows import LinkRow, Result, told
from core.sync.write.batches import Bundle, is_create
from core.sync.write.recovery import Lookup

DONE = {
    Decision.CREATE: Action.CREATED,
    Decision.UPDATE: Action.UPDATED,
    Decision.TERMINATE: Action.TERMINATED,
}
# With this status a system has answered that it failed; other ones may come from what stands before it
# while it works on.
FAILED = 500
UNANSWERED = Outcome(problem=Problem(Reason.UNANSWERED, explain(Reason.UNANSWERED).sentence))


Given = Sequence[tuple[Intent, Payload]]


class Sender:
    """Sends intents one by one, or many of a kind at once; nothing is ever created twice."""

    def __init__(self, work: RunContext, target: Target) -> None:
        """Take the target, entered."""
        self._target, self._lease = target, work.lease
        self._once: CreatesOnce | None = target if isinstance(target, CreatesOnce) else None
        self._fields = {field.name: field for field in target.fields}
        self._lookup = Lookup(work, target)
        self._identity_digests = IdentityDigests(target.fields)
        # Positions of whom a request may have been carried out: should the system fail now, they count as
        # unanswered.
        self.in_doubt: set[int] = set()

    async def send(self, bundle: Bundle) -> list[Result]:
        """Write a bundle. Raises ConnectorError when the system, not a record, is at fault."""
        if len(bundle) == 1:
            (intent,) = bundle
            return [self._result(intent, intent.payload, await self._one(intent, intent.payload))]
        given = [(intent, intent.payload) for intent in bundle]
        if is_create(bundle[0]):
            outcomes = await self._create_many(given)
        else:
            outcomes = await self._update_many(given)
        self.in_doubt.difference_update(intent.position for intent in bundle)
        return [
            self._result(intent, payload, outcome)
            for (intent, payload), outcome in zip(given, outcomes, strict=True)
        ]

    async def _one(self, intent: Intent, payload: Payload) -> Outcome:
        if is_create(intent):
            return await self._create(intent, payload.prepared)
        return await self._update(intent.position, str(intent.target_id), payload.prepared, payload.current)

    async def _create_many(self, given: Given) -> list[Outcome]:
        target = cast(CreatesMany, self._target)
        try:
            outcomes = await target.create_many([payload.prepared for _, payload in given])
            return _one_each(outcomes, len(given))
        except RefusedTogetherError:
            return await self._each_alone(given)
        except UnansweredError as error:
            self.in_doubt.update(intent.position for intent, _ in given)
            listed, again = await self._lookup.listed(), error.status == FAILED
            return [
                await self._after_silence(intent, payload.prepared, listed, again)
                for intent, payload in given
            ]

    async def _update_many(self, given: Given) -> list[Outcome]:
        target = cast(UpdatesMany, self._target)
        updates = [
            Update(str(intent.target_id), payload.prepared, payload.current) for intent, payload in given
        ]
        try:
            return _one_each(await target.update_many(updates), len(given))
        except UnansweredError:
            self.in_doubt.update(intent.position for intent, _ in given)
            return [await self._now_updated(update.target_id, update.prepared) for update in updates]
        except RefusedTogetherError:
            return await self._each_alone(given)
        except TemporaryError:  # it may be one of them at whom the target always fails
            self.in_doubt.update(intent.position for intent, _ in given)
            return await self._each_alone(given)

    async def _each_alone(self, given: Given) -> list[Outcome]:
        outcomes = []
        for intent, payload in given:
            outcomes.append(await self._one(intent, payload))
            self.in_doubt.add(
                intent.position
            )  # should a later one find the system failing, this one has left all the same
        return outcomes

    async def _create(self, intent: Intent, prepared: Prepared) -> Outcome:
        if intent.sent:
            found = await self._lookup.after_crash(intent.source_id, prepared)
            if found:
                return await self._adopt(intent.position, list(found), prepared)
        try:
            return await self._create_now(intent, prepared)
        except UnansweredError:
            self.in_doubt.add(intent.position)
            return await self._after_silence(intent, prepared, None)

    async def _create_now(self, intent: Intent, prepared: Prepared) -> Outcome:
        if self._once is None:
            return await self._target.create(prepared)
        self.in_doubt.add(
            intent.position
        )  # it is repeated within this call, so that even a refusal may come after the deed
        return await self._once.create_once(prepared, self._key(intent))

    def _key(self, intent: Intent) -> str:
        """Return what a create of this run is known by at the target: the same after a crash, and a hash that tells nothing."""
        return (
            vault()
            .fingerprint(f"create {self._lease.run_id} {intent.position} {intent.source_id}".encode())
            .hex()
        )

    async def _after_silence(
        self, intent: Intent, prepared: Prepared, listed: TargetIndex | None, again: bool = False
    ) -> Outcome:
        """Look an employee up; with ``again``, who is not there is sent alone: the target has ended its work on the request."""
        found = await self._lookup.after_silence(intent.source_id, prepared, listed)
        if again and not found:
            return await self._create(intent, prepared)
        return await self._adopt(intent.position, list(found), prepared)

    async def _adopt(self, position: int, found: list[TargetRecord], prepared: Prepared) -> Outcome:
        """Take the one employee found as the one we created, and complete it where it differs."""
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
        except (
            TemporaryError
        ):  # a target that still shows the employee is not down: this update is what it fails at
            self.in_doubt.add(position)
            return await self._now_updated(target_id, prepared)

    async def _now_updated(self, target_id: str, prepared: Prepared) -> Outcome:
        record = await self._target.find(target_id)
        comparison = None if record is None else diff.compare(self._fields, prepared, record)
        done = comparison is not None and not comparison.differences and not comparison.unseen
        return Outcome(target_id=target_id) if done else UNANSWERED

    def _differs(self, prepared: Prepared, record: TargetRecord) -> bool:
        return bool(diff.compare(self._fields, prepared, record).differences)

    def _result(self, intent: Intent, payload: Payload, outcome: Outcome) -> Result:
        target_id = outcome.target_id or intent.target_id
        warnings = intent.warnings or []
        if outcome.warnings:
            warnings = warnings + [
                warning for warning in told(outcome.warnings) or () if warning not in warnings
            ]
        if outcome.problem is not None:
            problem = outcome.problem
            told_by = (problem.reason, problem.message, warnings or None)
            return Result(intent.position, intent.decision, Action.FAILED, target_id, *told_by)
        target_id = target_id or payload.prepared.external_id
        link = None
        if target_id is not None:
            self._lookup.use(target_id)
            values = values_after_write(payload.prepared, payload.current)
            identity_digest = self._identity_digests.digest(intent.source_id, values)
            link = LinkRow(
                intent.source_id, target_id, payload.fingerprint, payload.source_version, identity_digest
            )
        done = DONE[intent.decision]
        return Result(intent.position, intent.decision, done, target_id, warnings=warnings or None, link=link)


def _one_each(outcomes: Sequence[Outcome], number: int) -> list[Outcome]:
    """Return the outcomes; an answer that does not tell everybody's is as good as none. Raises UnansweredError."""
    if len(outcomes) != number:
        raise UnansweredError("The target did not say what became of each employee it was sent.")
    return list(outcomes)
