"""The codes of the engine's outcomes, and the parts of an explanation."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Code(StrEnum):
    """Outcomes the engine decides on. Those of connectors are ``Reason``."""

    SEVERAL_CANDIDATES = "SEVERAL_CANDIDATES"
    WEAK_MATCH = "WEAK_MATCH"
    CONFLICTING_KEYS = "CONFLICTING_KEYS"
    BECAME_ANOTHER = "BECAME_ANOTHER"
    OTHER_NUMBER = "OTHER_NUMBER"
    SHARED_MATCH = "SHARED_MATCH"
    DUPLICATE_AT_SOURCE = "DUPLICATE_AT_SOURCE"
    NOT_UNIQUE = "NOT_UNIQUE"
    ALREADY_LINKED = "ALREADY_LINKED"
    WOULD_CHANGE_PAY = "WOULD_CHANGE_PAY"
    EMPLOYED_AGAIN = "EMPLOYED_AGAIN"
    TRANSFERRED = "TRANSFERRED"
    MERGED = "MERGED"
    TWO_ACTIVE_RECORDS = "TWO_ACTIVE_RECORDS"
    NOT_ATTEMPTED = "NOT_ATTEMPTED"
    CANCELLED = "CANCELLED"
    PREVIEW = "PREVIEW"
    NOTHING_READ = "NOTHING_READ"
    VOLUME_DROP = "VOLUME_DROP"
    ALL_FILTERED = "ALL_FILTERED"
    MANY_CREATES = "MANY_CREATES"
    MANY_TERMINATIONS = "MANY_TERMINATIONS"
    MANY_BANK_CHANGES = "MANY_BANK_CHANGES"
    MANY_TAX_CHANGES = "MANY_TAX_CHANGES"
    MANY_BLANKED = "MANY_BLANKED"
    SECOND_PERSON = "SECOND_PERSON"
    CHANGED_IN_PAYROLL = "CHANGED_IN_PAYROLL"
    BOTH_CHANGED = "BOTH_CHANGED"
    FIRST_CHANGES = "FIRST_CHANGES"
    MAPPING_CHANGED = "MAPPING_CHANGED"
    STALE = "STALE"
    NO_LONGER_LISTED = "NO_LONGER_LISTED"
    SEEN_SINCE = "SEEN_SINCE"
    MAY_BE_CREATED = "MAY_BE_CREATED"


class Fixer(StrEnum):
    """The person who can act on an outcome."""

    HR = "HR"
    PAYROLL = "Payroll"
    ADMIN = "Account Admin"
    SUPPORT = "Support"
    NOBODY = "Nobody"


@dataclass(frozen=True, slots=True)
class Explanation:
    """One outcome: a short title, the cause, who can fix it, and what to do."""

    title: str
    cause: str
    fixer: Fixer
    remedy: str

    @property
    def sentence(self) -> str:
        """Return cause and remedy, as a record's row has them."""
        return f"{self.cause} {self.remedy}"
