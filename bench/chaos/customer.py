"""What the chaos program knows of a customer: who is in their source, and what their target must hold."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Protocol, TypeVar

import requests

from core.security.actor import Actor

PATIENCE_SECONDS = 60
UNDISTURBED_LATENCY_MILLISECONDS = 2.0
# Whose names employees take when they marry.
PARTNERS = ("Lee", "Roy", "Kim", "Day", "May", "Fox", "Ray")
Json = dict[str, Any]
T = TypeVar("T")


@dataclass(frozen=True)
class Person:
    """Someone in the source; ``problem`` when a person has to look at them."""

    number: str | None
    problem: bool


@dataclass(frozen=True)
class Entry:
    """Someone in payroll, with the fields that are compared with what is expected."""

    number: str
    # What one person has and, apart from known namesakes, no other.
    name: tuple[Any, ...]
    fields: Json


class Customer(Protocol):
    """One customer with a source and a target of their own."""

    number: int
    # How many names may stand in payroll more than once.
    namesakes: int
    # Whether connections are cut even when nothing disturbs the systems.
    loses_responses: bool
    # By employee number, what payroll must show of each employee that must be there.
    expected: dict[str, Json]

    def hire(self, number: int) -> None:
        """Add new employees; the next run has to create them."""

    def change_employees(self, number: int, random: Random) -> None:
        """Change some employees; the next run has to update them."""

    def disturb(self, random: Random) -> None:
        """Make the systems slow, fail or lose responses for a while."""

    def reset_faults(self) -> None:
        """Let the systems behave as they do when nothing disturbs them."""

    def people(self) -> dict[str, Person]:
        """Return everyone in the source by the id they have there."""

    def payroll(self) -> list[Entry]:
        """Return everyone in payroll."""

    def created_per_employee(self) -> dict[str, int]:
        """Return how often each employee was created."""

    def misbehaved(self) -> dict[str, int]:
        """Return how often its target has misbehaved in each way it always does, since it was last started."""

    def connect(self, actor: Actor) -> int:
        """Add an Active connection between both systems and return its id."""


class Systems(Protocol):
    """The systems of a customer before they run."""

    def programs(self, folder: Path) -> Mapping[str, list[str]]:
        """Return the command of each system by its name; each keeps its state in the folder when it is killed."""

    def customer(self) -> Customer:
        """Return the customer, once the systems respond."""


class ControlApi:
    """The control API of a system, which may be killed and restarted at any time."""

    def __init__(self, url: str) -> None:
        self._url, self._session = f"{url}/control", requests.Session()

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Call it, and wait while it is restarted."""
        return wait_for(lambda: self._call(method, path, body))

    def _call(self, method: str, path: str, body: Any) -> Any:
        answer = self._session.request(method, f"{self._url}/{path}", json=body, timeout=30)
        answer.raise_for_status()
        return answer.json()


def wait_for(call: Callable[[], T]) -> T:
    """Call until a system can be reached."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        with suppress(requests.ConnectionError):
            return call()
        time.sleep(0.1)
    raise SystemExit(f"A system could not be reached for {PATIENCE_SECONDS} seconds.")
