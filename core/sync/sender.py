"""Send one planned employee to the target, and find out what became of it."""

from __future__ import annotations

from connectors.contract import Outcome, Prepared, Problem, Reason, Target, TargetRecord
from connectors.errors import TemporaryError, UnansweredError
from core.models import Action, Decision
from core.sync import comparing, payloads
from core.sync.assignment import Assignment
from core.sync.outcomes import explain
from core.sync.payloads import Payload
from core.sync.processor import told
from core.sync.recovery import Lookup
from core.sync.rows import Intent, LinkRow, Result

DONE = {Decision.CREATE: Action.CREATED, Decision.UPDATE: Action.UPDATED, Decision.TERMINATE: Action.TERMINATED}
UNANSWERED = Outcome(problem=Problem(Reason.UNANSWERED, explain(Reason.UNANSWERED).sentence))


class Sender:
    """Sends intents one by one; nothing is ever created twice."""

    def __init__(self, work: Assignment, target: Target) -> None:
        """Take the target, entered."""
        self._target = target
        self._fields = {field.name: field for field in target.fields}
        self._lookup = Lookup(work, target)
        self.in_doubt: set[int] = set()
        """Positions of requests that were not answered: should the system fail now, they count as unanswered."""

    async def send(self, intent: Intent) -> Result:
        """Write one employee. Raises ConnectorError when the system, not the record, is at fault."""
        payload = payloads.unseal(intent.payload)
        if intent.decision is Decision.CREATE or intent.target_id is None:
            outcome = await self._create(intent, payload.prepared)
        else:
            outcome = await self._update(intent.position, intent.target_id, payload.prepared, payload.current)
        return self._result(intent, payload, outcome)

    async def _create(self, intent: Intent, prepared: Prepared) -> Outcome:
        if intent.sent:
            found = await self._lookup.after_crash(intent.source_id, prepared)
            if found:
                return await self._adopt(intent.position, list(found), prepared)
        try:
            return await self._target.create(prepared)
        except UnansweredError:
            self.in_doubt.add(intent.position)
            found = await self._lookup.after_silence(intent.source_id, prepared)
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

    async def _update(self, position: int, target_id: str, prepared: Prepared, current: TargetRecord | None) -> Outcome:
        try:
            return await self._target.update(target_id, prepared, current)
        except TemporaryError:  # a target that still shows the employee is not down: this update is what it fails at
            self.in_doubt.add(position)
            record = await self._target.find(target_id)
            done = record is not None and not self._differs(prepared, record)
            return Outcome(target_id=target_id) if done else UNANSWERED

    def _differs(self, prepared: Prepared, record: TargetRecord) -> bool:
        return bool(comparing.compare(self._fields, prepared, record).differences)

    def _result(self, intent: Intent, payload: Payload, outcome: Outcome) -> Result:
        target_id = outcome.target_id or intent.target_id
        warnings = [*(intent.warnings or ())]
        warnings += [warning for warning in told(outcome.warnings) or () if warning not in warnings]
        if outcome.problem is not None:
            problem = outcome.problem
            told_by = (problem.reason, problem.message, warnings or None)
            return Result(intent.position, intent.decision, Action.FAILED, target_id, *told_by)
        target_id = target_id or payload.prepared.external_id
        link = None if target_id is None else LinkRow(intent.source_id, target_id, payload.fingerprint, payload.mark)
        if target_id is not None:
            self._lookup.use(target_id)
        done = DONE[intent.decision]
        return Result(intent.position, intent.decision, done, target_id, warnings=warnings or None, link=link)
