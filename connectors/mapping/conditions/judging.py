"""Turn a condition into a function that judges an employee: True, False, or None when that cannot be decided."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from connectors.contract.branches import BranchTree
from connectors.contract.employee import Employee, fold_word
from connectors.mapping.base import UNKNOWN, is_blank
from connectors.mapping.conditions.combining import Judge, by_words, group, word_path, words_asked_for
from connectors.mapping.conditions.operators import STATUS, TRUE_OF_BLANK, changes_on, compile_operator
from connectors.mapping.conditions.places import Getter, Places
from connectors.mapping.conditions.tree import (
    AllOf,
    AnyCondition,
    AnyTest,
    BranchTest,
    Not,
    ValueTest,
    inner_conditions,
)
from connectors.values.normalise import BY_FORMAT

__all__ = ["CompiledCondition", "Judge", "NextChange", "Node", "compile_condition"]

# Returns the first day after today on which a verdict can change; None when no day changes it.
NextChange = Callable[[Employee, str], date | None]


@dataclass(frozen=True, slots=True)
class Node:
    """One condition, compiled. ``number`` is that of the first test in it, in reading order from 1."""

    judge: Judge
    condition: AnyCondition
    number: int
    inner: Sequence[Node] = ()


@dataclass(frozen=True, slots=True)
class CompiledCondition:
    """A condition as functions of an employee and their source id.

    ``next_change`` is None when no part of the condition depends on the day.
    """

    judge: Judge
    root: Node
    next_change: NextChange | None = None

    def deciding(self, employee: Employee, source_id: str) -> Node:
        """Return the first condition to which a verdict of False or None is due: none that consists of `all`."""
        node = self.root
        while isinstance(node.condition, AllOf):
            verdict = node.judge(employee, source_id)
            node = next(
                (each for each in node.inner if each.judge(employee, source_id) is verdict), node.inner[0]
            )
        return node


def compile_condition(
    condition: AnyCondition,
    places: Places,
    *,
    today: date | None = None,
    branches: BranchTree | None = None,
    is_taken_for_met: Callable[[AnyTest], bool] = lambda _: False,
) -> CompiledCondition:
    """Compile a condition without faults (``faults.py``).

    Blank makes each test False, except `is_not`, `none_is` and `empty`. A value that the source did not show makes it
    None. ``today`` is needed with `within_days`, ``branches`` with `below`. Tests that are ``is_taken_for_met`` are not
    judged: each counts as what favours the whole condition. One whose place or branch has vanished counts against it.
    """
    compiler = _Compiler(places, today, branches, is_taken_for_met)
    root = compiler.node(condition, favoured=True)
    changes = compiler.changes

    def next_change(employee: Employee, source_id: str) -> date | None:
        return min(
            (day for change in changes if (day := change(employee, source_id)) is not None), default=None
        )

    return CompiledCondition(root.judge, root, next_change if changes else None)


class _Compiler:
    def __init__(
        self,
        places: Places,
        today: date | None,
        branches: BranchTree | None,
        is_taken_for_met: Callable[[AnyTest], bool],
    ) -> None:
        self._places, self._today, self._branches = places, today, branches
        self._is_taken_for_met = is_taken_for_met
        self._number = 0
        self.changes: list[NextChange] = []

    def node(self, condition: AnyCondition, *, favoured: bool) -> Node:
        """Return a condition compiled; ``favoured`` is the verdict of it that favours the whole condition."""
        if isinstance(condition, ValueTest | BranchTest):
            self._number += 1
            if self._is_taken_for_met(condition):
                return Node(_always(favoured), condition, self._number)
            return Node(self._compile(condition) or _always(not favoured), condition, self._number)
        number = self._number + 1
        if isinstance(condition, Not):
            favoured = not favoured
        inner = [self.node(each, favoured=favoured) for _, each in inner_conditions(condition)]
        judge = group(condition, [each.judge for each in inner])
        attributes = words_asked_for(condition)
        if len(inner) == 1 and not isinstance(condition, Not):
            return Node(inner[0].judge, condition, number, inner)
        return Node(by_words(judge, attributes) if attributes else judge, condition, number, inner)

    def _compile(self, test: AnyTest) -> Judge | None:
        """Return a test compiled; None when its place or branch has vanished."""
        if isinstance(test, BranchTest):
            judge = self._branch(test)
            return None if judge is None else by_words(judge, ("branch_id", "branch"))
        judge = self._test(test)
        return by_words(judge, (test.at,)) if judge is not None and word_path(test) else judge

    def _test(self, test: ValueTest) -> Judge | None:
        place = self._places.find(test.at)
        if place is None:
            return None
        get, is_unread = _reader(test, place.get), _unread(test.at)
        if test.operator in {"empty", "there"}:
            return _presence(get, is_unread, is_wanted=test.argument is (test.operator == "there"))
        ask = compile_operator(test, place.kind, self._today)
        of_blank = test.operator in TRUE_OF_BLANK
        if test.within_days is not None and self._today is not None:
            days, today = test.within_days, self._today
            self.changes.append(lambda employee, source_id: changes_on(get(employee, source_id), days, today))

        def judge(employee: Employee, source_id: str) -> bool | None:
            value = get(employee, source_id)
            if value is None or is_blank(value):
                return None if is_unread(employee) else of_blank
            return None if value is UNKNOWN else ask(value)

        return judge

    def _branch(self, test: BranchTest) -> Judge | None:
        ids: frozenset[str] = frozenset()
        if test.below and not (ids := self._branches.below(test.branch) if self._branches else ids):
            return None
        folded = fold_word(test.branch)
        is_unread = _unread("branch_id"), _unread("branch")

        def judge(employee: Employee, _source_id: str) -> bool | None:
            branch_id, name = employee.branch_id, employee.branch
            if branch_id is None and name is None:
                return None if is_unread[0](employee) and is_unread[1](employee) else False
            if branch_id in ids:
                return True
            if test.below and branch_id is not None:
                return False
            return (branch_id is not None and fold_word(branch_id) == folded) or (
                name is not None and fold_word(name) == folded
            )

        return judge


def _reader(test: ValueTest, get: Getter) -> Getter:
    if test.format is None:
        return get
    read = BY_FORMAT[test.format]

    def get_read(employee: Employee, source_id: str) -> object:
        value = get(employee, source_id)
        return value if value is None or value is UNKNOWN else read(value)

    return get_read


def _unread(path: str) -> Callable[[Employee], bool]:
    """Return what says whether the source did not read a place."""
    if path == STATUS:  # without one, dates say whether the employment has ended
        return lambda _employee: False
    names = {path, path.partition(".")[0]}
    return lambda employee: bool(employee.unread) and not names.isdisjoint(employee.unread)


def _presence(get: Getter, is_unread: Callable[[Employee], bool], *, is_wanted: bool) -> Judge:
    def judge(employee: Employee, source_id: str) -> bool | None:
        value = get(employee, source_id)
        if value is UNKNOWN:
            return None
        if value is None or is_blank(value):
            return None if is_unread(employee) else not is_wanted
        return is_wanted

    return judge


def _always(verdict: bool) -> Judge:
    return lambda _employee, _source_id: verdict
