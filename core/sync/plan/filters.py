"""Say which employees a job excludes, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from connectors.contract.employee import Employee, employment_status, fold_word
from connectors.contract.records import Problem, Reason, Verdict
from connectors.values.redaction import redact
from core.models import Decision
from core.runs.options import Scope
from core.runs.outcome_catalogue import explain
from core.sync.store.rows import Row

ALREADY_LEFT = Problem(
    Reason.NOT_IN_SCOPE,
    "The employee has left and is not in {target}, so there is no employment to end. No action is needed.",
)
NOT_IN_SCOPE = Problem(Reason.NOT_IN_SCOPE, explain(Reason.NOT_IN_SCOPE).sentence)
# The longest word for a status that a message repeats.
MOST_LETTERS = 40
FUTURE_START = Problem(Reason.FUTURE_START, explain(Reason.FUTURE_START).sentence)


class Filters:
    """Applies the scope of one job, on one day."""

    def __init__(self, scope: Scope, today: date) -> None:
        """Fold the words of the scope once for all employees."""
        self._statuses, self._branches = _fold_all(scope.statuses), _fold_all(scope.branches)
        self._employment_types = _fold_all(scope.employment_types)
        self._future_start_days, self._today = scope.future_start_days, today

    def find_exclusion(self, employee: Employee, *, is_at_target: bool) -> Problem | None:
        """Return why the job excludes this employee; None when it does not."""
        if employee.terminated:
            if not is_at_target:  # a leaver matters only where there is an employment to end
                return ALREADY_LEFT
        elif employee.status is not None and (problem := self._check_status(employee.status)) is not None:
            return problem
        if not self._is_in_scope(employee):
            return NOT_IN_SCOPE
        return None if is_at_target or not self._starts_too_late(employee) else FUTURE_START

    def _check_status(self, word: str) -> Problem | None:
        """Return why a status excludes an employee; a word that iHUB does not know may mean anything."""
        if _is_among(word, self._statuses):
            return None
        known = employment_status(word)
        if known is None:
            return _unknown_status(word)
        return None if _is_among(known, self._statuses) else NOT_IN_SCOPE

    def _is_in_scope(self, employee: Employee) -> bool:
        if self._branches and not (
            _is_among(employee.branch_id, self._branches) or _is_among(employee.branch, self._branches)
        ):
            return False
        return not self._employment_types or _is_among(employee.employment_type, self._employment_types)

    def _starts_too_late(self, employee: Employee) -> bool:
        if self._future_start_days is None or employee.start_date is None:
            return False
        return (employee.start_date - self._today).days > self._future_start_days


def _is_among(word: str | None, folded_words: frozenset[str]) -> bool:
    return word is not None and fold_word(word) in folded_words


def _fold_all(words: Iterable[str]) -> frozenset[str]:
    return frozenset(fold_word(word) for word in words)


def _unknown_status(word: str) -> Problem:
    shown = redact(word[:MOST_LETTERS]).removesuffix(".")
    explanation = explain(Reason.UNKNOWN_STATUS)
    return Problem(
        Reason.UNKNOWN_STATUS, f"{explanation.cause} The status is “{shown}”. {explanation.remedy}"
    )


def is_already_left(problem: Problem) -> bool:
    """Say whether a problem excludes a leaver who is not at the target; it may come from the store.

    A stored problem has the wording of this file, because the config fingerprint covers the file: when the wording
    changes, stored exclusions no longer count.
    """
    return problem == ALREADY_LEFT


def is_excluded(row: Row) -> bool:
    """Say whether an employee is not written in any case.

    A leaver who is not at the target may still be employed there, if somebody similar turns out to be them.
    """
    if row.decision is Decision.FILTERED:
        return row.message != ALREADY_LEFT.message
    return row.decision is Decision.ERROR


def join_problems(problems: Sequence[Problem]) -> Problem | None:
    """Join the problems of one employee into the one that its row shows: errors weigh more than filters."""
    if not problems:
        return None
    errors = [problem for problem in problems if problem.verdict is Verdict.ERROR]
    worst = (errors or list(problems))[0]
    messages = dict.fromkeys(problem.message for problem in problems)
    return Problem(worst.reason, " ".join(messages), worst.field, worst.verdict)
