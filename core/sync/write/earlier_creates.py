"""Look before a create wherever somebody may be at the target already, so that nobody is created twice.

An earlier attempt or an earlier run may have sent the same create without learning the outcome; then the target
is searched by all that was sent. Or the list that the plan rests on is old, or moved while it was read; then somebody
it did not show is left to the next run. Otherwise nothing is asked, which would double the requests of a first run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from time import monotonic

from connectors.contract.capabilities import ReportsListing
from connectors.contract.protocols import Target
from connectors.contract.records import Reason, TargetRecord
from core.clock import now
from core.models import Action
from core.runs.outcome_catalogue import Code, explain
from core.sync.runtime.context import RunContext
from core.sync.store.payloads import Intent
from core.sync.store.rows import CandidateRow, Result
from core.sync.store.unanswered import EarlierCreate
from core.sync.write import target_list
from core.sync.write.lookup import Found, Lookup, has_same_external_id
from core.sync.write.no_response import PendingOfRun

# An employee accepted for later who is still not there after this time is sent again.
ACCEPTED_LASTS = timedelta(days=1)
ACCEPTED = (
    "{target} accepted this employee in an earlier run and does not show them yet, so nothing was sent again."
)


class EarlierCreates:
    """What is known of earlier creates, and how old the list is that the plan rests on."""

    def __init__(
        self,
        work: RunContext,
        target: Target,
        unanswered: Mapping[str, EarlierCreate],
        listed_at: float | None,
        pending: PendingOfRun | None = None,
    ) -> None:
        """Take the target, already open, the creates without a response by source id, and when the target was listed.

        ``listed_at`` is a moment of the monotonic clock; None when another process has listed it.
        """
        self.lookup = Lookup(work, target)
        self.pending = pending or PendingOfRun(work, {})
        self._unanswered, self._listed_at = unanswered, listed_at
        # Another listing may move less, and then still not show who was missing from this one.
        self._list_moved = isinstance(target, ReportsListing) and target.list_moved

    async def check(self, intent: Intent) -> TargetRecord | Result | None:
        """Return the employee of the target who was created earlier, or the result of a create that must wait.

        None when the employee can be created.
        """
        earlier = self._unanswered.get(intent.source_id)
        if intent.sent or earlier is not None:
            return await self._check_earlier(intent, earlier)
        if self._is_list_doubtful() and await self.lookup.find_unseen(
            intent.source_id, intent.payload.prepared, ask_list=self._list_moved
        ):
            return Result(
                intent.position,
                Action.NOT_WRITTEN,
                reason=Code.SEEN_SINCE,
                message=explain(Code.SEEN_SINCE).sentence,
            )
        return None

    def _is_list_doubtful(self) -> bool:
        if self._list_moved or self._listed_at is None:
            return True
        return monotonic() - self._listed_at > target_list.LIST_LASTS_SECONDS

    async def _check_earlier(
        self, intent: Intent, earlier: EarlierCreate | None
    ) -> TargetRecord | Result | None:
        sent = None if earlier is None else earlier.digests
        found = await self.lookup.find_earlier(intent.source_id, intent.payload.prepared, sent)
        # In one run any of several who are exactly alike will do: they are the others that it has just created.
        if len(found.exact) == 1 or (found.exact and earlier is None):
            return found.exact[0]
        if earlier is None and len(found.by_key) == 1:
            return found.by_key[0]
        if found.all:
            return _ambiguous(intent, found)
        if self.pending.has_create(intent.source_id):
            return None
        if earlier is not None and earlier.accepted and now() - earlier.sent_at < ACCEPTED_LASTS:
            return Result(
                intent.position,
                Action.FAILED,
                reason=Reason.UNANSWERED,
                message=f"{ACCEPTED} {explain(Reason.UNANSWERED).remedy}",
                is_waiting=True,
            )
        return None


def _ambiguous(intent: Intent, found: Found) -> Result:
    prepared = intent.payload.prepared
    return Result(
        intent.position,
        Action.NOT_WRITTEN,
        reason=(code := _doubt(found)),
        message=explain(code).sentence,
        candidates=[
            CandidateRow(
                intent.position, record.target_id, record.name, has_same_external_id(record, prepared)
            )
            for record in found.all
        ],
    )


def _doubt(found: Found) -> Code:
    records: Sequence[TargetRecord] = found.all
    if len(records) > 1:
        return Code.SEVERAL_CANDIDATES
    return Code.MAY_BE_CREATED
