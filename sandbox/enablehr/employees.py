"""The employees in enableHR: list, find and edit them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import Any

from sandbox.clock import Clock
from sandbox.document_store import DocumentStore
from sandbox.people.invented import Person

_KIND = "person"


class Employees:
    """All people by id; every edit updates the date of the last change."""

    def __init__(self, store: DocumentStore, clock: Clock) -> None:
        """Load the people stored by the last run of the program."""
        self._store, self._clock = store, clock
        self._people = store.read(_KIND)
        self._ids = sorted(map(int, self._people))
        # The id of somebody who was removed is not given again.
        self._last_id = 0

    def __len__(self) -> int:
        """Count the people."""
        return len(self._ids)

    def replace_all(self, people: Iterable[Person]) -> None:
        """Replace all people with these."""
        self._people = {person["id"]: person for person in people}
        self._ids = sorted(map(int, self._people))
        self._store.clear(_KIND)
        self._store.put_all(_KIND, self._people.items())

    def everyone(self) -> list[Person]:
        """Return all people in the order they were added."""
        return [self._people[str(number)] for number in self._ids]

    def get(self, name: str) -> Person | None:
        """Return one person."""
        return self._people.get(name)

    def after(self, name: str | None, count: int) -> tuple[list[Person], bool]:
        """Return the people after a given one, and whether more follow."""
        begin = bisect_right(self._ids, int(name)) if name else 0
        page = self._ids[begin : begin + count]
        return [self._people[str(number)] for number in page], begin + count < len(self._ids)

    def edit(self, name: str, changes: dict[str, Any]) -> Person:
        """Change fields of a person; None removes a field, a mapping is merged."""
        person = merged(self._people[name], changes) | {
            "id": name,
            "dateUpdatedUTC": self._clock.now().isoformat(),
        }
        self._people[name] = person
        self._store.put(_KIND, name, person)
        return person

    def add(self, fields: dict[str, Any]) -> Person:
        """Add a person under the next free id."""
        self._last_id = max(self._last_id, self._ids[-1] if self._ids else 0) + 1
        name = str(self._last_id)
        moment = self._clock.now().isoformat()
        empty: Person = {
            "region": "AU",
            "trait": "added",
            "employmentStatus": "Current",
            "bankAccounts": [],
            "tax": None,
            "retirement": None,
        }
        person = merged(empty, fields) | {"id": name, "dateCreatedUTC": moment, "dateUpdatedUTC": moment}
        self._people[name] = person
        self._ids.append(int(name))
        self._store.put(_KIND, name, person)
        return person

    def remove(self, name: str) -> None:
        """Remove a person without a trace."""
        del self._people[name]
        self._ids.remove(int(name))
        self._store.remove(_KIND, name)


def merged(old: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Return the old fields merged with the changes."""
    new = dict(old)
    for field, value in changes.items():
        if value is None:
            new.pop(field, None)
        elif isinstance(value, dict) and isinstance(new.get(field), dict):
            new[field] = merged(new[field], value)
        else:
            new[field] = value
    return new
