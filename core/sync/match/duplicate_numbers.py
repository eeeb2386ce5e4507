"""Find the external ids and tax numbers that several of the employees to be created share, on disk.

Small hashes show which employees may share a number, and the encrypted numbers beside them show which do. So the answer
is exact, and the many employees who share nothing cost little.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Iterator

import orjson

from core.sync.store.temp_store import TempCipher, TempTable, temp_database

EMPLOYEES_PER_BLOCK = 500
SAME_HASH = """
    SELECT position FROM kept
    WHERE external_id IN (
            SELECT external_id FROM kept WHERE external_id IS NOT NULL GROUP BY external_id HAVING COUNT(*) > 1
        )
        OR tax_number IN (
            SELECT tax_number FROM kept WHERE tax_number IS NOT NULL GROUP BY tax_number HAVING COUNT(*) > 1
        )
    """
_SALT = secrets.token_hex(16)

# A position, an external id and a tax number, both in the form in which two are compared.
Numbers = tuple[int, str | None, str | None]


class DuplicateNumbers:
    """Collects the numbers of employees and finds those who share one."""

    def __init__(self) -> None:
        self._hashes = TempTable("external_id INTEGER, tax_number INTEGER, position INTEGER")
        self._blocks = temp_database("CREATE TABLE block (ciphertext BLOB)")
        self._cipher = TempCipher()
        self._pending: list[Numbers] = []

    def add(self, position: int, external_id: str | None, tax_number: str | None) -> None:
        """Add the numbers of one employee."""
        self._hashes.add(_hash(external_id), _hash(tax_number), position)
        self._pending.append((position, external_id, tax_number))
        if len(self._pending) >= EMPLOYEES_PER_BLOCK:
            self._store_block()

    def _store_block(self) -> None:
        ciphertext = self._cipher.encrypt(orjson.dumps(self._pending))
        self._blocks.execute("INSERT INTO block VALUES (?)", (ciphertext,))
        self._pending = []

    def positions(self) -> list[int]:
        """Return the positions of all employees who share a number, in order."""
        same_hash = {position for (position,) in self._hashes.query(SAME_HASH)}
        if not same_hash:
            return []
        positions: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        for position, external_id, tax_number in self._all():
            if position in same_hash:
                for kind, number in (("external id", external_id), ("tax number", tax_number)):
                    if number is not None:
                        positions[kind, number].append(position)
        return sorted(
            {position for sharing in positions.values() if len(sharing) > 1 for position in sharing}
        )

    def _all(self) -> Iterator[Numbers]:
        self._store_block()
        for (ciphertext,) in self._blocks.execute("SELECT ciphertext FROM block"):
            yield from orjson.loads(self._cipher.decrypt(ciphertext))


def _hash(number: str | None) -> int | None:
    """Return Python's own hash, which is keyed, salted in case the operator has fixed its key."""
    return None if number is None else hash(_SALT + number)
