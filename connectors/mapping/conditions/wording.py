"""Say a condition in words, as reports and screens show it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from connectors.contract.branches import BranchTree
from connectors.mapping.conditions.places import Places
from connectors.mapping.conditions.tree import (
    AllOf,
    AnyCondition,
    AnyTest,
    BranchTest,
    DaysAround,
    Not,
    ValueTest,
    inner_conditions,
)
from connectors.values.code_words import is_coded, value_words

# No sentence lists more words than this.
MOST_SHOWN = 6
_OPERATORS = {
    "is": "is",
    "is_not": "is not",
    "starts_with": "starts with",
    "ends_with": "ends with",
    "contains": "contains",
    "at_least": "is at least",
    "at_most": "is at most",
    "on_or_before": "is on or before",
    "on_or_after": "is on or after",
    "any_is": "has",
    "all_are": "has only",
    "none_is": "does not have",
}


def describe_test(test: AnyTest, places: Places, branches: BranchTree | None = None) -> str:
    """Return one test in words, such as “Status is Current or Leave”."""
    if isinstance(test, BranchTest):
        found = branches.find(test.branch) if branches else []
        name = found[0].name if len(found) == 1 else test.branch
        return f"Branch is {name}{' or below it' if test.below else ''}"
    place = places.find(test.at)
    label = place.label if place is not None else test.at
    return f"{label} {_asked(test)}"


def describe(condition: AnyCondition, places: Places, branches: BranchTree | None = None) -> str:
    """Return a whole condition in words; groups within others stand in brackets."""
    return _describe(condition, lambda test: describe_test(test, places, branches), is_inner=False)


def _describe(condition: AnyCondition, in_words: Callable[[AnyTest], str], *, is_inner: bool) -> str:
    if isinstance(condition, ValueTest | BranchTest):
        return in_words(condition)
    if isinstance(condition, Not):
        return f"not ({_describe(condition.condition, in_words, is_inner=False)})"
    inner = [_describe(each, in_words, is_inner=True) for _, each in inner_conditions(condition)]
    joined = (" and " if isinstance(condition, AllOf) else " or ").join(inner)
    return f"({joined})" if is_inner and len(inner) > 1 else joined


def _asked(test: ValueTest) -> str:
    argument = test.argument
    if test.operator in {"empty", "there"}:
        return "is blank" if argument is (test.operator == "empty") else "has a value"
    if test.operator == "between":
        return f"is between {_word(argument[0])} and {_word(argument[1])}"
    if isinstance(argument, DaysAround):
        return _days(argument)
    words: Sequence[Any] = argument if isinstance(argument, tuple) else (argument,)
    shown = [value_words(test.at, _word(word)) for word in words]
    if is_coded(test.at):  # a comma stands between two words
        shown = [word.replace(",", "") for word in shown]
    return f"{_OPERATORS[test.operator]} {_listed(shown)}"


def _days(days: DaysAround) -> str:
    if not days.before:
        return f"is within {days.after} days from today" if days.after else "is today"
    if not days.after:
        return f"is within {days.before} days before today"
    return f"is from {days.before} days before today to {days.after} days after it"


def _word(word: Any) -> str:
    if isinstance(word, bool):
        return "yes" if word else "no"
    if isinstance(word, date):
        return f"{word.day} {word:%b %Y}"
    return str(word)


def _listed(words: Sequence[str]) -> str:
    if len(words) > MOST_SHOWN:
        return f"{', '.join(words[:MOST_SHOWN])} or one of {len(words) - MOST_SHOWN} more"
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))
