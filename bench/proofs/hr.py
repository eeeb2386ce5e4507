"""The HR system of a company, described by a file: the employees as HR has them at the moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bench.proofs.details import Details, Person
from bench.proofs.listing import Json, Listing
from bench.proofs.web import Answer


@dataclass
class HrEmployee:
    """One employee in HR; ``other_job`` is a second employment under the id, ``is_repeated`` the same one again."""

    source_id: str
    person: Person
    details: Details
    version: int = 1
    other_job: Details | None = None
    is_repeated: bool = False


class HrSystem:
    """The employees by source id, in the order in which they are listed."""

    def __init__(self, paging: str, url: str) -> None:
        self.employees: dict[str, HrEmployee] = {}
        # Places in the list that are left out of their page, so that it is short.
        self.gaps: set[int] = set()
        self.listing = Listing(paging, self._entries, url)

    def answer(self, method: str, path: str, query: Mapping[str, str], sent: Any) -> Answer:
        """Answer one request."""
        if path == "/people":
            return self.listing.answer(query)
        if path == "/me":
            return Answer(200, {"number": 1})
        employee = self.employees.get(path.rpartition("/")[2])
        return Answer(404) if employee is None else Answer(200, as_json(employee, employee.details))

    def _entries(self) -> list[Json | None]:
        entries: list[Json | None] = list(self._shown())
        for place in sorted(self.gaps):
            entries.insert(min(place, len(entries)), None)
        return entries

    def _shown(self) -> Iterator[Json]:
        for employee in self.employees.values():
            yield as_json(employee, employee.details)
        for employee in self.employees.values():
            if employee.other_job is not None:
                yield as_json(employee, employee.other_job)
            if employee.is_repeated:
                yield as_json(employee, employee.details)


def as_json(employee: HrEmployee, details: Details) -> Json:
    """Return an employee as the HR system shows them."""
    account = {"name": details.surname, "bsb": details.bsb, "number": details.account}
    return {
        "id": employee.source_id,
        "changed": f"{employee.version}",
        "number": details.number,
        "first": details.given,
        "last": details.surname,
        "nick": details.preferred,
        "born": details.born,
        "sex": details.gender,
        "mail": details.email,
        "mobile": details.mobile,
        "state": str(details.status),
        "since": details.start,
        "until": details.end,
        "kind": "permanent",
        "tax": details.tax,
        "accounts": [account] if details.account else [],
        "home": {
            "street": details.street,
            "town": "Brisbane",
            "state": "QLD",
            "code": details.postcode,
            "country": "Australia",
        },
    }
