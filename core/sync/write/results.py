"""Turn the outcomes of requests into what is stored of them."""

from __future__ import annotations

import orjson

from connectors.contract.protocols import Target
from connectors.contract.records import Outcome, Reason
from core.models import Action, Decision, ProblemKind
from core.sync.compare import link_state
from core.sync.match.link_check import IdentityDigests, values_after_write
from core.sync.store.payloads import Intent, Payload
from core.sync.store.rows import LinkRow, Result, warning_rows
from core.sync.store.unanswered import UnansweredRow
from core.sync.write.batches import is_create
from core.sync.write.lookup import Lookup
from core.sync.write.no_response import unanswered

DONE = {
    Decision.CREATE: Action.CREATED,
    Decision.UPDATE: Action.UPDATED,
    Decision.TERMINATE: Action.TERMINATED,
}


class Results:
    """Makes the results of one run."""

    def __init__(self, target: Target, lookup: Lookup) -> None:
        self._lookup = lookup
        self._identity_digests = IdentityDigests(target.fields)
        # Positions whose request the target has accepted for later.
        self.waiting: set[int] = set()

    def make(self, intent: Intent, outcome: Outcome) -> Result:
        """Return the result of an intent, with the link that it earns."""
        target_id = outcome.target_id or intent.target_id
        warnings = intent.warnings or []
        if outcome.warnings:
            new = warning_rows(outcome.warnings, ProblemKind.RESPONSE) or ()
            warnings = warnings + [warning for warning in new if warning not in warnings]
        problem = outcome.problem
        if problem is None and target_id is None:  # a connector reports a success without an id
            problem = unanswered().problem
        if problem is None and target_id is not None:
            link = self._link(intent.source_id, target_id, intent.payload)
            return Result(
                intent.position, DONE[intent.decision], target_id, warnings=warnings or None, link=link
            )
        assert problem is not None
        result = Result(
            intent.position, Action.FAILED, target_id, problem.reason, problem.message, warnings or None
        )
        return self._remember(intent, result) if problem.reason is Reason.UNANSWERED else result

    def _remember(self, intent: Intent, result: Result) -> Result:
        """Return the result of an unanswered request with what a later run needs to look for the employee."""
        is_waiting = intent.position in self.waiting
        if not is_create(intent):
            return result._replace(is_waiting=is_waiting)
        digests = orjson.dumps(self._lookup.sent_values.digests(intent.payload.prepared))
        mark = UnansweredRow(intent.source_id, is_waiting, digests)
        return result._replace(unanswered=mark, is_waiting=is_waiting)

    def _link(self, source_id: str, target_id: str, payload: Payload) -> LinkRow:
        self._lookup.use(target_id)
        identity_digest = self._identity_digests.digest(
            source_id, values_after_write(payload.prepared, payload.current)
        )
        state = link_state.unpack(payload.state)._replace(identity=identity_digest)
        return LinkRow(source_id, target_id, state.pack(), payload.source_version)
