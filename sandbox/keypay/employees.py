"""The employees in Employment Hero Payroll, by their number."""

from __future__ import annotations

from typing import Any

from sandbox.document_store import DocumentStore

Document = dict[str, Any]
_KIND, _FIRST = "keypay", 100
PAY_RUN_DEFAULTS = ("paySchedule", "primaryLocation", "primaryPayCategory")
DATES = ("dateOfBirth", "startDate", "endDate")


class HeroEmployees:
    """Employees of one business."""

    def __init__(self, store: DocumentStore) -> None:
        """Load the employees stored by the last run of the program."""
        self._store = store
        self._employees: dict[int, Document] = {int(name): entry for name, entry in store.read(_KIND).items()}

    def __len__(self) -> int:
        """Count all employees."""
        return len(self._employees)

    def empty(self) -> None:
        """Delete all employees."""
        self._employees = {}
        self._store.clear(_KIND)

    def everyone(self) -> list[Document]:
        """Return all employees as stored, in the order they were added."""
        return [self._employees[number] for number in sorted(self._employees)]

    def get(self, number: str) -> Document | None:
        """Return one employee by their number."""
        return (
            self._employees.get(int(number))
            if number.isascii() and number.isdigit() and len(number) < 10
            else None
        )

    def with_external_id(self, external_id: str) -> Document | None:
        """Return the employee with this external id."""
        return next(
            (employee for employee in self.everyone() if employee.get("externalId") == external_id), None
        )

    def create(self, fields: Document) -> Document:
        """Add an employee under the next number."""
        number = max(self._employees, default=_FIRST - 1) + 1
        return self.put({**fields, "id": number})

    def put(self, employee: Document) -> Document:
        """Store an employee, replacing the previous version."""
        self._employees[employee["id"]] = employee
        self._store.put(_KIND, str(employee["id"]), employee)
        return employee


def as_returned(employee: Document) -> Document:
    """Return an employee as the API does: dates with a time, employment types without spaces."""
    dated = {name: f"{employee[name]}T00:00:00" for name in DATES if employee.get(name)}
    kind = str(employee.get("employmentType") or "").replace(" ", "")
    return {
        **employee,
        **dated,
        "employmentType": kind,
        "middleName": employee.get("middleName"),
        "status": pay_status(employee)[0],
    }


def pay_status(employee: Document) -> tuple[str, str | None]:
    """Return whether the employee can be paid, and if not, what is missing."""
    if all(employee.get(name) for name in PAY_RUN_DEFAULTS):
        return "Active", None
    return "Incomplete", "Pay run defaults are missing"
