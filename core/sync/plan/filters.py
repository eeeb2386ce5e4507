"""Tell apart what the problems of an employee mean for their record."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.contract.records import Problem, Verdict
from core.models import Decision
from core.scope.judging import ALREADY_LEFT
from core.sync.store.rows import Row


def is_already_left(problem: Problem) -> bool:
    """Say whether a problem excludes a leaver who is not at the target; it may come from the store.

    A stored problem has today's wording, because the config fingerprint covers the code: when the wording changes,
    stored exclusions no longer count.
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
