"""The groups of outcomes that a payroll admin looks for. Each record is in exactly one of them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, case, cast, exists, or_

from core.models import Action, Decision, HiddenProblems, ProblemKind, Record
from core.runs.outcome_catalogue import CATALOGUE, FAILURES, Fixer


class Group(StrEnum):
    """The kinds of outcome, those that may need attention first."""

    ERRORS = "errors"
    HELD = "held"
    FILTERED = "filtered"
    PENDING = "pending"
    CREATED = "created"
    UPDATED = "updated"
    TERMINATED = "terminated"
    UNCHANGED = "unchanged"


class Needs(StrEnum):
    """Whether the outcome of an employee needs somebody to act."""

    YOU = "you"
    NOBODY = "nobody"


# The groups of employees who were not written.
ATTENTION = (Group.ERRORS, Group.HELD, Group.FILTERED)
RANKS = {group: rank if group in ATTENTION else rank + 1 for rank, group in enumerate(Group)}
# The rank of records in other groups that have a warning.
WARNED = len(ATTENTION)
NOBODY = [str(code) for code, why in CATALOGUE.items() if why.fixer is Fixer.NOBODY]

# Decision and action are read as the run's counters read them: each record is in exactly one group.
GROUP: ColumnElement[str] = case(
    (or_(Record.decision == Decision.ERROR, Record.action == Action.FAILED), Group.ERRORS.value),
    (Record.decision == Decision.FILTERED, Group.FILTERED.value),
    (Record.decision == Decision.NO_CHANGE, Group.UNCHANGED.value),
    (Record.action == Action.CREATED, Group.CREATED.value),
    (Record.action == Action.UPDATED, Group.UPDATED.value),
    (Record.action == Action.TERMINATED, Group.TERMINATED.value),
    (Record.action == Action.PENDING, Group.PENDING.value),
    else_=Group.HELD.value,
)


def group_of(decision: Decision, action: Action) -> Group:
    """Return the group of a record; the same as ``GROUP``."""
    if decision is Decision.ERROR or action is Action.FAILED:
        return Group.ERRORS
    of_decision = {Decision.FILTERED: Group.FILTERED, Decision.NO_CHANGE: Group.UNCHANGED}
    of_action = {
        Action.CREATED: Group.CREATED,
        Action.UPDATED: Group.UPDATED,
        Action.TERMINATED: Group.TERMINATED,
        Action.PENDING: Group.PENDING,
    }
    return of_decision.get(decision) or of_action.get(action, Group.HELD)


IS_WARNED = Record.warnings.is_not(None)
# Somebody has to act on the outcome, unless that is ignored or put off; the same as ``outcome_catalogue.fixer``.
OUTCOME_NEEDS_SOMEBODY = and_(
    or_(Record.decision.in_(FAILURES), Record.action == Action.FAILED),
    or_(Record.reason.is_(None), Record.reason.not_in(NOBODY)),
)
# Nobody has to act on the outcome, or on any warning, because it is ignored or put off.
IS_HIDDEN = exists().where(HiddenProblems.run_id == Record.run_id, HiddenProblems.position == Record.position)
HIDES_OUTCOME = IS_HIDDEN.where(HiddenProblems.outcome)
HIDES_WARNINGS = IS_HIDDEN.where(HiddenProblems.warnings)
OUTCOME_COUNTS = and_(OUTCOME_NEEDS_SOMEBODY, ~HIDES_OUTCOME)
NEEDS_SOMEBODY = or_(and_(IS_WARNED, ~HIDES_WARNINGS), OUTCOME_COUNTS)
RANK = case(
    (and_(IS_WARNED, GROUP.not_in(ATTENTION)), WARNED),
    *((GROUP.in_([group.value]), rank) for group, rank in RANKS.items()),
    else_=len(RANKS) + 1,
)
# What iHUB could not send, and somebody enters in the target: kinds of warnings, and who must act on the others.
BY_HAND = {"kind": (ProblemKind.BY_HAND, ProblemKind.RESPONSE), "fixer": (Fixer.PAYROLL,)}
_WARNINGS = cast(Record.warnings, Text)
IS_BY_HAND = and_(
    IS_WARNED,
    or_(
        *(
            _WARNINGS.contains(f'"{key}":{blank}"{value}"')
            for key, values in BY_HAND.items()
            for value in values
            for blank in ("", " ")
        )
    ),
)


def is_by_hand(warning: Mapping[str, Any]) -> bool:
    """Say whether a warning is about something to enter in the target; the same as ``IS_BY_HAND``."""
    return any(warning.get(key) in values for key, values in BY_HAND.items())
