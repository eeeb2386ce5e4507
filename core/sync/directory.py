"""The employees of the target, found by any of their keys; kept compact because all of them are in memory."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from connectors.contract import Field, TargetRecord
from core.sync import payloads
from core.sync.identity import Keys, Recogniser, external_key

Places = list[int]


class Directory:
    """Everybody the target has listed. An employee's *place* is their number in it."""

    def __init__(self, fields: Sequence[Field]) -> None:
        """Begin with nobody."""
        self.recogniser = Recogniser(fields)
        self._target_ids: list[str] = []
        self._packed: list[bytes] = []
        self._keys: list[Keys] = []
        self._ids: dict[str, int] = {}
        self._numbers: list[str | None] = []
        self._external: dict[str, Places] = {}
        self._found_by: dict[bytes, Places] = {}

    def __len__(self) -> int:
        """Return how many employees the target has listed."""
        return len(self._packed)

    def add(self, record: TargetRecord) -> int:
        """Add an employee, once however often a shifting page lists them; return their place."""
        if record.target_id in self._ids:
            return self._ids[record.target_id]
        place, keys = len(self._packed), self.recogniser.keys(record.values)
        self._ids[record.target_id] = place
        self._target_ids.append(record.target_id)
        self._packed.append(orjson.dumps(payloads.target_record(record)))
        self._keys.append(keys)
        self._numbers.append(external := external_key(record.external_id))
        if external is not None:
            self._external.setdefault(external, []).append(place)
        for key in (keys.tax, keys.mail_and_birth, keys.name_and_birth, keys.name_and_postcode):
            if key is not None:
                self._found_by.setdefault(key, []).append(place)
        return place

    def record(self, place: int) -> TargetRecord:
        """Return an employee as the target listed them."""
        return payloads.to_target_record(orjson.loads(self._packed[place]))

    def target_id(self, place: int) -> str:
        """Return the target's id of an employee."""
        return self._target_ids[place]

    def external(self, place: int) -> str | None:
        """Return an employee's external id in the form in which it is compared."""
        return self._numbers[place]

    def keys(self, place: int) -> Keys:
        """Return an employee's keys."""
        return self._keys[place]

    def place(self, target_id: str) -> int | None:
        """Find by the target's own id."""
        return self._ids.get(target_id)

    def by_external(self, external_id: str | None) -> Places:
        """Find by external id."""
        key = external_key(external_id)
        return [] if key is None else self._external.get(key, [])

    def by_key(self, key: bytes | None) -> Places:
        """Find by one of the keys."""
        return [] if key is None else self._found_by.get(key, [])
