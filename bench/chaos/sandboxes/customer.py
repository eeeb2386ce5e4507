"""A customer with a sandbox: people in enableHR, and the employees that must be in iPayroll."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from bench.chaos.customer import PARTNERS, UNDISTURBED_LATENCY_MILLISECONDS, ControlApi, Entry, Person
from core.clock import now
from core.connections import connections
from core.models import Position
from core.security.actor import Actor
from sandbox.people import invented
from sandbox.people.traits import CLEAN

MOST_HIRED = 6000
LETTERS = "abcdefghij"
SET_BY_SANDBOX = ("id", "dateCreatedUTC", "dateUpdatedUTC")
WITHOUT_PROBLEM = (CLEAN, "added")
UNLIMITED = {"requests_per_second": 1000.0}


class SandboxCustomer:
    """The people of one sandbox; of each employee, the surname is compared."""

    # The sandbox has one pair of namesakes.
    namesakes, loses_responses = 1, False

    def __init__(self, number: int, url: str, seed: int) -> None:
        """Read the people of a sandbox that has just been filled from a seed."""
        self.number, self.url = number, url
        self._api = ControlApi(url)
        self._not_hired = [
            person
            for person in invented.invent_people(seed + 1000, MOST_HIRED, datetime.now(UTC).date())
            if person["trait"] == CLEAN
        ]
        self._original: dict[str, tuple[str, str]] = {}
        self.expected: dict[str, dict[str, Any]] = {}
        for person in self._everyone():
            if person["trait"] == CLEAN:
                self._expect(person)

    def _expect(self, person: dict[str, Any]) -> None:
        self._original[person["employeeNumber"]] = (person["id"], person["surname"])
        self.expected[person["employeeNumber"]] = {"surname": person["surname"]}

    def _everyone(self) -> list[dict[str, Any]]:
        people: list[dict[str, Any]] = self._api.call("GET", "people")
        return people

    def people(self) -> dict[str, Person]:
        """Return everyone in enableHR; only invented people without a trait are sure to have no problem."""
        return {
            person["id"]: Person(person.get("employeeNumber"), person["trait"] not in WITHOUT_PROBLEM)
            for person in self._everyone()
        }

    def payroll(self) -> list[Entry]:
        """Return everyone in payroll."""
        return [
            Entry(
                held["employeeId"],
                (held["firstNames"], held["surname"], held.get("birthDate")),
                {"surname": held["surname"]},
            )
            for held in self._api.call("GET", "payroll")
        ]

    def hire(self, number: int) -> None:
        """Add new employees; the next run has to create them."""
        people = [self._new_person() for _ in range(min(number, len(self._not_hired)))]
        for person in self._api.call("POST", "people", {"people": people}):
            self._expect(person)

    def _new_person(self) -> dict[str, Any]:
        """Return a person whose name and numbers are unique."""
        person, number = self._not_hired.pop(), MOST_HIRED - len(self._not_hired)
        letters = "".join(LETTERS[int(digit)] for digit in str(number))
        unique = {"employeeNumber": f"N{number:05d}", "surname": f"{person['surname']} N{letters}"}
        return {name: value for name, value in person.items() if name not in SET_BY_SANDBOX} | unique

    def change_employees(self, number: int, random: Random) -> None:
        """Change some surnames; the next run has to update them."""
        for employee_number in random.sample(sorted(self.expected), min(number, len(self.expected))):
            source_id, original = self._original[employee_number]
            surname = f"{original}-{random.choice(PARTNERS)}"
            self._api.call("PATCH", f"people/{source_id}", {"surname": surname})
            self.expected[employee_number] = {"surname": surname}

    def disturb(self, random: Random) -> None:
        """Set faults of the systems: latency, lost responses, false errors, cut connections."""
        self._set_latency(random.choice((5, 20, 40, 80)))
        fault = random.choice(
            ("answer_lost_next", "create_then_500", "reset_connection_next", "fail_next", "")
        )
        system = "ipayroll" if fault == "create_then_500" else random.choice(("enablehr", "ipayroll"))
        if fault:
            only = {"only_method": "POST"} if fault == "answer_lost_next" and system == "ipayroll" else {}
            self._set_faults(system, **{fault: random.randint(1, 4)}, **only)

    def reset_faults(self) -> None:
        """Reset all fault switches, apart from a steady latency."""
        self._set_latency(UNDISTURBED_LATENCY_MILLISECONDS)

    def _set_latency(self, milliseconds: float) -> None:
        self._api.call("POST", "switches", {"enablehr": None, "ipayroll": None})
        for system in ("enablehr", "ipayroll"):
            self._set_faults(system, latency_ms=milliseconds)

    def _set_faults(self, system: str, **switches: Any) -> None:
        self._api.call("POST", "switches", {system: switches})

    def created_per_employee(self) -> dict[str, int]:
        """Return how often each employee was created."""
        counters = self._api.call("GET", "state")["counters"]
        created: dict[str, int] = counters["ipayroll"]["created_per_employee"]
        return created

    def misbehaved(self) -> dict[str, int]:
        """Return nothing: the sandbox misbehaves only when it is disturbed."""
        return {}

    def connect(self, actor: Actor) -> int:
        """Add the connection, with tokens as if a person had consented."""
        source = {
            "api_url": f"{self.url}/enablehr",
            "login_url": f"{self.url}/enablehr/login",
            "account_id": "1001",
        }
        target = {"url": f"{self.url}/ipayroll"}
        connection_id = connections.create(
            actor, "", "enablehr", "ipayroll", source | UNLIMITED, target | UNLIMITED
        )
        for position, system in ((Position.SOURCE, "enablehr"), (Position.TARGET, "ipayroll")):
            connections.connect_side(actor, connection_id, position, self._credentials(system))
        return connection_id

    def _credentials(self, system: str) -> dict[str, Any]:
        tokens = self._api.call("POST", "grant", {"system": system})
        stored = {name: tokens.get(name) for name in ("access_token", "refresh_token", "scope", "token_type")}
        return stored | {"expires_at": (now() + timedelta(seconds=int(tokens["expires_in"]))).isoformat()}
