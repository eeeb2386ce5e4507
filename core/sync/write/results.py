"""Turn the outcomes of requests into what is stored of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import orjson

from connectors.contract.capabilities import ListsUntranslated
from connectors.contract.fields import Value
from connectors.contract.protocols import Target
from connectors.contract.records import MAYBE_WRITTEN, Outcome, Prepared, Warn
from core.models import Action, Decision, ProblemKind
from core.runs.matched_by import MatchedBy
from core.sync.compare import link_state
from core.sync.compare.link_state import LinkStates, StoredState
from core.sync.match.link_check import IdentityDigests, values_after_write
from core.sync.runtime.record_digests import record_digest
from core.sync.store.payloads import Intent, Payload
from core.sync.store.rows import LinkRow, Result, warning_rows
from core.sync.store.unanswered import UnansweredRow
from core.sync.write.batches import is_create
from core.sync.write.kept_values import not_kept
from core.sync.write.lookup import Lookup
from core.sync.write.no_response import unanswered
from core.sync.write.part_writer import Written, is_only, worst

DONE = {
    Decision.CREATE: Action.CREATED,
    Decision.UPDATE: Action.UPDATED,
    Decision.TERMINATE: Action.TERMINATED,
}
CREATED = MatchedBy.CREATED.value
REST_WRITTEN = "Everything else was written."
REST_SHOWN = "The other parts are listed beside it."


class Results:
    """Makes the results of one run."""

    def __init__(self, target: Target, lookup: Lookup, pairing_id: int, target_name: str) -> None:
        self._lookup, self._target, self._target_name = lookup, target, target_name
        self._fields = {field.name: field for field in target.fields}
        self._link_states = LinkStates(target.fields, pairing_id)
        self._record_digest = record_digest(pairing_id, "target")
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
            matched_by = CREATED if is_create(intent) else None
            link, unkept = self._link(intent.source_id, target_id, intent.payload, outcome.shown, matched_by)
            if unkept:
                warnings = [*warnings, *(warning_rows(unkept, ProblemKind.RESPONSE) or ())]
            return Result(
                intent.position, DONE[intent.decision], target_id, warnings=warnings or None, link=link
            )
        assert problem is not None
        result = Result(
            intent.position, Action.FAILED, target_id, problem.reason, problem.message, warnings or None
        )
        return self.remember(intent, result) if problem.reason in MAYBE_WRITTEN else result

    def make_of_parts(self, intent: Intent, written: Written) -> Result:
        """Return the result of an employee who was written in several requests: the worst of their outcomes.

        An employee who was created has a link in any case. Of an update, the link stays as it was, so that the next run
        compares what was not written again.
        """
        outcome, rows = written.outcome, written.rows
        failed = worst(rows)
        if failed is None or outcome.problem is not None:
            return self.make(intent, outcome)._replace(parts=rows)
        warnings = [*(intent.warnings or ()), *(warning_rows(outcome.warnings, ProblemKind.RESPONSE) or ())]
        result = Result(
            intent.position,
            Action.FAILED,
            outcome.target_id,
            failed.reason,
            f"{failed.label}: {failed.message} {REST_WRITTEN if is_only(failed, rows) else REST_SHOWN}",
            warnings or None,
            parts=rows,
        )
        if not is_create(intent) or outcome.target_id is None:
            return result
        payload = _without(intent.payload, written.failed_fields)
        link, _ = self._link(intent.source_id, outcome.target_id, payload, outcome.shown, CREATED)
        return result._replace(link=link)

    def remember(self, intent: Intent, result: Result) -> Result:
        """Return the result of an unanswered request with what a later run needs to look for the employee."""
        is_waiting = intent.position in self.waiting
        if not is_create(intent):
            return result._replace(is_waiting=is_waiting)
        digests = orjson.dumps(self._lookup.sent_values.digests(intent.payload.prepared))
        mark = UnansweredRow(intent.source_id, is_waiting, digests)
        return result._replace(unanswered=mark, is_waiting=is_waiting)

    def _link(
        self, source_id: str, target_id: str, payload: Payload, shown: bytes | None, matched_by: int | None
    ) -> tuple[LinkRow, Sequence[Warn]]:
        """Return the link of an employee who was written, and warnings about values that the target did not keep."""
        self._lookup.use(target_id)
        identity_digest = self._identity_digests.digest(
            source_id, values_after_write(payload.prepared, payload.current)
        )
        if payload.state:
            state, just_sent = link_state.unpack(payload.state), link_state.NONE_SENT
        else:
            state = self._link_states.after_create(source_id, payload.prepared)
            just_sent = payload.prepared.values
        unkept: Sequence[Warn] = ()
        if shown is not None:
            state, unkept = self._with_shown(source_id, payload.prepared, state, shown, just_sent)
        state = state._replace(identity=identity_digest)
        return LinkRow(source_id, target_id, state.pack(), payload.source_version, matched_by), unkept

    def _with_shown(
        self,
        source_id: str,
        prepared: Prepared,
        state: StoredState,
        shown: bytes,
        just_sent: Mapping[str, Value],
    ) -> tuple[StoredState, Sequence[Warn]]:
        """Return the state with what the response shows, if that is everything that was sent, and as it was sent.

        Otherwise the next listing tells what the target has made of it, and what it did not keep is said already.
        """
        if not isinstance(self._target, ListsUntranslated):
            return state, ()
        current = self._target.translate(shown)
        is_whole = all(
            name in current.values or (name in self._fields and self._fields[name].sensitive)
            for name, value in prepared.values.items()
            if value is not None
        )
        if not is_whole:
            return state, ()
        listed = self._record_digest(shown)
        after = self._link_states.after_listing(source_id, state, current, listed, just_sent=just_sent)
        if after is not None:
            return after, ()
        return state, not_kept(self._fields, prepared, current, self._target_name)


def _without(payload: Payload, names: Collection[str]) -> Payload:
    """Return what was sent without the fields that were not written; the next run reads the employee in full."""
    values = {name: value for name, value in payload.prepared.values.items() if name not in names}
    return payload._replace(prepared=replace(payload.prepared, values=values), source_version=None)
