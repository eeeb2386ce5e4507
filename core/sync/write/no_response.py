"""The outcome of a request that nobody knows to have been carried out."""

from __future__ import annotations

from connectors.contract.errors import TemporaryError, UnansweredError
from connectors.contract.records import Outcome, Problem, Reason
from core.runs.outcome_catalogue import explain


def unanswered(error: TemporaryError | None = None) -> Outcome:
    """Return the outcome, with what the target has said where it has responded at all."""
    explanation = explain(Reason.UNANSWERED)
    sentence = explanation.sentence
    if isinstance(error, UnansweredError) and error.is_answered:
        sentence = f"{error} {explanation.remedy}"
    elif isinstance(error, UnansweredError) and error.is_failure:
        sentence = str(error)
    return Outcome(problem=Problem(Reason.UNANSWERED, sentence))


def is_accepted(error: TemporaryError) -> bool:
    """Say whether the target has accepted a request for later."""
    return isinstance(error, UnansweredError) and error.is_accepted
