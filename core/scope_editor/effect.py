"""The effect of another scope before it is saved: who comes in, who drops out, who cannot be decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from connectors.contract.records import Problem, Reason
from core.people import listing
from core.people.entries import Person
from core.people.kept_scope import to_employee
from core.scope import holds
from core.scope.condition_days import places_not_kept
from core.scope.judging import CompiledScope
from core.scope.rules import ScopeRules
from core.scope_editor.current import ScopeView, get_scope
from core.security.actor import Actor


@dataclass(frozen=True, slots=True)
class ScopeEffect:
    """What a scope would change, judged by what the last run kept of everybody.

    ``now`` and ``then`` count the employees in scope. ``by_branch`` has both numbers for each branch. ``read_at`` is
    None before the first run. ``not_kept`` names the places that are not kept, so that nothing can be said of them.
    """

    now: int
    then: int
    entering: Sequence[Person]
    leaving: Sequence[Person]
    undecided: Sequence[Person]
    by_branch: Mapping[str, tuple[int, int]]
    reasons: Mapping[str, str]
    read_at: datetime | None
    not_kept: Sequence[str]

    @property
    def leaving_linked(self) -> int:
        """Return how many of those who drop out are at the target; they stay there as they are."""
        return sum(person.at_target for person in self.leaving)


def estimate(actor: Actor, connection_id: int, rules: ScopeRules) -> ScopeEffect:
    """Return the effect of rules that have no faults. Raises NotFoundError, ForbiddenError."""
    view = get_scope(actor, connection_id)
    before, after = compile_rules(view, view.rules), compile_rules(view, rules)
    judged = [
        (person, judge_kept(before, person), judge_kept(after, person))
        for person in listing.everybody_linked(view.pairing_id)
    ]
    return collect(judged, listing.last_read(actor, connection_id), places_not_kept(rules))


def compile_rules(view: ScopeView, rules: ScopeRules) -> CompiledScope:
    """Return what judges the employees of a connection today by some rules."""
    on_hold = {} if view.pairing_id is None else holds.reasons(view.pairing_id, view.today)
    return CompiledScope(rules, view.today, holds=on_hold, branches=view.branches, places=view.places)


def judge_kept(scope: CompiledScope, person: Person) -> Problem | None:
    """Return why somebody is out by what is kept of them; None when they are in."""
    return scope.find_exclusion(to_employee(person), person.source_id, is_at_target=person.at_target)


def collect(
    judged: Iterable[tuple[Person, Problem | None, Problem | None]],
    read_at: datetime | None,
    not_kept: Sequence[str] = (),
) -> ScopeEffect:
    """Return the effect from everybody with why they are out now and would be out then; None says that they are in."""
    entering, leaving, undecided = list[Person](), list[Person](), list[Person]()
    was, will = Counter[str](), Counter[str]()
    reasons: dict[str, str] = {}
    for person, old, new in judged:
        branch = listing.branch_of(person)
        was[branch] += old is None
        will[branch] += new is None
        _sort(person, old, new, (entering, leaving, undecided), reasons)
    by_branch = {branch: (was[branch], will[branch]) for branch in sorted(set(was) | set(will))}
    return ScopeEffect(
        was.total(),
        will.total(),
        sorted(entering, key=listing.by_name),
        sorted(leaving, key=listing.by_name),
        sorted(undecided, key=listing.by_name),
        by_branch,
        reasons,
        read_at,
        not_kept,
    )


def _sort(
    person: Person,
    old: Problem | None,
    new: Problem | None,
    into: tuple[list[Person], list[Person], list[Person]],
    reasons: dict[str, str],
) -> None:
    entering, leaving, undecided = into
    if new is not None and new.reason is Reason.SCOPE_UNDECIDED:
        undecided.append(person)
    elif old is None and new is not None:
        leaving.append(person)
        reasons[person.source_id] = new.message
    elif old is not None and new is None:
        entering.append(person)
