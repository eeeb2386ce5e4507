"""The employees Employment Hero Payroll holds, by the number it gives them."""

from __future__ import annotations

from typing import Any

from sandbox.document_store import Shelf

Document = dict[str, Any]
_KIND, _FIRST = "keypay", 100
DATES = ("dateOfBirth", "startDate", "endDate")


class Hero:
    """Employees of one business."""

    def __init__(self, shelf: Shelf) -> None:
        """Read who was there when the program last ran."""
        self._shelf = shelf
        self._employees: dict[int, Document] = {int(name): entry for name, entry in shelf.read(_KIND).items()}

    def __len__(self) -> int:
        """Count everybody."""
        return len(self._employees)

    def empty(self) -> None:
        """Forget everybody."""
        self._employees = {}
        self._shelf.clear(_KIND)

    def everyone(self) -> list[Document]:
        """Return all employees as stored, in the order they came."""
        return [self._employees[number] for number in sorted(self._employees)]

    def get(self, number: str) -> Document | None:
        """Return one employee by the number as text."""
        return (
            self._employees.get(int(number))
            if number.isascii() and number.isdigit() and len(number) < 10
            else None
        )

    def with_external_id(self, wanted: str) -> Document | None:
        """Return the employee who has this id of another system."""
        return next((one for one in self.everyone() if one.get("externalId") == wanted), None)

    def create(self, fields: Document) -> Document:
        """Add an employee under the next number."""
        number = max(self._employees, default=_FIRST - 1) + 1
        return self.keep({**fields, "id": number})

    def keep(self, employee: Document) -> Document:
        """Store an employee over what was there."""
        self._employees[employee["id"]] = employee
        self._shelf.put(_KIND, str(employee["id"]), employee)
        return employee


def shown(employee: Document) -> Document:
    """Return an employee as it answers: with a time at each date and types of employment spelt without blanks."""
    dated = {name: f"{employee[name]}T00:00:00" for name in DATES if employee.get(name)}
    kind = str(employee.get("employmentType") or "").replace(" ", "")
    return {
        **employee,
        **dated,
        "employmentType": kind,
        "middleName": employee.get("middleName"),
        "status": standing(employee)[0],
    }


def standing(employee: Document) -> tuple[str, str | None]:
    """Return whether somebody can be paid, and if not, what is missing."""
    if all(employee.get(name) for name in ("paySchedule", "primaryLocation", "primaryPayCategory")):
        return "Active", None
    return "Incomplete", "Pay run defaults are missing"
