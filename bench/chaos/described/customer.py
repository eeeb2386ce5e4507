"""A customer with described systems: each field of each employee is compared."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from bench import systems
from bench.chaos.customer import PARTNERS, UNDISTURBED_LATENCY_MILLISECONDS, ControlApi, Entry, Person
from bench.chaos.described.misbehaviour import Steady
from bench.people import employee, payroll
from bench.servers.running import KEY
from core.connections import connections
from core.models import Position
from core.security.actor import Actor

Json = dict[str, Any]
POSITIONS = ("Driver", "Packer", "Supervisor", "Forklift operator")
FIRST_CHANGE = datetime(2026, 2, 1, tzinfo=UTC)


def _marry(person: Json, random: Random) -> None:
    person["name"]["last"] = f"{person['name']['last'].split(' ')[0]} {random.choice(PARTNERS)}"


def _move(person: Json, random: Random) -> None:
    person["home"]["line1"] = f"{random.randint(301, 999)} Wharf Road"
    person["home"]["postcode"] = str(random.randint(4000, 4899))


def _promote(person: Json, random: Random) -> None:
    person["job"]["position"] = random.choice(POSITIONS)


def _renumber(person: Json, random: Random) -> None:
    person["contact"]["mobile"] = f"04{random.randint(10_000_000, 99_999_999)}"


CHANGES: tuple[Callable[[Json, Random], None], ...] = (_marry, _move, _promote, _renumber)


class DescribedCustomer:
    """The people of an HR system, and what its payroll must hold of them in every field."""

    namesakes = 0

    def __init__(self, number: int, hr: str, payroll_url: str, employees: int, steady: Steady) -> None:
        """Hire the first employees, once the HR system responds."""
        self._steady, self.loses_responses = steady, steady.dropped > 0
        self.number, self._hr_url, self.payroll_url = number, hr, payroll_url
        self._hr, self._payroll = ControlApi(hr), ControlApi(payroll_url)
        self._people: dict[str, Json] = {}
        self._changes = 0
        self.expected: dict[str, Json] = {}
        self.hire(employees)

    def _put(self, people: list[Json]) -> None:
        self._hr.call("POST", "put", {"people": people})
        for person in people:
            self._people[person["number"]] = person
            self.expected[person["number"]] = payroll(person)

    def hire(self, number: int) -> None:
        """Add new employees; the next run has to create them."""
        first = len(self._people)
        self._put([copy.deepcopy(employee(each)) for each in range(first, first + number)])

    def change_employees(self, number: int, random: Random) -> None:
        """Change a name, an address, a position or a mobile number; the next run has to update it."""
        chosen = random.sample(sorted(self._people), min(number, len(self._people)))
        people = [copy.deepcopy(self._people[each]) for each in chosen]
        for person in people:
            random.choice(CHANGES)(person, random)
            self._changes += 1
            person["updated"] = (FIRST_CHANGE + timedelta(seconds=self._changes)).isoformat()
        self._put(people)

    def disturb(self, random: Random) -> None:
        """Make the systems slow, and one of them fail, cut connections or lose responses a few times."""
        latency = random.choice((5, 20, 40, 80))
        fault = random.choice(
            ("answer_lost_next", "create_then_500", "reset_connection_next", "fail_next", "")
        )
        failing = (
            self._payroll if fault in ("answer_lost_next", "create_then_500") else random.choice(self._both)
        )
        for api in self._both:
            following = {fault: random.randint(1, 4)} if fault and api is failing else {}
            self._misbehave(api, latency, **following)

    def reset_faults(self) -> None:
        """Let the systems behave as they do when nothing disturbs them."""
        for api in self._both:
            self._misbehave(api, UNDISTURBED_LATENCY_MILLISECONDS)

    @property
    def _both(self) -> tuple[ControlApi, ControlApi]:
        return self._hr, self._payroll

    def _misbehave(self, api: ControlApi, milliseconds: float, **following: int) -> None:
        api.call("POST", "misbehave", {"latency": milliseconds / 1000, **following})

    def people(self) -> dict[str, Person]:
        """Return everyone in the HR system; none of them has a problem."""
        everyone = self._hr.call("POST", "show", {})
        return {person["id"]: Person(person["number"], False) for person in everyone}

    def payroll(self) -> list[Entry]:
        """Return everyone in payroll, by the tax file number that each invented employee has for themselves."""
        return [
            Entry(held["employeeNumber"], (held["tax"]["fileNumber"],), held)
            for held in self._payroll.call("POST", "show", {})
        ]

    def created_per_employee(self) -> dict[str, int]:
        """Return how often each employee was created."""
        created: dict[str, int] = self._payroll.call("POST", "created", {})
        return created

    def misbehaved(self) -> dict[str, int]:
        """Return how often payroll has misbehaved in each way it always does, since it was last started."""
        counts: dict[str, int] = self._payroll.call("POST", "fates", {})
        return {fate.value: counts[fate.value] for fate in self._steady.fates}

    def connect(self, actor: Actor) -> int:
        """Add the connection."""
        settings = [{"url": url} for url in (self._hr_url, self.payroll_url)]
        connection_id = connections.create(actor, "", systems.HR, systems.PAYROLL, *settings)
        for position in (Position.SOURCE, Position.TARGET):
            connections.connect_side(actor, connection_id, position, KEY)
        return connection_id
