"""What every connector promises, and the values that travel between connectors and the engine.

A connector knows neither the store, the queue nor the pages. Problems with one record are
values (``Problem``, ``Outcome``); problems with a system are exceptions (``connectors.errors``).
Nobody changes a record once it is made; what is made for every employee is not frozen, which would take four times as long.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from connectors.concern import Concern
from connectors.employed import Employed
from connectors.employee import Employee

Value = str | bool | int | Decimal | date | None
"""One field of a target's record in canonical form: see ``Field.type``."""


# ── what the engine reads from a source ──────────────────────────────────────


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


Remembered = Callable[[Sequence[str]], Mapping[str, str]]
"""Given source ids, the marks under which they were last dealt with completely."""


# ── what the engine gives to a target ────────────────────────────────────────


class FieldType(StrEnum):
    """How two values of a field are compared."""

    TEXT = "text"
    DATE = "date"
    NUMBER = "number"
    BOOLEAN = "boolean"
    EMAIL = "email"
    PHONE = "phone"


class Identity(StrEnum):
    """What a field tells about who somebody is; the engine matches employees by these fields only."""

    GIVEN_NAMES = "given names"
    SURNAME = "surname"
    BIRTH_DATE = "birth date"
    EMAIL = "e-mail"
    POSTCODE = "postcode"
    TAX_NUMBER = "tax number"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a target's record.

    ``name`` is the key in ``TargetRecord.values`` and ``Prepared.values`` (dotted for nested ones),
    ``sensitive`` fields are masked wherever they are shown; ``required`` ones must be present on create;
    changes of fields with a ``concern`` are limited by the guard rails.
    """

    name: str
    label: str
    type: FieldType = FieldType.TEXT
    required: bool = False
    sensitive: bool = False
    max_length: int | None = None
    identity: Identity | None = None
    concern: Concern | None = None


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
    create_only: frozenset[str] = frozenset()
    """Fields sent on create and left alone afterwards (defaults that payroll then owns)."""
    ends_employment: bool = False
    """The source has ended this employment and the target accepts that: an update of it is a Terminate."""
    employed: Employed | None = None
    """The source has not ended it; None where it has, or where the target does not show whether it has."""


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


# ── what both ends are ───────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Organisation:
    """Whose data the credentials open: the account or company at that system.

    ``id`` is None while the system cannot say (iPayroll names its organisation only in an employee): a later
    check may then tell.
    """

    id: str | None
    name: str


class Authoriser(Protocol):
    """Gives the headers that authorise a request; the store behind it is core's affair."""

    async def headers(self) -> Mapping[str, str]:
        """Return the headers to send, refreshed when near their end. Raises AuthError."""

    async def renew(self) -> None:
        """Refresh once after the system answered 401. Raises AuthError when that fails."""

    async def refused(self, reason: str) -> None:
        """Note that the system refuses what was just renewed as well; ``reason`` is what the AuthError that follows says."""


class Source(Protocol):
    """A system employees are read from. Use as ``async with connector.source(...) as source``."""

    async def check(self) -> Organisation:
        """Make one cheap authorised call; say whose data this is."""

    def read(self, remembered: Remembered | None = None) -> AsyncIterator[Sequence[SourceRecord]]:
        """Yield every employee once, a page at a time, skipping details of those whose mark is remembered."""

    async def read_one(self, source_id: str) -> SourceRecord | None:
        """Read one employee with all details; None when the source has no such employee."""

    async def __aenter__(self) -> Source: ...
    async def __aexit__(self, *exc: object) -> None: ...


class Target(Protocol):
    """A system employees are written to. Use as ``async with connector.target(...) as target``."""

    fields: Sequence[Field]

    async def check(self) -> Organisation:
        """Make one cheap authorised call; say whose data this is."""

    def prepare(self, source_id: str, employee: Employee) -> Prepared:
        """Translate an employee; pure, does no I/O."""

    def list(self) -> AsyncIterator[Sequence[TargetRecord]]:
        """Yield every employee the target lists, a page at a time."""

    async def find(self, target_id: str) -> TargetRecord | None:
        """Read one employee by the target's id; None when there is none. Used after crashes, before any create."""

    async def create(self, prepared: Prepared) -> Outcome:
        """Create the employee. Raises UnansweredError when it may or may not have happened."""

    async def update(self, target_id: str, prepared: Prepared, current: TargetRecord | None) -> Outcome:
        """Bring the employee to ``prepared``; harmless when repeated."""

    async def __aenter__(self) -> Target: ...
    async def __aexit__(self, *exc: object) -> None: ...
