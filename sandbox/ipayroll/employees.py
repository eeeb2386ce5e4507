"""The employees iPayroll holds: kept once each, listed while they are active."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from sandbox.clock import Clock
from sandbox.document_store import Shelf

Document = dict[str, Any]
_KIND, _CREATES = "payroll", "creates"
DATES = ("birthDate", "startDate", "finishDate", "kiwiSaverOptOutDate")


class Payroll:
    """Employees by their id, and how often each was created (which must be once)."""

    def __init__(self, shelf: Shelf, clock: Clock) -> None:
        """Read what was there when the program last ran."""
        self._shelf, self._clock = shelf, clock
        self._employees = shelf.read(_KIND)
        self.creates: dict[str, int] = {name: entry["times"] for name, entry in shelf.read(_CREATES).items()}
        self._active: list[Document] | None = None

    def __len__(self) -> int:
        """Count everybody, those who left too."""
        return len(self._employees)

    def empty(self) -> None:
        """Forget everybody."""
        self._employees, self.creates, self._active = {}, {}, None
        self._shelf.clear(_KIND)
        self._shelf.clear(_CREATES)

    def everyone(self) -> list[Document]:
        """Return all employees as stored."""
        return list(self._employees.values())

    def get(self, name: str) -> Document | None:
        """Return one employee."""
        return self._employees.get(name)

    def active(self) -> list[Document]:
        """Return those whose finish date is not past."""
        if self._active is None:
            today = self._clock.today().isoformat()
            self._active = [one for one in self._employees.values() if one.get("finishDate", "9999") >= today]
        return self._active

    def create(self, employees: Sequence[Document]) -> None:
        """Add employees whose ids are free."""
        for employee in employees:
            name = employee["employeeId"]
            self._employees[name] = employee
            self.creates[name] = self.creates.get(name, 0) + 1
        self._active = None
        self._shelf.put_all(_KIND, [(one["employeeId"], one) for one in employees])
        self._shelf.put_all(
            _CREATES, [(one["employeeId"], {"times": self.creates[one["employeeId"]]}) for one in employees]
        )

    def update(self, employee: Document) -> None:
        """Store an employee over what was there."""
        self._employees[employee["employeeId"]] = employee
        self._active = None
        self._shelf.put(_KIND, employee["employeeId"], employee)


def shown(employee: Document, link: Callable[[str], str]) -> Document:
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
