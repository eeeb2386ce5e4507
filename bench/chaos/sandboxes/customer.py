"""One customer: a sandbox of their own, and the employees that must be in payroll."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from random import Random
from typing import Any

import requests

from sandbox.people import invented
from sandbox.people.traits import CLEAN

MOST_HIRED = 6000
PATIENCE_SECONDS = 30
LETTERS = "abcdefghij"
PARTNERS = ("Lee", "Roy", "Kim", "Day", "May", "Fox", "Ray")
SET_BY_SANDBOX = ("id", "dateCreatedUTC", "dateUpdatedUTC")


class Customer:
    """The people of one sandbox; ``expected`` has the surname of each employee number that must be in payroll."""

    def __init__(self, number: int, url: str, seed: int) -> None:
        """Read the people of a sandbox that has just been filled from a seed."""
        self.number, self.url = number, url
        self._session = requests.Session()
        self._not_hired = [
            person
            for person in invented.invent_people(seed + 1000, MOST_HIRED, datetime.now(UTC).date())
            if person["trait"] == CLEAN
        ]
        self._original: dict[str, tuple[str, str]] = {}
        self.expected: dict[str, str] = {}
        for person in self.people():
            if person["trait"] == CLEAN:
                self._expect(person)

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        """Call the sandbox's control API; wait for a sandbox that is being restarted."""
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                answer = self._session.request(method, f"{self.url}/control/{path}", json=body, timeout=30)
            except requests.ConnectionError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)
            else:
                answer.raise_for_status()
                return answer.json()

    def _expect(self, person: dict[str, Any]) -> None:
        self._original[person["employeeNumber"]] = (person["id"], person["surname"])
        self.expected[person["employeeNumber"]] = person["surname"]

    def grant(self, system: str) -> dict[str, Any]:
        """Return tokens as if a person had consented."""
        granted: dict[str, Any] = self._call("POST", "grant", {"system": system})
        return granted

    def people(self) -> list[dict[str, Any]]:
        """Return everyone in enableHR."""
        people: list[dict[str, Any]] = self._call("GET", "people")
        return people

    def payroll(self) -> list[dict[str, Any]]:
        """Return everyone in payroll."""
        payroll: list[dict[str, Any]] = self._call("GET", "payroll")
        return payroll

    def hire(self, number: int) -> None:
        """Add new employees; the next run has to create them."""
        people = [self._new_person() for _ in range(min(number, len(self._not_hired)))]
        for person in self._call("POST", "people", {"people": people}):
            self._expect(person)

    def _new_person(self) -> dict[str, Any]:
        """Return a person whose name and numbers are unique."""
        person, number = self._not_hired.pop(), MOST_HIRED - len(self._not_hired)
        letters = "".join(LETTERS[int(digit)] for digit in str(number))
        unique = {"employeeNumber": f"N{number:05d}", "surname": f"{person['surname']} N{letters}"}
        return {name: value for name, value in person.items() if name not in SET_BY_SANDBOX} | unique

    def change_surnames(self, number: int, random: Random) -> None:
        """Change some surnames; the next run has to update them."""
        for employee_number in random.sample(sorted(self.expected), min(number, len(self.expected))):
            source_id, original = self._original[employee_number]
            surname = f"{original}-{random.choice(PARTNERS)}"
            self._call("PATCH", f"people/{source_id}", {"surname": surname})
            self.expected[employee_number] = surname

    def set_faults(self, system: str, **switches: Any) -> None:
        """Set fault switches of a system."""
        self._call("POST", "switches", {system: switches})

    def reset_faults(self, milliseconds: float) -> None:
        """Reset all fault switches, apart from a steady latency."""
        self._call("POST", "switches", {"enablehr": None, "ipayroll": None})
        for system in ("enablehr", "ipayroll"):
            self.set_faults(system, latency_ms=milliseconds)

    def created_per_employee(self) -> dict[str, int]:
        """Return how often each employee was created."""
        created: dict[str, int] = self._call("GET", "state")["counters"]["ipayroll"]["created_per_employee"]
        return created
