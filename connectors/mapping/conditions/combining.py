"""Join verdicts in groups, and look up those that depend on a few words alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

from connectors.contract.employee import Employee
from connectors.mapping.conditions.operators import STATUS, WORD_PATHS
from connectors.mapping.conditions.tree import AllOf, AnyCondition, AnyTest, BranchTest, Not, tests_of

# Words of one kind, such as branches, that a judge remembers.
MOST_REMEMBERED = 1000
NOT_JUDGED = object()
# Takes an employee and their source id. None says that it cannot be decided: the source did not show a value.
Judge = Callable[[Employee, str], bool | None]


def group(condition: AnyCondition, judges: Sequence[Judge]) -> Judge:
    """Return the judge of a group from those of the conditions in it."""
    if isinstance(condition, Not):
        return _not(judges[0])
    return _all(judges) if isinstance(condition, AllOf) else _any(judges)


def words_asked_for(condition: AnyCondition) -> tuple[str, ...]:
    """Return the only words that a condition depends on; none when it depends on anything else."""
    each = [test for _, test in tests_of(condition)]
    if all(isinstance(test, BranchTest) for test in each):
        return ("branch_id", "branch")
    paths = {word_path(test) for test in each}
    path = paths.pop()
    return (path,) if path is not None and not paths else ()


def word_path(test: AnyTest) -> str | None:
    """Return the place of a test that asks for one of a few words, such as a status; None for any other test."""
    if isinstance(test, BranchTest) or test.at not in WORD_PATHS or test.format is not None:
        return None
    return test.at


def by_words(judge: Judge, attributes: tuple[str, ...]) -> Judge:
    """Return a judge that looks up what it said of an employee with the same words, of which there are few."""
    read = attrgetter(*attributes)
    known: dict[object, Any] = {}
    # Whether a blank word was read or not differs between employees; a status is never unknown.
    nothing: object = None if len(attributes) == 1 else (None,) * len(attributes)
    blank = NOT_JUDGED if attributes == (STATUS,) else nothing

    def judge_by_words(employee: Employee, source_id: str) -> bool | None:
        words = read(employee)
        verdict = known.get(words, NOT_JUDGED)
        if verdict is not NOT_JUDGED:
            return bool(verdict) if verdict is not None else None
        fresh = judge(employee, source_id)
        if words != blank and len(known) < MOST_REMEMBERED:
            known[words] = fresh
        return fresh

    return judge_by_words


def _not(judge: Judge) -> Judge:
    return lambda employee, source_id: (
        None if (verdict := judge(employee, source_id)) is None else not verdict
    )


def _all(judges: Sequence[Judge]) -> Judge:
    if len(judges) == 1:
        return judges[0]

    def judge_all(employee: Employee, source_id: str) -> bool | None:
        verdict: bool | None = True
        for judge in judges:
            each = judge(employee, source_id)
            if each is False:
                return False
            if each is None:
                verdict = None
        return verdict

    return judge_all


def _any(judges: Sequence[Judge]) -> Judge:
    if len(judges) == 1:
        return judges[0]

    def judge_any(employee: Employee, source_id: str) -> bool | None:
        verdict: bool | None = False
        for judge in judges:
            each = judge(employee, source_id)
            if each:
                return True
            if each is None:
                verdict = None
        return verdict

    return judge_any
