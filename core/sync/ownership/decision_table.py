"""Decide whose value of one field counts, after the HR system or the target has changed it.

A field is judged by four hashes: what would be sent now, what was sent last, what the target showed after that, and
what it shows now. docs/changed-in-payroll.md has the table.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import NamedTuple

from connectors.contract.fields import LEFT_TO_TARGET, Owner
from core.models import ConflictState


class FieldDecision(Enum):
    """What happens to a field in which the two systems differ."""

    # The HR system's value is sent.
    WRITE = auto()
    # It is sent again, because the target has changed its own.
    CORRECT = auto()
    # It is sent, although the target has changed its own as well.
    OVERRULE = auto()
    # Nothing is sent: what the target shows counts until the HR system changes its value.
    LEAVE = auto()
    # The two are taken for the same, as far as the target shows its value.
    AGREE = auto()
    # A person has decided that the target's value counts.
    KEEP = auto()
    # A person has to decide.
    HOLD = auto()


SENT_DECISIONS = frozenset({FieldDecision.WRITE, FieldDecision.CORRECT, FieldDecision.OVERRULE})


class FieldState(NamedTuple):
    """What is known of a field in which the two systems differ."""

    # The HR system has given a value before; otherwise this is the first sight of it.
    is_known: bool
    source_changed: bool
    target_changed: bool
    # The target shows that it has no value.
    target_blank: bool = False
    # The target does not show whether it has one.
    target_hidden: bool = False
    # It shows a part of its value, which agrees.
    target_agrees: bool = False


class Choice(NamedTuple):
    """What is stored about a field in which the two systems differ; ``is_current``: about these two values."""

    state: ConflictState
    is_current: bool


def decide(
    owner: Owner,
    state: FieldState,
    choice: Choice | None = None,
    *,
    first_run: bool = False,
    also_when_blank: bool = False,
) -> FieldDecision:
    """Return what happens to a field in which the two systems differ.

    ``first_run``: the pairing has not had a run yet that could write.
    """
    if owner in LEFT_TO_TARGET:
        return _left_to_target(owner, state, also_when_blank=also_when_blank)
    if choice is not None and (choice.is_current or choice.state.is_decided):
        return _chosen(choice, state)
    if not state.is_known:
        return _at_first_sight(owner, state, first_run=first_run)
    if not state.target_changed:
        return FieldDecision.WRITE if state.source_changed else FieldDecision.LEAVE
    if owner is Owner.ASK:
        return FieldDecision.HOLD
    return FieldDecision.OVERRULE if state.source_changed else FieldDecision.CORRECT


def _left_to_target(owner: Owner, state: FieldState, *, also_when_blank: bool) -> FieldDecision:
    may_fill = owner is Owner.ONCE and (also_when_blank or not state.is_known)
    return FieldDecision.WRITE if may_fill and state.target_blank else FieldDecision.LEAVE


def _chosen(choice: Choice, state: FieldState) -> FieldDecision:
    """Return what a person has decided; asked again when one of the two values is another."""
    if not choice.is_current:
        return FieldDecision.HOLD
    if choice.state is ConflictState.KEEP_PAYROLL:
        return FieldDecision.KEEP
    if choice.state is not ConflictState.USE_HR:
        return FieldDecision.HOLD
    if not state.is_known or not state.target_changed:
        return FieldDecision.WRITE
    return FieldDecision.OVERRULE if state.source_changed else FieldDecision.CORRECT


def _at_first_sight(owner: Owner, state: FieldState, *, first_run: bool) -> FieldDecision:
    if state.target_blank or state.target_hidden:
        return FieldDecision.WRITE
    if state.target_agrees:
        return FieldDecision.AGREE if owner is Owner.ASK else FieldDecision.WRITE
    return FieldDecision.HOLD if first_run or owner is Owner.ASK else FieldDecision.WRITE
