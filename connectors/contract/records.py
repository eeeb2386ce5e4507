"""The records that pass between the engine and a connector.

Nothing changes a record after it was made. The ones made for every employee are not frozen, which would take four
times as long.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from connectors.contract.employee import Employee
from connectors.contract.exchanges import Exchange
from connectors.contract.fields import Value

NO_FIELDS: frozenset[str] = frozenset()


class Reason(StrEnum):
    """Why a record is not written; the value is stored and explained in the outcome catalogue."""

    MISSING_FIELD = "MISSING_FIELD"
    NOT_CONFIGURED = "NOT_CONFIGURED"
    BAD_FORMAT = "BAD_FORMAT"
    NO_VALUE_MAP = "NO_VALUE_MAP"
    UNKNOWN_STATUS = "UNKNOWN_STATUS"
    IMPLAUSIBLE_DATE = "IMPLAUSIBLE_DATE"
    TOO_LONG = "TOO_LONG"
    MASKED_TFN = "MASKED_TFN"
    TOO_MANY_BANK_ACCOUNTS = "TOO_MANY_BANK_ACCOUNTS"
    NOT_IN_SCOPE = "NOT_IN_SCOPE"
    FUTURE_START = "FUTURE_START"
    TRANSFERRED_AWAY = "TRANSFERRED_AWAY"
    CONTINUES_ELSEWHERE = "CONTINUES_ELSEWHERE"
    LEFT_EARLIER = "LEFT_EARLIER"
    ON_HOLD = "ON_HOLD"
    EXCLUDED = "EXCLUDED"
    SCOPE_UNDECIDED = "SCOPE_UNDECIDED"
    UNREADABLE = "UNREADABLE"
    LISTED_TWICE = "LISTED_TWICE"
    REFUSED = "REFUSED"
    NOT_FOUND = "NOT_FOUND"
    LOCKED = "LOCKED"
    UNANSWERED = "UNANSWERED"
    PENDING = "PENDING"
    SERVER_ERROR = "SERVER_ERROR"
    NOT_SHOWN = "NOT_SHOWN"
    NOT_AT_SOURCE = "NOT_AT_SOURCE"


# The record may have been written all the same.
MAYBE_WRITTEN = frozenset({Reason.UNANSWERED, Reason.PENDING, Reason.SERVER_ERROR})


class Verdict(StrEnum):
    """Which counter a record with a problem goes into."""

    FILTER = "filter"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why one record cannot be written. ``field`` is a label that a payroll admin knows; never a value.

    ``name`` is the target's field.
    """

    reason: Reason
    message: str
    field: str | None = None
    verdict: Verdict = Verdict.FILTER
    name: str | None = None


@dataclass(slots=True)
class SourceRecord:
    """One employee read from a source.

    ``employee`` is None when the record could not be read (``problem`` says why), or when it is ``unchanged`` since
    the version that the engine remembered, so that its details were not read. ``source_version`` is the source's own
    version of the record (enableHR: ``dateUpdatedUTC``), opaque to the engine.
    """

    source_id: str
    name: str
    employee: Employee | None
    source_version: str | None = None
    unchanged: bool = False
    problem: Problem | None = None
    # What was refused or had no response while the details were read.
    requests: Sequence[Exchange] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Warn:
    """Something that a person should do although the record was written.

    ``field`` is the target's field that it is about. ``at_target`` says that the person acts in the target, not in the
    source. ``until_shown``: it is over when the target shows a value in the field or no longer lists the employee.
    """

    code: str
    message: str
    field: str | None = None
    at_target: bool = False
    until_shown: bool = False


class Unmapped(NamedTuple):
    """A value of the source that the target has no value for. ``name`` is the target's field, ``label`` HR's word.

    ``value`` is its text, None where it is not named to anybody: it may be about pay, or identify a person.
    """

    name: str
    label: str
    value: str | None


class OngoingEmployment(NamedTuple):
    """Where the target would show the end of an employment that continues at the source."""

    end_field: str
    # When it began, or began again.
    since: date | None
    # Whether the field may be cleared for an employee who has returned; otherwise a person does that at the target.
    can_reopen: bool


@dataclass(slots=True)
class Prepared:
    """An employee translated for a target, before it is compared.

    ``values`` holds every field that the source provides, normalised; a field the source does not know is absent.
    ``None`` says that the source has nothing there and the target's field is to be cleared: each target does that in
    its own way, and sends nothing on create. ``external_id`` is the id that we choose or store at the target, where it
    has one. With ``problems`` the record is not written.
    """

    values: Mapping[str, Value]
    external_id: str | None = None
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Warn, ...] = ()
    # Fields sent on create and left alone afterwards (defaults that payroll then owns).
    create_only: frozenset[str] = frozenset()
    # The source has ended this employment and the target takes its end date: an update of it is a Terminate.
    ends_employment: bool = False
    # None where the source has ended the employment, or where the target does not show its end.
    ongoing: OngoingEmployment | None = None
    # The source's middle names, which help to tell two people apart also where the target has no field for them.
    middle_names: str | None = None
    # The field with the end of the employment that is sent, for an employee whose employment has ended.
    end_field: str | None = None
    # Fields that are not cleared although the source has read them and has nothing there; of contacts and bank accounts
    # it is reported when the target still has what was sent before.
    blank: frozenset[str] = NO_FIELDS
    unmapped: tuple[Unmapped, ...] = ()
    # Fields that are left to the target, for everybody or by a condition: what was sent before is forgotten.
    forgotten: frozenset[str] = NO_FIELDS


@dataclass(slots=True)
class TargetRecord:
    """One employee as the target holds them now, with values normalised as in ``Prepared``.

    ``None`` says that a field is blank at the target; a field that the target does not show at all, or shows in a form
    that cannot be read, is absent.
    """

    target_id: str
    name: str
    values: Mapping[str, Value]
    external_id: str | None = None


class ListedRecord(NamedTuple):
    """One employee as the target lists them, not translated.

    ``data`` is the record as JSON on one line; two records with the same ``digest`` are the same.
    """

    target_id: str
    digest: bytes
    data: bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one create or update: a target id, or a problem.

    ``shown`` is the employee after the write, as JSON, where a target that ``ListsUntranslated`` has returned them.
    """

    target_id: str | None = None
    problem: Problem | None = None
    warnings: tuple[Warn, ...] = ()
    shown: bytes | None = None
