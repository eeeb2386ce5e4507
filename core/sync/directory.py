"""The employees of the target, found by any of their keys; kept on disk, sealed, because there may be very many of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from connectors.contract import Field, TargetRecord
from core.envelope import Sealer
from core.sync import identity, payloads
from core.sync.identity import Keys, Recogniser, external_key
from core.sync.scratch import scratch

Places = list[int]

PEOPLE = """
    CREATE TABLE person (
        place INTEGER PRIMARY KEY, target_id TEXT NOT NULL UNIQUE, sealed BLOB, name BLOB, given BLOB, birth_date BLOB, tax BLOB
    )
    """
FOUND_BY = "CREATE TABLE found_by (key BLOB, place INTEGER, PRIMARY KEY (key, place)) WITHOUT ROWID"


class Directory:
    """Everybody the target has listed. An employee's *place* is their number in it."""

    def __init__(self, fields: Sequence[Field]) -> None:
        """Begin with nobody."""
        self.recogniser = Recogniser(fields)
        self._rows = scratch(PEOPLE, FOUND_BY)
        self._sealer = Sealer()
        self._number = 0

    def __len__(self) -> int:
        """Return how many employees the target has listed."""
        return self._number

    def add(self, record: TargetRecord) -> int:
        """Add an employee, once however often a shifting page lists them; return their place."""
        if (known := self.place(record.target_id)) is not None:
            return known
        place, keys = self._number, self.recogniser.keys(record.values)
        self._number += 1
        sealed = self._sealer.seal(payloads.dumps(payloads.target_record(record)))
        person = (place, record.target_id, sealed, keys.name, keys.given, keys.birth_date, keys.tax)
        self._rows.execute("INSERT INTO person VALUES (?, ?, ?, ?, ?, ?, ?)", person)
        found_by = (
            identity.external(record.external_id),
            keys.tax,
            keys.mail_and_birth,
            keys.name_and_birth,
            keys.name_and_postcode,
        )
        entries = [(key, place) for key in found_by if key is not None]
        self._rows.executemany("INSERT INTO found_by VALUES (?, ?)", entries)
        return place

    def record(self, place: int) -> TargetRecord:
        """Return an employee as the target listed them."""
        (sealed,) = self._person("sealed", place)
        return payloads.to_target_record(orjson.loads(self._sealer.open(sealed)))

    def target_id(self, place: int) -> str:
        """Return the target's id of an employee."""
        return str(self._person("target_id", place)[0])

    def external(self, place: int) -> str | None:
        """Return an employee's external id in the form in which it is compared."""
        return external_key(self.record(place).external_id)

    def keys(self, place: int) -> Keys:
        """Return what is known of who an employee is; how they are found is not repeated."""
        return Keys(*self._person("name, given, birth_date, tax", place))

    def place(self, target_id: str) -> int | None:
        """Find by the target's own id."""
        row = (
            self._rows.execute("SELECT place FROM person WHERE target_id = ?", (target_id,)).fetchone() if self._number else None
        )
        return None if row is None else int(row[0])

    def by_external(self, external_id: str | None) -> Places:
        """Find by external id."""
        return self.by_key(identity.external(external_id))

    def by_key(self, key: bytes | None) -> Places:
        """Find by one of the keys."""
        if key is None or not self._number:
            return []
        return [row[0] for row in self._rows.execute("SELECT place FROM found_by WHERE key = ? ORDER BY place", (key,))]

    def _person(self, columns: str, place: int) -> Any:
        return self._rows.execute(f"SELECT {columns} FROM person WHERE place = ?", (place,)).fetchone()  # noqa: S608 - our columns
