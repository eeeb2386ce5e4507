"""Find what is wrong with a condition before any employee is judged by it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from connectors.contract.branches import BranchTree
from connectors.mapping.base import Kind
from connectors.mapping.conditions.operators import FITTING, read_date, read_number
from connectors.mapping.conditions.places import Place, Places
from connectors.mapping.conditions.tree import AnyCondition, BranchTest, Location, ValueTest, tests_of


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one test. ``number`` is its number in reading order, from 1."""

    location: Location
    number: int
    sentence: str


def find_faults(
    condition: AnyCondition,
    places: Places,
    *,
    for_scope: bool,
    branches: BranchTree | None = None,
) -> Iterator[Fault]:
    """Yield each fault. Only a scope may depend on today, and it may not ask about sensitive values at all.

    Without ``branches`` the source has no tree of branches, or it is not known.
    """
    for number, (location, test) in enumerate(tests_of(condition), 1):
        sentence = (
            _branch(test, branches)
            if isinstance(test, BranchTest)
            else _test(test, places, for_scope=for_scope)
        )
        if sentence is not None:
            yield Fault(location, number, sentence)


def _branch(test: BranchTest, branches: BranchTree | None) -> str | None:
    if branches is None:
        if not test.below:
            return None
        return _NO_TREE
    found = branches.find(test.branch)
    if not found:
        close = get_close_matches(test.branch, [branch.name for branch in branches.branches], 1)
        return f"The source has no branch `{test.branch}`. " + (
            f"Did you mean `{close[0]}`?" if close else "Choose one of its branches."
        )
    if len(found) > 1 and test.below:
        ids = ", ".join(branch.id for branch in found)
        return f"Several branches are called `{test.branch}`. Write the id of the one that is meant: {ids}."
    return None


def _test(test: ValueTest, places: Places, *, for_scope: bool) -> str | None:
    place = places.find(test.at)
    if place is None:
        close = get_close_matches(test.at, list(places.paths()), 1, 0.5)
        return f"An employee has no `{test.at}`. " + (
            f"Did you mean `{close[0]}`?" if close else "Choose one of the source's fields."
        )
    if place.is_sensitive and (for_scope or test.operator not in {"empty", "there"}):
        return _sensitive(place, for_scope=for_scope)
    if test.operator == "within_days" and not for_scope:
        return (
            "`within_days` depends on today, which only the scope may. Use `on_or_before` or `on_or_after`."
        )
    return _operator(test, place) or _argument(test, place.kind)


def _sensitive(place: Place, *, for_scope: bool) -> str:
    if for_scope:
        return f"{place.label} is sensitive, so it cannot decide who is synced. Choose another field."
    return f"{place.label} is sensitive, so it can only be asked whether it is `there` or `empty`."


def _operator(test: ValueTest, place: Place) -> str | None:
    if place.kind is None or test.operator in FITTING[place.kind] or test.format is not None:
        return None
    fitting = ", ".join(f"`{name}`" for name in FITTING[place.kind])
    return (
        f"`{test.operator}` cannot be used with {place.label}, which is {place.kind}. Use one of {fitting}."
    )


def _argument(test: ValueTest, kind: Kind | None) -> str | None:
    argument = test.argument
    if test.operator == "between":
        return _between(argument, kind)
    words = argument if isinstance(argument, tuple) else ()
    if kind is Kind.YES_NO and not all(isinstance(word, bool) for word in words):
        return f"`{test.operator}` takes true or false here, without quotes."
    if kind is Kind.NUMBER and any(read_number(word) is None for word in words):
        return f"`{test.operator}` takes numbers here."
    if kind is Kind.TEXT and any(isinstance(word, bool) for word in words):
        written = next(str(word).lower() for word in words if isinstance(word, bool))
        return f"YAML reads a value as {written}. Write it in quotes."
    if any(isinstance(word, str) and not word.strip() for word in words):
        return f"A value of `{test.operator}` is blank. Remove it, or use `empty`."
    return None


def _between(pair: tuple[object, object], kind: Kind | None) -> str | None:
    dates = [read_date(each) for each in pair]
    numbers = [read_number(each) for each in pair]
    if None not in dates and kind is not Kind.NUMBER:
        return None if dates[0] <= dates[1] else _WRONG_ORDER  # type: ignore[operator]
    if None not in numbers and kind is not Kind.DATE:
        return None if numbers[0] <= numbers[1] else _WRONG_ORDER  # type: ignore[operator]
    wanted = "two dates as yyyy-mm-dd" if kind is Kind.DATE else "two numbers"
    return f"`between` takes {wanted if kind else 'two numbers, or two dates as yyyy-mm-dd'}."


_NO_TREE = "The source does not say which branches lie below others. Remove `below`, and name each branch."
_WRONG_ORDER = "`between` takes the smaller or earlier value first."
