"""Whether the target would accept somebody today, from what is kept of them: no system is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from connectors.contract.records import Reason
from core.people.entries import BY_CONDITION, Finding, Person
from core.people.kept_scope import KeptScope
from core.runs.outcome_catalogue import CATALOGUE
from core.runs.outcome_codes import Fixer

# Why the scope excludes somebody.
BY_SCOPE = BY_CONDITION | {
    *(Reason.ON_HOLD, Reason.EXCLUDED, Reason.LEFT_EARLIER, Reason.FUTURE_START, Reason.TRANSFERRED_AWAY),
}


class State(StrEnum):
    """Where somebody stands."""

    # The target would accept them.
    READY = "ready"
    # Something is missing or wrong.
    WAITING = "waiting"
    # The job does not send them, and nobody has to do anything.
    LEFT_OUT = "left out"


class Missing(NamedTuple):
    """One thing that is missing: why, and which field as HR calls it (empty where it is about none)."""

    reason: str
    label: str

    @property
    def key(self) -> str:
        """Return it as an address has it; ``parse`` reads it."""
        return f"{self.reason}:{self.label}"

    @classmethod
    def parse(cls, key: str) -> Missing:
        """Return the missing thing of a key; of any text, for which then nobody is listed."""
        reason, _, label = key.partition(":")
        return cls(reason, label)

    @property
    def title(self) -> str:
        """Return what a list calls it, such as *Missing field: Start date*."""
        title = CATALOGUE[self.reason].title if self.reason in CATALOGUE else self.reason
        return f"{title}: {self.label}" if self.label else title

    @property
    def fixer(self) -> Fixer:
        """Return who must act."""
        return CATALOGUE[self.reason].fixer if self.reason in CATALOGUE else Fixer.SUPPORT


@dataclass(frozen=True, slots=True)
class PersonVerdict:
    """What the next run would say about somebody who does not change until then.

    ``reason`` is why it would not write them; ``is_filtered`` says that it would count them as *Filtered*, which all
    are that it does not write for a reason of theirs, apart from errors.
    """

    person: Person
    state: State
    reason: str | None
    missing: Sequence[Missing] = ()
    is_filtered: bool = False

    def not_taken(self, code: str) -> PersonVerdict:
        """Return the verdict on somebody who was refused by the target for the reason ``code``."""
        return replace(self, state=State.WAITING, reason=code, missing=(Missing(code, ""),))


class Judge:
    """Judges people by the scope of today."""

    def __init__(self, scope: KeptScope) -> None:
        self._scope = scope

    def judge(self, person: Person) -> PersonVerdict:
        """Return the verdict on somebody. What the scope says is judged again; what they lack is as last read."""
        if _is_unread(person):
            return _verdict(person, person.reason, is_error=person.is_error)
        if self._scope.is_held(person):
            return _verdict(person, Reason.ON_HOLD)
        if person.outcome is not None:
            return PersonVerdict(person, State.LEFT_OUT, person.outcome, is_filtered=True)
        reason, stopping = self._scope.find_reason(person), [each for each in person.findings if each.stops]
        if reason is Reason.FUTURE_START and self._starts_implausibly(person):
            reason = None
        if reason is not None or not stopping:
            return _verdict(person, reason)
        worst = next((finding for finding in stopping if finding.is_error), stopping[0])
        return _verdict(person, worst.reason, is_error=worst.is_error)

    def _starts_implausibly(self, person: Person) -> bool:
        """Return whether a start too far ahead is a slip of the pen (core/sync/plan/processor.py)."""
        has_slip = any(each.stops and each.reason == Reason.IMPLAUSIBLE_DATE for each in person.findings)
        return has_slip and self._scope.meets_condition(person)


def _is_unread(person: Person) -> bool:
    """Say whether somebody's details were not read, for a reason that is neither the scope's nor in their data."""
    found = {finding.reason for finding in person.findings if finding.stops}
    return person.reason is not None and person.reason not in found | BY_SCOPE


def _verdict(person: Person, reason: str | None, *, is_error: bool = False) -> PersonVerdict:
    if reason is None:
        return PersonVerdict(person, State.READY, None)
    if not is_error and reason in CATALOGUE and CATALOGUE[reason].fixer is Fixer.NOBODY:
        return PersonVerdict(person, State.LEFT_OUT, reason, is_filtered=True)
    missing = _missing(person.findings, reason)
    return PersonVerdict(person, State.WAITING, reason, missing, is_filtered=not is_error)


def _missing(findings: Sequence[Finding], reason: str) -> Sequence[Missing]:
    """Return what is missing; an exclusion by the scope weighs more than what else is missing."""
    stopping = [finding for finding in findings if finding.stops]
    if not any(finding.reason == reason for finding in stopping):
        return (Missing(reason, ""),)
    return tuple(dict.fromkeys(Missing(finding.reason, finding.label) for finding in stopping))
