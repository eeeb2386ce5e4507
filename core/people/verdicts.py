"""Whether the target would accept somebody today, from what is kept of them: no system is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from connectors.contract.records import Reason
from core.people.entries import Finding, Person
from core.runs.outcome_catalogue import CATALOGUE
from core.runs.outcome_codes import Fixer


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


class Judge:
    """Judges people on one day."""

    def __init__(self, today: date, days_before: int | None = None) -> None:
        """``days_before`` is from how many days before their start employees are synced; None means from any day."""
        self._today, self._days_before = today, days_before

    def judge(self, person: Person) -> PersonVerdict:
        """Return the verdict on somebody. What rests on the date of the last run is judged again."""
        if person.outcome is not None:
            return PersonVerdict(person, State.LEFT_OUT, person.outcome, is_filtered=True)
        reason, is_error = self._reason(person)
        if reason is None:
            return PersonVerdict(person, State.READY, None)
        if not is_error and reason in CATALOGUE and CATALOGUE[reason].fixer is Fixer.NOBODY:
            return PersonVerdict(person, State.LEFT_OUT, reason, is_filtered=True)
        missing = _missing(person.findings, reason)
        return PersonVerdict(person, State.WAITING, reason, missing, is_filtered=not is_error)

    def _reason(self, person: Person) -> tuple[str | None, bool]:
        if self._has_left_meanwhile(person):
            return Reason.NOT_IN_SCOPE, False
        if person.reason != Reason.FUTURE_START or self._starts_too_late(person):
            return person.reason, person.is_error
        stopping = [finding for finding in person.findings if finding.stops]
        worst = [finding for finding in stopping if finding.is_error] or stopping
        return (worst[0].reason, worst[0].is_error) if worst else (None, False)

    def _has_left_meanwhile(self, person: Person) -> bool:
        """Return whether an end has come that the source gives as a date only, of somebody the target does not have."""
        is_over = person.status is None and person.end_date is not None and person.end_date <= self._today
        return is_over and not person.at_target

    def _starts_too_late(self, person: Person) -> bool:
        if person.start_date is None:
            return person.changes_on is None or self._today < person.changes_on
        days = (person.start_date - self._today).days
        return self._days_before is not None and days > self._days_before


def _missing(findings: Sequence[Finding], reason: str) -> Sequence[Missing]:
    """Return what is missing; an exclusion by the scope weighs more than what else is missing."""
    stopping = [finding for finding in findings if finding.stops]
    if not any(finding.reason == reason for finding in stopping):
        return (Missing(reason, ""),)
    return tuple(dict.fromkeys(Missing(finding.reason, finding.label) for finding in stopping))
