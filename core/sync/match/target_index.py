"""The employees of the target, found by any of their keys; kept on disk, sealed, because there may be very many of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import orjson

from connectors.contract.fields import Field
from connectors.contract.records import TargetRecord
from core.sync.match.keys import KeyExtractor, Keys, external, external_key
from core.sync.store.codec import RecordCodec, decode_record, dumps
from core.sync.store.temp_store import TempCipher, TempTable, temp_database

Places = list[int]

# Employees sealed together: with more of them it would take longer to open one.
TOGETHER = 4
PLACES = "CREATE TABLE place (target_id TEXT PRIMARY KEY, place INTEGER NOT NULL) WITHOUT ROWID"
SEALED = "CREATE TABLE sealed (first INTEGER PRIMARY KEY, people BLOB NOT NULL)"
ADD = "INSERT INTO place SELECT value, ? + key FROM json_each(?)"
FIND = "SELECT target_id, place FROM place WHERE target_id IN (SELECT value FROM json_each(?))"


class TargetIndex:
    """Everybody the target has listed. An employee's *place* is their number in it."""

    def __init__(self, fields: Collection[Field]) -> None:
        """Begin with nobody."""
        self.recogniser = KeyExtractor(fields)
        self._rows = temp_database(PLACES, SEALED)
        self._cipher = TempCipher()
        self._number = 0
        # The last few, not sealed yet.
        self._waiting: list[TargetRecord] = []
        # The place of the first of those opened last, their layouts, and they, as JSON or as records
        # already.
        self._opened: tuple[int, Any, list[Any]] = (-1, [], [])
        self._keys = TempTable("key BLOB, place INTEGER", index="key")
        # How many can be found by their keys: nobody, until somebody is first looked for.
        self._keyed = 0

    def __len__(self) -> int:
        """Return how many employees the target has listed."""
        return self._number

    def add(self, records: Collection[TargetRecord]) -> None:
        """Add employees, each once however often a shifting page lists them."""
        known = self.places([record.target_id for record in records])
        new: dict[str, TargetRecord] = {}
        for record in records:
            if record.target_id not in known:
                new.setdefault(record.target_id, record)
        self._rows.execute(ADD, (self._number, _listed(new)))
        self._number += len(new)
        self._waiting += new.values()
        while len(self._waiting) >= TOGETHER:
            self._seal(self._waiting[:TOGETHER])

    def _seal(self, records: Collection[TargetRecord]) -> None:
        layouts = RecordCodec()
        people = [layouts.encode_record(record) for record in records]
        sealed = self._cipher.encrypt(dumps((layouts.layouts(), people)))
        self._rows.execute("INSERT INTO sealed VALUES (?, ?)", (self._number - len(self._waiting), sealed))
        del self._waiting[: len(records)]

    def record(self, place: int) -> TargetRecord:
        """Return an employee as the target listed them."""
        unsealed = self._number - len(self._waiting)
        if place >= unsealed:
            return self._waiting[place - unsealed]
        within = place % TOGETHER
        if self._opened[0] != place - within:
            (sealed,) = self._rows.execute(
                "SELECT people FROM sealed WHERE first = ?", (place - within,)
            ).fetchone()
            self._opened = (place - within, *orjson.loads(self._cipher.decrypt(sealed)))
        _, layouts, people = self._opened
        if not isinstance(people[within], TargetRecord):
            people[within] = decode_record(layouts, people[within])
        record: TargetRecord = people[within]
        return record

    def external(self, place: int) -> str | None:
        """Return an employee's external id in the form in which it is compared."""
        return external_key(self.record(place).external_id)

    def keys(self, place: int) -> Keys:
        """Return what is known of who an employee is."""
        return self.recogniser.keys(self.record(place).values)

    def place(self, target_id: str) -> int | None:
        """Find by the target's own id."""
        if not self._number:
            return None
        row = self._rows.execute("SELECT place FROM place WHERE target_id = ?", (target_id,)).fetchone()
        return None if row is None else int(row[0])

    def places(self, target_ids: Collection[str]) -> Mapping[str, int]:
        """Find many by the target's own ids."""
        if not target_ids or not self._number:
            return {}
        return dict(self._rows.execute(FIND, (_listed(target_ids),)).fetchall())

    def by_external(self, external_id: str | None) -> Places:
        """Find by external id."""
        return self.by_key(external(external_id))

    def by_key(self, key: bytes | None) -> Places:
        """Find by one of the keys."""
        if key is None or not self._number:
            return []
        for place in range(self._keyed, self._number):
            self._add_keys(place)
        self._keyed = self._number
        return [
            row[0] for row in self._keys.query("SELECT place FROM kept WHERE key = ? ORDER BY place", (key,))
        ]

    def _add_keys(self, place: int) -> None:
        record = self.record(place)
        keys = self.recogniser.keys(record.values)
        for key in (
            external(record.external_id),
            keys.tax,
            keys.mail_and_birth,
            keys.name_and_birth,
            keys.name_and_postcode,
        ):
            if key is not None:
                self._keys.add(key, place)


def _listed(target_ids: Collection[str]) -> str:
    return orjson.dumps(list(target_ids)).decode()
