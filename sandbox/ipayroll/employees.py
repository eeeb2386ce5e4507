"""The employees in iPayroll, listed while they are active."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from sandbox.clock import Clock
from sandbox.document_store import DocumentStore

Document = dict[str, Any]
_KIND, _CREATES = "payroll", "creates"
DATES = ("birthDate", "startDate", "finishDate", "kiwiSaverOptOutDate")


class PayrollEmployees:
    """Employees by id, and how often each was created (which must be once)."""

    def __init__(self, store: DocumentStore, clock: Clock) -> None:
        """Load the employees stored by the last run of the program."""
        self._store, self._clock = store, clock
        self._employees = store.read(_KIND)
        self.creates: dict[str, int] = {name: entry["times"] for name, entry in store.read(_CREATES).items()}
        self._active: list[Document] | None = None

    def __len__(self) -> int:
        """Count all employees, including those who have left."""
        return len(self._employees)

    def empty(self) -> None:
        """Delete all employees."""
        self._employees, self.creates, self._active = {}, {}, None
        self._store.clear(_KIND)
        self._store.clear(_CREATES)

    def everyone(self) -> list[Document]:
        """Return all employees as stored."""
        return list(self._employees.values())

    def get(self, name: str) -> Document | None:
        """Return one employee."""
        return self._employees.get(name)

    def active(self) -> list[Document]:
        """Return the employees whose finish date is not in the past."""
        if self._active is None:
            today = self._clock.today().isoformat()
            self._active = [one for one in self._employees.values() if one.get("finishDate", "9999") >= today]
        return self._active

    def create(self, employees: Sequence[Document]) -> None:
        """Add employees whose ids are not in use."""
        for employee in employees:
            name = employee["employeeId"]
            self._employees[name] = employee
            self.creates[name] = self.creates.get(name, 0) + 1
        self._active = None
        self._store.put_all(_KIND, [(one["employeeId"], one) for one in employees])
        self._store.put_all(
            _CREATES, [(one["employeeId"], {"times": self.creates[one["employeeId"]]}) for one in employees]
        )

    def update(self, employee: Document) -> None:
        """Store an employee over what was there."""
        self._employees[employee["employeeId"]] = employee
        self._active = None
        self._store.put(_KIND, employee["employeeId"], employee)


def as_returned(employee: Document, link: Callable[[str], str]) -> Document:
    """Return an employee as iPayroll answers: dates as 1-Feb-1980 and a link to itself."""
    dates = {field: _spoken(employee[field]) for field in DATES if field in employee}
    return (
        employee
        | dates
        | {"organisation": 4711, "links": [{"rel": "self", "href": link(employee["employeeId"])}]}
    )


def _spoken(day: str) -> str:
    moment = date.fromisoformat(day)
    return f"{moment.day}-{moment:%b-%Y}"
