"""The target's employees, found by any of their match keys; encrypted on disk, because there may be very many.

One file, because the slots, the records and the keys of an employee are one thing in three tables.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

import orjson

from connectors.contract.capabilities import ListsUntranslated, ReportsListing
from connectors.contract.errors import TemporaryError
from connectors.contract.fields import Field
from connectors.contract.protocols import RecordDigest, Target
from connectors.contract.records import ListedRecord, Prepared, TargetRecord
from core.sync.compare.link_state import NOT_LISTED
from core.sync.match.keys import (
    KeyExtractor,
    PersonDetails,
    birth_date_key,
    canonical_external_id,
    email_key,
    external_id_key,
    loose_name_keys,
    name_keys,
    tax_number_key,
)
from core.sync.store.codec import RecordCodec, decode_record, dumps
from core.sync.store.temp_store import TempCipher, TempTable, temp_database

Slots = list[int]

# Employees encrypted together. With more of them, decrypting one would take longer.
RECORDS_PER_BLOCK = 16
# A page of the source is looked up before it is decided on.
RECORDS_IN_MEMORY = 500
SLOTS = """
    CREATE TABLE slot (target_id TEXT PRIMARY KEY, slot INTEGER NOT NULL, digest BLOB NOT NULL) WITHOUT ROWID
    """
BLOCKS = "CREATE TABLE block (first_slot INTEGER PRIMARY KEY, ciphertext BLOB NOT NULL)"
# A birth date or an e-mail address that this number of employees share identifies nobody.
SHARED_BIRTH_DATE, SHARED_BIRTH_DATE_SHARE, SHARED_EMAIL = 5, 0.01, 3
# What is shared is counted again after this growth.
GROWTH_TO_COUNT_AGAIN = 1.02
# More employees with one key are not looked at.
MOST_FOUND = 50
ADD = "INSERT OR IGNORE INTO slot VALUES (?, ?, ?)"
DIGESTS = "SELECT target_id, hex(digest) FROM slot WHERE target_id IN (SELECT value FROM json_each(?))"
FIND = "SELECT target_id, slot FROM slot WHERE target_id IN (SELECT value FROM json_each(?))"


class TargetIndex:
    """All employees the target has listed. An employee's *slot* is their number in this index.

    They are kept as they were listed, and translated when somebody looks at them: most have not changed.
    """

    def __init__(self, fields: Collection[Field], digest: RecordDigest | None = None) -> None:
        """Take the digest by which records of the target are recognised; without one, they are not."""
        self._digest: RecordDigest = digest or (lambda _: NOT_LISTED)
        self._translate: Callable[[bytes], TargetRecord] | None = None
        self.key_extractor = KeyExtractor(fields)
        self._database = temp_database(SLOTS, BLOCKS)
        self._cipher = TempCipher()
        self._size = 0
        # The last few records, not encrypted yet: each one line of JSON, as the target listed it or encoded by us.
        self._pending: list[bytes] = []
        # The block decrypted last: its first slot and its lines.
        self._open_block: tuple[int, list[bytes]] = (-1, [])
        # The records translated last, by slot.
        self._translated: dict[int, TargetRecord] = {}
        self._keys = TempTable("key BLOB, slot INTEGER", index="key")
        # The slots below this one can be found by their keys. It stays 0 until somebody is looked for by a key.
        self._keyed = 0
        # How many employees have a key that several have, and how many employees were listed when they were counted.
        self._shared: dict[bytes, int] = {}
        self._counted = 0

    def __len__(self) -> int:
        """Return the number of employees the target has listed."""
        return self._size

    async def load(
        self,
        target: Target,
        has_links: Callable[[], Awaitable[bool]],
        before_each_page: Callable[[], None] = lambda: None,
    ) -> None:
        """List the whole target into the index. Raises ConnectorError.

        A response without a list is an empty target only while nobody is linked to an employee of it.
        """
        if isinstance(target, ListsUntranslated):
            self._translate = target.translate
            async for listed in target.list_untranslated():
                before_each_page()
                self._add(listed)
        else:
            async for page in target.list():
                before_each_page()
                self._add([self._as_listed(record) for record in page])
        if isinstance(target, ReportsListing) and target.answered_without_list and await has_links():
            raise TemporaryError(
                "The target listed nobody and gave no list, although employees are linked to it. Nothing was changed. "
                "Try again later."
            )

    def _as_listed(self, record: TargetRecord) -> ListedRecord:
        line = encode_line(record)
        return ListedRecord(record.target_id, self._digest(line), line)

    def add(self, records: Collection[TargetRecord]) -> None:
        """Add employees that the target returned when asked by id, or that it does not list."""
        self._add([ListedRecord(record.target_id, NOT_LISTED, encode_line(record)) for record in records])

    def _add(self, page: Sequence[ListedRecord]) -> None:
        """Add employees, each once, even when pages shift and list them again."""
        rows = [(target_id, slot, digest) for slot, (target_id, digest, _) in enumerate(page, self._size)]
        added = self._database.executemany(ADD, rows).rowcount
        if added < len(page):
            self._database.execute("DELETE FROM slot WHERE slot >= ?", (self._size,))
            known = self.find_slots([target_id for target_id, *_ in page])
            new: dict[str, ListedRecord] = {}
            for listed in page:
                if listed.target_id not in known:
                    new.setdefault(listed.target_id, listed)
            page = list(new.values())
            rows = [(target_id, slot, digest) for slot, (target_id, digest, _) in enumerate(page, self._size)]
            self._database.executemany(ADD, rows)
        self._size += len(page)
        self._pending += [data for *_, data in page]
        while len(self._pending) >= RECORDS_PER_BLOCK:
            self._store_block(self._pending[:RECORDS_PER_BLOCK])

    def _store_block(self, lines: Sequence[bytes]) -> None:
        first_slot = self._size - len(self._pending)
        ciphertext = self._cipher.encrypt(b"\n".join(lines))
        self._database.execute("INSERT INTO block VALUES (?, ?)", (first_slot, ciphertext))
        del self._pending[: len(lines)]

    def record(self, slot: int) -> TargetRecord:
        """Return an employee as the target listed them."""
        record = self._translated.get(slot)
        if record is None:
            if len(self._translated) >= RECORDS_IN_MEMORY:
                self._translated.clear()
            record = self._translated[slot] = self._decode(self._line(slot))
        return record

    def _line(self, slot: int) -> bytes:
        first_pending = self._size - len(self._pending)
        if slot >= first_pending:
            return self._pending[slot - first_pending]
        first_slot = slot - slot % RECORDS_PER_BLOCK
        if self._open_block[0] != first_slot:
            query = "SELECT ciphertext FROM block WHERE first_slot = ?"
            (ciphertext,) = self._database.execute(query, (first_slot,)).fetchone()
            self._open_block = (first_slot, self._cipher.decrypt(ciphertext).split(b"\n"))
        return self._open_block[1][slot - first_slot]

    def _decode(self, line: bytes) -> TargetRecord:
        if self._translate is not None and line.startswith(b"{"):
            return self._translate(line)
        layouts, encoded = orjson.loads(line)
        return decode_record(layouts, encoded)

    def listed_digest(self, target_id: str) -> bytes:
        """Return the digest of an employee's record in the list; zeros for one who was not listed."""
        query = "SELECT digest FROM slot WHERE target_id = ?"
        row = self._database.execute(query, (target_id,)).fetchone()
        return NOT_LISTED if row is None else bytes(row[0])

    def listed_digests(self, target_ids: Collection[str]) -> Mapping[str, str]:
        """Return the digests of those of many employees who are in the index, in hexadecimal digits."""
        return dict(self._database.execute(DIGESTS, (_json_list(target_ids),)).fetchall())

    def external_id(self, slot: int) -> str | None:
        """Return an employee's external id in the form in which two are compared."""
        return canonical_external_id(self.record(slot).external_id)

    def person(self, slot: int) -> PersonDetails:
        """Return who an employee is, without what many employees of the target share."""
        record = self.record(slot)
        return self._without_shared(self.key_extractor.person(record.values))

    def person_to_find(self, prepared: Prepared) -> PersonDetails:
        """Return who an employee of the source is, in the same form."""
        return self._without_shared(self.key_extractor.person(prepared.values, prepared.middle_names))

    def _without_shared(self, person: PersonDetails) -> PersonDetails:
        most = max(SHARED_BIRTH_DATE, int(self._size * SHARED_BIRTH_DATE_SHARE))
        if person.birth_date is not None and self._is_shared(birth_date_key(person), most):
            person = person._replace(birth_date=None)
        if person.email is not None and self._is_shared(email_key(person), SHARED_EMAIL):
            person = person._replace(email=None)
        return person

    def _is_shared(self, key: bytes | None, least: int) -> bool:
        self._add_missing_keys()
        if self._keyed > self._counted * GROWTH_TO_COUNT_AGAIN:
            query = "SELECT key, COUNT(*) FROM kept GROUP BY key HAVING COUNT(*) >= ?"
            self._shared = dict(self._keys.query(query, (SHARED_EMAIL,)))
            self._counted = self._keyed
        return key is not None and self._shared.get(key, 0) >= least

    def find_slot(self, target_id: str) -> int | None:
        """Find an employee by the target's own id."""
        if not self._size:
            return None
        row = self._database.execute("SELECT slot FROM slot WHERE target_id = ?", (target_id,)).fetchone()
        return None if row is None else int(row[0])

    def find_slots(self, target_ids: Collection[str]) -> Mapping[str, int]:
        """Find many employees by the target's own ids."""
        if not target_ids or not self._size:
            return {}
        return dict(self._database.execute(FIND, (_json_list(target_ids),)).fetchall())

    def find_by_external_id(self, external_id: str | None) -> Slots:
        """Find employees by external id."""
        return self._find(external_id_key(external_id))

    def find_by_tax_number(self, person: PersonDetails) -> Slots:
        """Find employees by tax number."""
        return self._find(tax_number_key(person))

    def find_by_name_or_email(self, person: PersonDetails) -> Slots:
        """Find employees by a name that is alike, and by e-mail address."""
        found = (slot for key in (*name_keys(person), email_key(person)) for slot in self._find(key))
        return list(dict.fromkeys(found))

    def find_by_loose_name(self, person: PersonDetails) -> Slots:
        """Find employees by the name in the other order, and by an initial."""
        found = (slot for key in loose_name_keys(person) for slot in self._find(key))
        return list(dict.fromkeys(found))

    def _find(self, key: bytes | None) -> Slots:
        if key is None or not self._size:
            return []
        self._add_missing_keys()
        query = "SELECT slot FROM kept WHERE key = ? ORDER BY slot LIMIT ?"
        return [row[0] for row in self._keys.query(query, (key, MOST_FOUND))]

    def _add_missing_keys(self) -> None:
        for slot in range(self._keyed, self._size):
            self._add_keys(slot)
        self._keyed = self._size

    def _add_keys(self, slot: int) -> None:
        record = self.record(slot)
        person = self.key_extractor.person(record.values)
        for key in {
            external_id_key(record.external_id),
            *(tax_number_key(person), email_key(person), birth_date_key(person)),
            *name_keys(person),
        }:
            if key is not None:
                self._keys.add(key, slot)


def encode_line(record: TargetRecord) -> bytes:
    """Return a record as one line of JSON."""
    codec = RecordCodec()
    encoded = codec.encode_record(record)
    return dumps((codec.layouts(), encoded))


def _json_list(target_ids: Collection[str]) -> str:
    return orjson.dumps(list(target_ids)).decode()
