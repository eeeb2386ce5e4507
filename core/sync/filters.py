"""Say which employees a job leaves out, and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import lru_cache

from connectors.contract import Problem, Reason, Verdict
from connectors.employee import Employee
from core.sync.options import Scope
from core.sync.outcomes import explain

Filter = Callable[[Employee, Scope, bool, date], Problem | None]
"""Looks at one employee; ``known`` says whether the target has them already."""

LEFT = Problem(
    Reason.NOT_IN_SCOPE,
    "The employee has left and is not at the target, so there is no employment to end. Nothing has to be done.",
)
NOT_IN_SCOPE = Problem(Reason.NOT_IN_SCOPE, explain(Reason.NOT_IN_SCOPE).sentence)
FUTURE_START = Problem(Reason.FUTURE_START, explain(Reason.FUTURE_START).sentence)


def leave_out(employee: Employee, scope: Scope, known: bool, today: date) -> Problem | None:
    """Return why the job is not about this employee; None when it is."""
    for look in FILTERS:
        if (problem := look(employee, scope, known, today)) is not None:
            return problem
    return None


def _ended(employee: Employee, _scope: Scope, known: bool, _today: date) -> Problem | None:
    """Somebody who has left matters only where there is an employment to end."""
    return LEFT if employee.terminated and not known else None


def _status(employee: Employee, scope: Scope, _known: bool, _today: date) -> Problem | None:
    if employee.terminated or employee.status is None:
        return None
    return None if _among(employee.status, scope.statuses) else NOT_IN_SCOPE


def _branch(employee: Employee, scope: Scope, _known: bool, _today: date) -> Problem | None:
    if not scope.branches or _among(employee.branch_id, scope.branches) or _among(employee.branch, scope.branches):
        return None
    return NOT_IN_SCOPE


def _employment_type(employee: Employee, scope: Scope, _known: bool, _today: date) -> Problem | None:
    if not scope.employment_types or _among(employee.employment_type, scope.employment_types):
        return None
    return NOT_IN_SCOPE


def _future_start(employee: Employee, scope: Scope, known: bool, today: date) -> Problem | None:
    if known or scope.future_start_days is None or employee.start_date is None:
        return None
    return FUTURE_START if employee.start_date > today + timedelta(days=scope.future_start_days) else None


FILTERS: Sequence[Filter] = (_ended, _status, _branch, _employment_type, _future_start)


def _among(word: str | None, words: tuple[str, ...]) -> bool:
    return word is not None and _plain(word) in _all_plain(words)


@lru_cache(maxsize=64)
def _all_plain(words: tuple[str, ...]) -> frozenset[str]:
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
