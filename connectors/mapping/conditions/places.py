"""The values of an employee that conditions can ask about."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from connectors.contract.employee import Employee
from connectors.mapping.base import Kind

# Returns an employee's value at a place; takes the employee and their source id.
Getter = Callable[[Employee, str], Any]


@dataclass(frozen=True, slots=True)
class Place:
    """One value of an employee. ``kind`` is None where values of any kind may be there."""

    path: str
    label: str
    kind: Kind | None
    get: Getter
    is_sensitive: bool = False


class Places(Protocol):
    """The places of one source."""

    def find(self, path: str) -> Place | None:
        """Return a place; None when an employee has no such value."""

    def paths(self) -> Iterable[str]:
        """Return the paths of all places, to suggest the one that may be meant."""
