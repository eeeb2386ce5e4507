"""What passes between the engine and a connector."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from connectors.contract.employee import Employee
from connectors.contract.fields import Value


class Reason(StrEnum):
    """Why a record is not written; the value is stored and stands in the outcome catalogue."""

    MISSING_FIELD = "MISSING_FIELD"
    BAD_FORMAT = "BAD_FORMAT"
    NO_VALUE_MAP = "NO_VALUE_MAP"
    TOO_LONG = "TOO_LONG"
    MASKED_TFN = "MASKED_TFN"
    TOO_MANY_BANK_ACCOUNTS = "TOO_MANY_BANK_ACCOUNTS"
    NOT_IN_SCOPE = "NOT_IN_SCOPE"
    FUTURE_START = "FUTURE_START"
    UNREADABLE = "UNREADABLE"
    REFUSED = "REFUSED"
    NOT_FOUND = "NOT_FOUND"
    LOCKED = "LOCKED"
    UNANSWERED = "UNANSWERED"
    NOT_SHOWN = "NOT_SHOWN"


class Verdict(StrEnum):
    """How a problem with one record is accounted for."""

    FILTER = "filter"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why one record cannot be written. ``field`` is a label a payroll admin knows; no values, ever."""

    reason: Reason
    message: str
    field: str | None = None
    verdict: Verdict = Verdict.FILTER


@dataclass(slots=True)
class SourceRecord:
    """One employee read from a source.

    ``employee`` is None when the record could not be read (``problem`` says why) or when it is
    ``unchanged`` since the mark the engine remembered, so that its details were not fetched.
    ``mark`` is the source's own change marker (enableHR: ``dateUpdatedUTC``), opaque to the engine.
    """

    source_id: str
    name: str
    employee: Employee | None
    mark: str | None = None
    unchanged: bool = False
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Warn:
    """Something a person should do although the record was dealt with."""

    code: str
    message: str


@dataclass(slots=True)
class Prepared:
    """An employee translated for a target, before it is compared.

    ``values`` holds every field the source speaks for, in canonical form; a field the source does not know is
    absent. ``None`` says that the source has nothing there and the target's field is to be blanked; the target
    writes it in its own way, and on create not at all. ``external_id`` is the id we choose or store at the
    target, where it has one. With ``problems`` the record is not written.
    """

    values: Mapping[str, Value]
    external_id: str | None = None
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Warn, ...] = ()
    # Fields sent on create and left alone afterwards (defaults that payroll then owns).
    create_only: frozenset[str] = frozenset()
    # The source has ended this employment and the target accepts that: an update of it is a Terminate.
    ends_employment: bool = False
    # The source has not ended it; None where it has, or where the target does not show whether it has.
    employed: Employed | None = None


@dataclass(slots=True)
class TargetRecord:
    """One employee as the target holds it now, its values in the same canonical form as ``Prepared``.

    ``None`` says that a field is blank at the target; a field the target does not show at all is absent.
    """

    target_id: str
    name: str
    values: Mapping[str, Value]
    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one create or update: a target id, or a problem."""

    target_id: str | None = None
    problem: Problem | None = None
    warnings: tuple[Warn, ...] = ()


class Employed(NamedTuple):
    """The field of the target that shows the end of an employment which, says the source, goes on."""

    field: str
    # When it began, or began again.
    since: date | None
    # Whether the field may be blanked when somebody has come back; otherwise that is done at the target by
    # hand.
    reopens: bool
