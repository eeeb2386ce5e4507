"""The employees in Xero, by their id, and how Xero shows them."""

from __future__ import annotations

from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sandbox.document_store import DocumentStore

Document = dict[str, Any]
_KIND, _KEYS = "xero", "xero keys"
# A list leaves out the rest.
_LISTED = (
    "EmployeeID",
    "FirstName",
    "MiddleNames",
    "LastName",
    "Status",
    "Email",
    "DateOfBirth",
    "Gender",
    "Phone",
    "Mobile",
    "StartDate",
    "TerminationDate",
    "TerminationReason",
    "OrdinaryEarningsRateID",
    "PayrollCalendarID",
    "IsSTP2Qualified",
)


class XeroEmployees:
    """Employees of one organisation, and which of them was created under which idempotency key."""

    def __init__(self, store: DocumentStore) -> None:
        """Load the employees stored by the last run of the program."""
        self._store = store
        self._employees: dict[str, Document] = store.read(_KIND)
        self._by_key: dict[str, str] = {key: each["id"] for key, each in store.read(_KEYS).items()}

    def __len__(self) -> int:
        """Count all employees."""
        return len(self._employees)

    def empty(self) -> None:
        """Delete all employees."""
        self._employees, self._by_key = {}, {}
        self._store.clear(_KIND)
        self._store.clear(_KEYS)

    def everyone(self) -> list[Document]:
        """Return all employees as stored, in the order they were added."""
        return list(self._employees.values())

    def get(self, name: str) -> Document | None:
        """Return one employee by their id."""
        return self._employees.get(name)

    def made_with(self, key: str) -> Document | None:
        """Return the employee that was created under an idempotency key."""
        return self._employees.get(self._by_key.get(key, ""))

    def create(self, fields: Document, key: str) -> Document:
        """Add an employee under a new id."""
        name = str(uuid5(NAMESPACE_URL, f"xero {len(self._employees)}"))
        if key:
            self._by_key[key] = name
            self._store.put(_KEYS, key, {"id": name})
        return self.change({"EmployeeID": name}, fields)

    def change(self, held: Document, sent: Document) -> Document:
        """Store an employee with what was sent; an object is merged, a list replaced, a blank text clears."""
        new = merged(held, sent)
        if not new.get("TerminationDate"):
            new.pop("TerminationReason", None)
        new["Status"] = "TERMINATED" if new.get("TerminationDate") else "ACTIVE"
        self._employees[new["EmployeeID"]] = new
        self._store.put(_KIND, new["EmployeeID"], new)
        return new


def as_listed(employee: Document) -> Document:
    """Return an employee as a list shows them."""
    return {name: employee[name] for name in _LISTED if name in employee}


def as_shown(employee: Document) -> Document:
    """Return an employee as they are shown alone: everything, with the tax file number masked."""
    declaration = employee.get("TaxDeclaration")
    if not declaration or not declaration.get("TaxFileNumber"):
        return employee
    masked = f"***-***-{declaration['TaxFileNumber'][-3:]}"
    return employee | {"TaxDeclaration": declaration | {"TaxFileNumber": masked}}


def merged(held: Document, sent: Document) -> Document:
    """Return an employee with what was sent: an object is merged, a list replaced, a blank text clears."""
    new = dict(held)
    for name, value in sent.items():
        if value == "":
            new.pop(name, None)
        elif isinstance(value, dict):
            new[name] = merged(held.get(name) or {}, value)
        else:
            new[name] = value
    return new
