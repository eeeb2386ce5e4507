"""A source and a target in memory, with a place for faults before and after everything they do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from connectors.contract.connector import Authorisation, Connector, SideSettings, SignIn
from connectors.contract.employee import Address, AustralianTax, BankAccount, Employee
from connectors.contract.exchanges import Exchange
from connectors.contract.fields import Concern, Field, FieldType, Identity, Value
from connectors.contract.protocols import Organisation, Remembered
from connectors.contract.records import (
    OngoingEmployment,
    Outcome,
    Prepared,
    Problem,
    Reason,
    SourceRecord,
    TargetRecord,
    Verdict,
    Warn,
)
from connectors.contract.source_fields import SourceField
from core.sides.system_pair import SystemPair

FIELDS = (
    Field("given", "First names", required=True, identity=Identity.GIVEN_NAMES, is_name=True),
    Field("surname", "Surname", required=True, identity=Identity.SURNAME, is_name=True),
    Field("birth", "Date of birth", FieldType.DATE, identity=Identity.BIRTH_DATE),
    Field("gender", "Gender", identity=Identity.GENDER),
    Field("email", "E-mail", FieldType.EMAIL, identity=Identity.EMAIL, reported_when_blank=True),
    Field("phone", "Phone", FieldType.PHONE, reported_when_blank=True),
    Field("postcode", "Postcode", identity=Identity.POSTCODE),
    Field("tax", "Tax number", sensitive=True, identity=Identity.TAX_NUMBER, concern=Concern.TAX),
    Field("bank", "Bank account", sensitive=True, concern=Concern.BANK, reported_when_blank=True),
    Field("start", "Start date", FieldType.DATE, required=True),
    Field("end", "End date", FieldType.DATE),
    Field("hours", "Hours a week", FieldType.NUMBER),
)
DEFAULTS: dict[str, Value] = {"hours": 38}
BAD_PHONE = "none"
END_BY_HAND = "The finish date needs to be entered in payroll."
# What has to be read to know that a field is blank.
UNREAD = {"email": "email", "phone": "mobile", "bank": "bank_accounts"}

# Called as ``fault(step, number)``; a step is "create" before and "create.done" after the deed; it may
# raise.
Fault = Callable[[str, int], None]


def no_fault(_step: str, _number: int) -> None:
    """Let everything go well."""


def raises(step: str, number: int, error: BaseException) -> Fault:
    """Return a fault that raises once, at one step."""

    def fault(at: str, count: int) -> None:
        if (at, count) == (step, number):
            raise error

    return fault


@dataclass
class Steps:
    """Counts what a fake does, and lets a test break it."""

    fault: Fault = no_fault
    done: dict[str, int] = field(default_factory=dict)

    def reach(self, step: str) -> None:
        """Count a step, and fail there when the test says so."""
        self.done[step] = self.done.get(step, 0) + 1
        self.fault(step, self.done[step])


def person(number: int, **changes: object) -> Employee:
    """Return an employee who differs from all others in everything that identifies."""
    employee = Employee(
        first_name=f"Given{number}",
        surname=f"Surname{number}",
        employee_number=str(1000 + number),
        date_of_birth=date(1980, 1, 1 + number % 28),
        email=f"person{number}@example.test",
        mobile=f"0400 {number:06d}",
        address=Address(postcode=str(4000 + number)),
        au_tax=AustralianTax(tfn=str(865_414_000 + number)),
        start_date=date(2024, 2, 1),
        status="Current",
    )
    return replace(employee, **changes)  # type: ignore[arg-type]


@dataclass
class FakeSource:
    """Employees by source id, each with a change marker."""

    people: dict[str, Employee] = field(default_factory=dict)
    marks: dict[str, str] = field(default_factory=dict)
    unreadable: set[str] = field(default_factory=set)
    # The requests that it refused for an unreadable employee.
    refusals: dict[str, Sequence[Exchange]] = field(default_factory=dict)
    page_size: int = 5
    steps: Steps = field(default_factory=Steps)
    details: int = 0
    # Its custom fields.
    custom_fields: Sequence[SourceField] = ()

    def put(self, source_id: str, employee: Employee) -> None:
        """Add or change an employee; the change marker moves."""
        self.people[source_id] = employee
        self.marks[source_id] = f"{int(self.marks.get(source_id, '0')) + 1}"

    def edit(self, source_id: str, **changes: object) -> None:
        """Change fields of an employee."""
        self.put(source_id, replace(self.people[source_id], **changes))  # type: ignore[arg-type]

    async def __aenter__(self) -> FakeSource:
        return self

    async def __aexit__(self, *exc: object) -> None: ...

    async def check(self) -> Organisation:
        return Organisation("1", "Harbour Foods")

    async def read(self, remembered: Remembered | None = None) -> AsyncIterator[Sequence[SourceRecord]]:
        ids = list(self.people)
        for first in range(0, len(ids), self.page_size):
            self.steps.reach("read")
            page = ids[first : first + self.page_size]
            marks = remembered(page) if remembered else {}
            yield [self._record(source_id, marks) for source_id in page]

    async def read_one(self, source_id: str) -> SourceRecord | None:
        return self._record(source_id, {}) if source_id in self.people else None

    def _record(self, source_id: str, marks: Mapping[str, str]) -> SourceRecord:
        employee, mark = self.people[source_id], self.marks[source_id]
        name = employee.display_name
        if source_id in self.unreadable:
            problem = Problem(
                Reason.UNREADABLE, "enableHR could not show this employee.", verdict=Verdict.ERROR
            )
            refused = self.refusals.get(source_id, ())
            return SourceRecord(source_id, name, None, mark, problem=problem, requests=refused)
        if marks.get(source_id) == mark:
            return SourceRecord(source_id, name, None, mark, unchanged=True)
        self.details += 1
        return SourceRecord(source_id, name, employee, mark)


@dataclass
class FakeTarget:
    """A payroll in memory. Ids are ours to choose, or numbers it hands out itself."""

    chosen_ids: bool = True
    records: dict[str, dict[str, Value]] = field(default_factory=dict)
    external: dict[str, str | None] = field(default_factory=dict)
    unlisted: set[str] = field(default_factory=set)
    # Surnames that payroll refuses.
    refuse: set[str] = field(default_factory=set)
    # Ids it hands out before it numbers on.
    next_ids: list[str] = field(default_factory=list)
    takes_terminations: bool = False
    # It says after an update that details are missing.
    incomplete: bool = False
    page_size: int = 4
    latency: float = 0
    steps: Steps = field(default_factory=Steps)
    fields: Sequence[Field] = FIELDS

    async def __aenter__(self) -> FakeTarget:
        return self

    async def __aexit__(self, *exc: object) -> None: ...

    async def check(self) -> Organisation:
        return Organisation("1", "Payroll")

    def prepare(self, source_id: str, employee: Employee) -> Prepared:
        values: dict[str, Value] = {
            "given": employee.first_name,
            "surname": employee.surname,
            "birth": employee.date_of_birth,
            "gender": employee.gender,
            "email": employee.email,
            "phone": employee.mobile,
            "postcode": employee.address.postcode if employee.address else None,
            "tax": employee.au_tax.tfn if employee.au_tax else None,
            "bank": employee.bank_accounts[0].number if employee.bank_accounts else None,
            "start": employee.start_date,
            "end": employee.end_date if self.takes_terminations else None,
        }
        known = {name: value for name, value in values.items() if value is not None}
        terminates = self.takes_terminations and employee.terminated
        warnings = (
            ()
            if terminates or not employee.terminated
            else (Warn("FINISH_DATE", END_BY_HAND, "end", at_target=True, until_shown=True),)
        )
        if employee.mobile == BAD_PHONE:
            del known["phone"]
            warnings = (
                *warnings,
                Warn("BAD_PHONE", "The phone number is not valid and was not sent.", "phone"),
            )
        number, problems, only = employee.employee_number, self._problems(employee), frozenset(DEFAULTS)
        ongoing = (
            None
            if employee.terminated
            else OngoingEmployment("end", employee.start_date, self.takes_terminations)
        )
        blank = frozenset(
            one.name
            for one in self.fields
            if one.reported_when_blank
            and values[one.name] is None
            and UNREAD[one.name] not in employee.unread
        )
        return Prepared(
            *(known | DEFAULTS, number, problems, warnings, only, terminates, ongoing, employee.middle_name),
            end_field="end" if terminates else None,
            blank=blank,
        )

    def _problems(self, employee: Employee) -> tuple[Problem, ...]:
        missing = [
            one for one in self.fields if one.required and one.name == "start" and employee.start_date is None
        ]
        problems = [
            Problem(Reason.MISSING_FIELD, f"{one.label} is missing. Add it in enableHR.", one.label)
            for one in missing
        ]
        if len(employee.bank_accounts) > 1:
            sentence = "More than one bank account exists for the employee."
            problems.append(Problem(Reason.TOO_MANY_BANK_ACCOUNTS, sentence, "Bank accounts", Verdict.ERROR))
        return tuple(problems)

    async def list(self) -> AsyncIterator[Sequence[TargetRecord]]:
        ids = [target_id for target_id in self.records if target_id not in self.unlisted]
        for first in range(0, len(ids), self.page_size):
            self.steps.reach("list")
            yield [self._record(target_id) for target_id in ids[first : first + self.page_size]]

    async def find(self, target_id: str) -> TargetRecord | None:
        self.steps.reach("find")
        await asyncio.sleep(self.latency)
        return self._record(target_id) if target_id in self.records else None

    async def create(self, prepared: Prepared) -> Outcome:
        self.steps.reach("create")
        await asyncio.sleep(self.latency)
        if prepared.values["surname"] in self.refuse:
            return Outcome(
                problem=Problem(Reason.REFUSED, "Payroll refused the employee: the surname is not allowed.")
            )
        chosen = prepared.external_id if self.chosen_ids else None
        target_id = chosen or (self.next_ids.pop(0) if self.next_ids else f"T{len(self.records) + 1}")
        if target_id in self.records:
            return Outcome(problem=Problem(Reason.REFUSED, "Payroll refused the employee: the id is taken."))
        self.add(target_id, prepared.values, prepared.external_id if self.chosen_ids else None)
        self.steps.reach("create.done")
        await asyncio.sleep(self.latency)
        return Outcome(target_id)

    async def update(self, target_id: str, prepared: Prepared, current: TargetRecord | None) -> Outcome:
        self.steps.reach("update")
        await asyncio.sleep(self.latency)
        if target_id not in self.records:
            return Outcome(problem=Problem(Reason.NOT_FOUND, "Payroll does not have this employee any more."))
        kept = {name: value for name, value in prepared.values.items() if name not in prepared.create_only}
        self.records[target_id] |= kept
        self.steps.reach("update.done")
        said = (Warn("INCOMPLETE", "Payroll needs more details.", at_target=True),) if self.incomplete else ()
        return Outcome(target_id, warnings=said)

    def add(self, target_id: str, values: Mapping[str, Value], external_id: str | None = None) -> None:
        """Put somebody into payroll."""
        self.records[target_id] = dict(values)
        self.external[target_id] = external_id

    def adopt(self, target_id: str, employee: Employee, **changes: Value) -> None:
        """Put somebody into payroll as they are at the source, apart from some fields."""
        values = {
            name: value
            for name, value in {**self.prepare("", employee).values, **changes}.items()
            if value is not None
        }
        self.add(target_id, values, target_id if self.chosen_ids else None)

    def _record(self, target_id: str) -> TargetRecord:
        values = {one.name: None for one in self.fields} | self.records[target_id]
        return TargetRecord(
            target_id, f"{values['given']} {values['surname']}", values, self.external[target_id]
        )

    @property
    def writes(self) -> int:
        """Return how many creates and updates payroll has carried out."""
        return self.steps.done.get("create.done", 0) + self.steps.done.get("update.done", 0)


def fake_systems(source: FakeSource, target: FakeTarget, pairing_id: int) -> SystemPair:
    """Pair two fakes."""
    entry = Connector("fake", "Payroll", "A payroll in memory.", SideSettings, SignIn(Authorisation.NONE))
    offering = replace(entry, source_fields=source.custom_fields)
    return SystemPair(
        source, target, offering, replace(entry, external_id_chosen_by_us=target.chosen_ids), pairing_id
    )


TWO_ACCOUNTS = (BankAccount("Anna", "12345678", "064000"), BankAccount("Anna", "87654321", "064000"))
