"""Say which employees a job leaves out, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache

from connectors.contract.employee import Employee
from connectors.contract.records import Problem, Reason, Verdict
from core.runs.options import Scope
from core.runs.outcome_catalogue import explain

LEFT = Problem(
    Reason.NOT_IN_SCOPE,
    "The employee has left and is not in {target}, so there is no employment to end. No action is needed.",
)
NOT_IN_SCOPE = Problem(Reason.NOT_IN_SCOPE, explain(Reason.NOT_IN_SCOPE).sentence)
FUTURE_START = Problem(Reason.FUTURE_START, explain(Reason.FUTURE_START).sentence)


class Filters:
    """Decides by the scope of one job, on one day."""

    def __init__(self, scope: Scope, today: date) -> None:
        """Spell the words of the scope plainly, once for all employees."""
        self._statuses, self._branches = _all_plain(scope.statuses), _all_plain(scope.branches)
        self._employment_types = _all_plain(scope.employment_types)
        self._future_start_days, self._today = scope.future_start_days, today

    def leave_out(self, employee: Employee, known: bool) -> Problem | None:
        """Return why the job is not about this employee, or None; ``known`` says whether the target has them already."""
        if employee.terminated:
            if not known:  # somebody who has left matters only where there is an employment to end
                return LEFT
        elif employee.status is not None and not _among(employee.status, self._statuses):
            return NOT_IN_SCOPE
        if self._branches and not (
            _among(employee.branch_id, self._branches) or _among(employee.branch, self._branches)
        ):
            return NOT_IN_SCOPE
        if self._employment_types and not _among(employee.employment_type, self._employment_types):
            return NOT_IN_SCOPE
        if (
            self._future_start_days is not None
            and not known
            and self._starts_later(employee, self._future_start_days)
        ):
            return FUTURE_START
        return None

    def _starts_later(self, employee: Employee, days: int) -> bool:
        return employee.start_date is not None and (employee.start_date - self._today).days > days


def _among(word: str | None, words: frozenset[str]) -> bool:
    return word is not None and _plain(word) in words


def _all_plain(words: Iterable[str]) -> frozenset[str]:
    return frozenset(_plain(word) for word in words)


@lru_cache(maxsize=1024)
def _plain(word: str) -> str:
    return "".join(letter for letter in word.casefold() if letter.isalnum())


def judge(problems: Sequence[Problem]) -> Problem | None:
    """Join the problems of one employee into the one that its row shows: errors weigh more than filters."""
    if not problems:
        return None
    errors = [problem for problem in problems if problem.verdict is Verdict.ERROR]
    worst = (errors or list(problems))[0]
    told = dict.fromkeys(problem.message for problem in problems)
    return Problem(worst.reason, " ".join(told), worst.field, worst.verdict)
