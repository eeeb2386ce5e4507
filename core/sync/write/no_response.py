"""The outcome of a request that nobody knows to have been carried out."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.contract.errors import TemporaryError, UnansweredError
from connectors.contract.records import Outcome, Problem, Reason
from core.runs.outcome_catalogue import explain


def unanswered(error: TemporaryError | None = None) -> Outcome:
    """Return the outcome, with what the error says unless it is that there was no response at all."""
    explanation = explain(Reason.UNANSWERED)
    sentence = explanation.sentence
    is_silence = error is None or (isinstance(error, UnansweredError) and not error.is_answered)
    if not is_silence:
        sentence = f"{error} {explanation.remedy}"
    return Outcome(problem=Problem(Reason.UNANSWERED, sentence))


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
