"""What can happen to somebody on a pay day, and the name, reason and fixer that a forecast has for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from connectors.contract.records import Reason
from core.runs.outcome_catalogue import CATALOGUE
from core.runs.outcome_codes import Code, Fixer

# Outcomes that leave open who somebody is at the target, or what is there of them.
UNDECIDED = frozenset(
    {
        *(Code.SEVERAL_CANDIDATES, Code.WEAK_MATCH, Code.CONFLICTING_KEYS, Code.BECAME_ANOTHER),
        *(Code.OTHER_NUMBER, Code.SHARED_MATCH, Code.DUPLICATE_AT_SOURCE, Code.ALREADY_LINKED),
        *(Code.WOULD_CHANGE_PAY, Code.TWO_ACTIVE_RECORDS, Code.SECOND_PERSON, Code.MAY_BE_CREATED),
        *(
            Reason.UNREADABLE,
            Reason.LISTED_TWICE,
            Reason.UNANSWERED,
            Reason.PENDING,
            Reason.SERVER_ERROR,
            Reason.NOT_SHOWN,
        ),
    }
)


class MissKind(IntEnum):
    """What can happen, the worst first."""

    # Payroll does not have them at the cut-off.
    MISSES = 0
    # Payroll has other pay details than HR at the cut-off.
    WRONG = 1
    # It is not known who they are in payroll, or what payroll has of them.
    UNSURE = 2
    # What was sent came after the cut-off, so it counts for the next pay.
    NEXT_PAY = 3


TITLES = {
    MissKind.MISSES: "Misses this pay",
    MissKind.WRONG: "Paid wrong",
    MissKind.UNSURE: "Not known",
    MissKind.NEXT_PAY: "From the next pay",
}


@dataclass(frozen=True, slots=True)
class Miss:
    """One person who is not paid as they should be: what happens, why, and who must act.

    ``reason`` is a title such as *Missing field: Start date*; ``remedy`` says what to do.
    """

    source_id: str
    name: str
    kind: MissKind
    reason: str
    fixer: str
    remedy: str

    @property
    def order(self) -> tuple[int, str, str]:
        """Return what a forecast is sorted by."""
        return self.kind, self.name.casefold(), self.source_id


@dataclass(frozen=True, slots=True)
class Why:
    """A reason, who must act, and what to do."""

    reason: str
    fixer: str
    remedy: str


def of_code(code: str, title: str = "") -> Why:
    """Return the reason of an outcome's code; ``title`` in place of that of the catalogue."""
    known = CATALOGUE.get(code)
    if known is None:
        return Why(title or code, Fixer.SUPPORT, "Ask Support.")
    fixer = Fixer.ADMIN if known.fixer is Fixer.NOBODY else known.fixer
    # A forecast shows the title in place of the message.
    remedy = known.remedy.replace("named in the message", "named here")
    return Why(title or known.title, fixer, remedy)


ON_HOLD = Why("On hold", Fixer.ADMIN, "Release them on the connection's Scope tab, or pay them by hand.")
STARTS_LATER = Why(
    "Starts later than the scope allows",
    Fixer.ADMIN,
    "Let the scope send starters earlier, on the connection's Scope tab.",
)
NOT_SENT = Why(
    "Not sent before the cut-off",
    Fixer.PAYROLL,
    "Run the job now, and pay them by hand or in an extra pay run.",
)
SENT_LATE = Why(
    "Sent after the cut-off",
    Fixer.PAYROLL,
    "Check in payroll whether this pay can still take it; if not, the next does.",
)


def held(run_id: int) -> Why:
    """Return the reason of those who wait in the plan of a held run."""
    return Why(
        f"Waits in held run #{run_id}",
        Fixer.ADMIN,
        "Approve the changes in the run's report, all or some, or reject them.",
    )


def changes_pay(changes: Sequence[Mapping[str, Any]] | None, fields: AbstractSet[str]) -> bool:
    """Say whether one of the changes of a record is about pay; ``fields`` are the target's that decide pay."""
    return any(change.get("concern") or change.get("field") in fields for change in changes or ())
