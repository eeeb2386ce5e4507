"""One customer: a sandbox of their own, and a book of who has to be in payroll."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from random import Random
from typing import Any

import requests

from sandbox.people import invented
from sandbox.people.traits import CLEAN

# How many people can be hired at most.
RESERVE = 6000
PATIENCE_SECONDS = 30
LETTERS = "abcdefghij"
PARTNERS = ("Lee", "Roy", "Kim", "Day", "May", "Fox", "Ray")
OF_THE_SANDBOX = ("id", "dateCreatedUTC", "dateUpdatedUTC")


class Company:
    """The people of one sandbox. ``book`` says which employee numbers must be in payroll, and under which surname."""

    def __init__(self, number: int, url: str, seed: int) -> None:
        """Take the address of a sandbox that has just been filled with the people of a seed."""
        self.number, self.url = number, url
        self._session = requests.Session()
        self._new = [
            one
            for one in invented.invent_people(seed + 1000, RESERVE, datetime.now(UTC).date())
            if one["trait"] == CLEAN
        ]
        self._born: dict[str, tuple[str, str]] = {}
        self.book: dict[str, str] = {}
        for person in self.people():
            if person["trait"] == CLEAN:
                self._enter(person)

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the control desk; a sandbox that is being started again is waited for."""
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

    def _enter(self, person: dict[str, Any]) -> None:
        self._born[person["employeeNumber"]] = (person["id"], person["surname"])
        self.book[person["employeeNumber"]] = person["surname"]

    def grant(self, system: str) -> dict[str, Any]:
        """Return tokens as if a person had consented."""
        granted: dict[str, Any] = self._call("POST", "grant", {"system": system})
        return granted

    def people(self) -> list[dict[str, Any]]:
        """Return everybody in enableHR."""
        found: list[dict[str, Any]] = self._call("GET", "people")
        return found

    def payroll(self) -> list[dict[str, Any]]:
        """Return everybody in payroll."""
        found: list[dict[str, Any]] = self._call("GET", "payroll")
        return found

    def hire(self, number: int) -> None:
        """Add new people, whom the next run has to create."""
        people = [self._newcomer() for _ in range(min(number, len(self._new)))]
        for person in self._call("POST", "people", {"people": people}):
            self._enter(person)

    def _newcomer(self) -> dict[str, Any]:
        """Return somebody whose name and numbers nobody else has."""
        person, number = self._new.pop(), RESERVE - len(self._new)
        mark = "".join(LETTERS[int(digit)] for digit in str(number))
        own = {"employeeNumber": f"N{number:05d}", "surname": f"{person['surname']} N{mark}"}
        return {name: value for name, value in person.items() if name not in OF_THE_SANDBOX} | own

    def marry(self, number: int, chance: Random) -> None:
        """Change the surnames of some, whom the next run has to update."""
        for employee_number in chance.sample(sorted(self.book), min(number, len(self.book))):
            name, born = self._born[employee_number]
            surname = f"{born}-{chance.choice(PARTNERS)}"
            self._call("PATCH", f"people/{name}", {"surname": surname})
            self.book[employee_number] = surname

    def switch(self, system: str, **changes: Any) -> None:
        """Move switches of a system."""
        self._call("POST", "switches", {system: changes})

    def calm(self, milliseconds: float) -> None:
        """Put all switches back but a steady latency."""
        self._call("POST", "switches", {"enablehr": None, "ipayroll": None})
        for system in ("enablehr", "ipayroll"):
            self.switch(system, latency_ms=milliseconds)

    def created_per_employee(self) -> dict[str, int]:
        """Return how often each employee was created."""
        created: dict[str, int] = self._call("GET", "state")["counters"]["ipayroll"]["created_per_employee"]
        return created
