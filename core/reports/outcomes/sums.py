"""How many employees of a run had which outcome, and for which reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, func, literal, select
from sqlalchemy.orm import Session

from core.db import reading
from core.models import Action, Decision, HiddenProblems, Record
from core.reports.outcomes import groups
from core.reports.outcomes.groups import ATTENTION, Group, Needs
from core.runs import outcome_catalogue
from core.runs.outcome_catalogue import CATALOGUE, Fixer
from core.runs.system_names import SystemNames, load_system_names
from core.security.actor import Actor, Permission, require
from core.security.ownership import require_run


@dataclass(frozen=True, slots=True)
class OutcomeSum:
    """How many employees have one outcome, how many of them a warning, and how many something to enter by hand.

    ``is_hidden``: the outcome is ignored or put off for these. ``open_warned`` have a warning that is not.
    """

    group: Group
    decision: Decision
    action: Action
    reason: str | None
    is_hidden: bool
    number: int
    warned: int = 0
    by_hand: int = 0
    open_warned: int = 0

    @property
    def fixer(self) -> Fixer | None:
        """Return who must act on the outcome; None where nobody must."""
        return None if self.is_hidden else outcome_catalogue.fixer(self.decision, self.action, self.reason)

    @property
    def needs(self) -> Needs:
        """Return whether somebody must act on the outcome."""
        return Needs.NOBODY if self.fixer is None else Needs.YOU

    @property
    def hidden(self) -> int:
        """Return about how many nobody has to do anything, because it is ignored or put off."""
        if self.needs is Needs.YOU:
            return 0
        return (self.number if self.is_hidden else self.warned) - self.open_warned


@dataclass(frozen=True, slots=True)
class ReasonSum:
    """Why employees were not written: how many, what it means, what to do, and who must."""

    group: Group
    reason: str
    number: int
    title: str
    cause: str
    remedy: str
    fixer: str


@dataclass(frozen=True, slots=True)
class Sums:
    """All outcomes of a run; each of its employees is in one of the ``rows``."""

    rows: tuple[OutcomeSum, ...]
    names: SystemNames

    @property
    def groups(self) -> dict[Group, int]:
        """Return how many employees are in each group, without empty ones."""
        numbers = {group: sum(row.number for row in self.rows if row.group is group) for group in Group}
        return {group: number for group, number in numbers.items() if number}

    @property
    def attention(self) -> int:
        """Return about how many employees somebody has to do something."""
        return sum(row.number if row.needs is Needs.YOU else row.open_warned for row in self.rows)

    @property
    def hidden(self) -> int:
        """Return about how many employees nobody has to do anything, because it is ignored or put off."""
        return sum(row.hidden for row in self.rows)

    @property
    def warned(self) -> int:
        """Return how many employees have a warning."""
        return sum(row.warned for row in self.rows)

    @property
    def by_hand(self) -> int:
        """Return for how many employees something has to be entered in the target."""
        return sum(row.by_hand for row in self.rows)

    def reasons(self, *wanted: Group) -> list[ReasonSum]:
        """Return why employees of some groups were not written: errors first, the most frequent reason first."""
        numbers: dict[tuple[Group, str], int] = {}
        for row in self.rows:
            if row.reason and row.group in (wanted or ATTENTION):
                key = row.group, row.reason
                numbers[key] = numbers.get(key, 0) + row.number
        order = sorted(numbers, key=lambda key: (ATTENTION.index(key[0]), -numbers[key], key[1]))
        return [self._reason(group, reason, numbers[group, reason]) for group, reason in order]

    def _reason(self, group: Group, reason: str, number: int) -> ReasonSum:
        why = CATALOGUE.get(reason)
        if why is None:
            return ReasonSum(group, reason, number, reason, "", "Ask Support.", Fixer.SUPPORT.value)
        cause, remedy = self.names.fill(why.cause), self.names.fill(why.remedy)
        return ReasonSum(group, reason, number, why.title, cause, remedy, why.fixer.value)


def sums(actor: Actor, run_id: int) -> Sums:
    """Count the outcomes of a run. Raises NotFoundError also for a run of another account."""
    require(actor, Permission.SEE_REPORTS, actor.account_id)
    with reading() as session:
        require_run(session, actor, run_id)
        return Sums(tuple(load(session, run_id)), load_system_names(session, run_id))


def load(session: Session, run_id: int) -> Sequence[OutcomeSum]:
    """Return the outcomes of a run. The caller checks the permission."""
    has_hidden = session.scalar(_some_hidden(), {"run_id": run_id}) is not None
    rows = session.execute(_outcomes(has_hidden=has_hidden), {"run_id": run_id})
    return [
        OutcomeSum(Group(group), decision, action, reason, bool(hidden), *numbers)
        for group, decision, action, reason, hidden, *numbers in rows
    ]


@cache
def _some_hidden() -> Select[int]:
    return select(HiddenProblems.position).where(HiddenProblems.run_id == bindparam("run_id")).limit(1)


@cache
def _outcomes(*, has_hidden: bool) -> Select[*tuple[Any, ...]]:
    by_hand = func.sum(case((groups.IS_BY_HAND, 1), else_=0))
    open_warned: ColumnElement[int] = func.count(Record.warnings)
    hides: ColumnElement[bool] = literal(False)
    if has_hidden:
        open_warned = func.sum(case((and_(groups.IS_WARNED, ~groups.HIDES_WARNINGS), 1), else_=0))
        hides = groups.HIDES_OUTCOME
    key = (groups.GROUP.label("outcome_group"), Record.decision, Record.action, Record.reason)
    counts = (func.count(), func.count(Record.warnings), by_hand, open_warned)
    query = select(*key, hides.label("hides"), *counts).where(Record.run_id == bindparam("run_id"))
    grouped = ("outcome_group", Record.decision, Record.action, Record.reason, "hides")
    return query.group_by(*(grouped if has_hidden else grouped[:-1]))
