"""What is known of requests that may have been carried out, and their outcomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connectors.contract.errors import PendingError, TemporaryError, UnansweredError
from connectors.contract.records import Outcome, Problem, Reason
from connectors.contract.requests.pending import CREATE, PendingRequest, PendingRequests
from core.clock import now
from core.runs.outcome_catalogue import explain
from core.sync.runtime.context import RunContext
from core.sync.store import unanswered as store
from core.sync.store.unanswered import Pending

LONGEST_NAME = 300


class PendingOfRun:
    """The requests without an end of all employees of one run."""

    def __init__(self, work: RunContext, held: Mapping[str, Pending]) -> None:
        """Take what earlier runs, and earlier attempts of this one, have left by source id."""
        self._work, self._held = work, dict(held)

    def of(self, source_id: str) -> PendingRequests:
        """Return what is known of one employee. Use as ``with`` around their requests."""
        return _PendingOfEmployee(self._work, source_id, self._held)

    def has_create(self, source_id: str) -> bool:
        """Say whether the create of an employee can be followed."""
        create = self._held.get(source_id, {}).get(CREATE)
        return create is not None and create.address is not None


class _PendingOfEmployee(PendingRequests):
    def __init__(self, work: RunContext, source_id: str, held: dict[str, Pending]) -> None:
        self._work, self._source_id, self._held = work, source_id, held

    def get(self, name: str) -> PendingRequest | None:
        return self._held.get(self._source_id, {}).get(name[:LONGEST_NAME])

    async def keep(self, name: str, address: str | None) -> None:
        name, request = name[:LONGEST_NAME], PendingRequest(address, now())
        work = self._work
        await work.store.run(store.keep_pending, work.lease, work.pairing_id, self._source_id, name, request)
        self._held.setdefault(self._source_id, {})[name] = request

    async def drop(self, name: str) -> None:
        name, work = name[:LONGEST_NAME], self._work
        if self._held.get(self._source_id, {}).pop(name, None) is not None:
            await work.store.run(store.drop_pending, work.lease, work.pairing_id, self._source_id, name)


def unanswered(error: TemporaryError | None = None) -> Outcome:
    """Return the outcome, with what the error says unless it is that there was no response at all."""
    reason = Reason.PENDING if isinstance(error, PendingError) else Reason.UNANSWERED
    explanation = explain(reason)
    sentence = explanation.sentence
    is_silence = error is None or (isinstance(error, UnansweredError) and not error.is_answered)
    if not is_silence:
        sentence = f"{error} {explanation.remedy}"
    return Outcome(problem=Problem(reason, sentence))


def server_error() -> Outcome:
    """Return the outcome of a create at which the target has failed each time."""
    return Outcome(problem=Problem(Reason.SERVER_ERROR, explain(Reason.SERVER_ERROR).sentence))


def is_accepted(error: TemporaryError) -> bool:
    """Say whether the target has accepted a request for later."""
    return isinstance(error, UnansweredError) and error.is_accepted


def may_be_done(error: TemporaryError) -> bool:
    """Say whether a request has left and may have been carried out, although no response says so."""
    return isinstance(error, UnansweredError) or error.is_server_error


def one_each(outcomes: Sequence[Outcome], number: int) -> list[Outcome]:
    """Return the outcomes. Raises UnansweredError when the response does not have one for each employee."""
    if len(outcomes) != number:
        raise UnansweredError("The target's response does not have an outcome for each employee.")
    return list(outcomes)
