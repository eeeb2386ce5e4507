"""Find the numbers that more than one of those to be created has, on disk.

Small hashes tell who may have one number, and what was sealed beside them tells who has: so the answer is exact, and the many
who share nothing cost little.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Iterator

import orjson

from core.sync.store.temp_store import TempCipher, TempTable, temp_database

TOGETHER = 500
ALIKE = """
    SELECT position FROM kept
    WHERE external IN (SELECT external FROM kept WHERE external IS NOT NULL GROUP BY external HAVING COUNT(*) > 1)
        OR tax IN (SELECT tax FROM kept WHERE tax IS NOT NULL GROUP BY tax HAVING COUNT(*) > 1)
    """
_SALT = secrets.token_hex(16)

# A position, an external id and a tax number, both in the form in which they are compared.
Numbers = tuple[int, str | None, str | None]


class DuplicateNumbers:
    """Takes everybody's numbers, and says who shares one."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self._hashes = TempTable("external INTEGER, tax INTEGER, position INTEGER")
        self._sealed = temp_database("CREATE TABLE sealed (people BLOB)")
        self._cipher = TempCipher()
        self._waiting: list[Numbers] = []

    def add(self, position: int, external: str | None, tax: str | None) -> None:
        """Take the numbers of one employee."""
        self._hashes.add(_hash(external), _hash(tax), position)
        self._waiting.append((position, external, tax))
        if len(self._waiting) >= TOGETHER:
            self._seal()

    def _seal(self) -> None:
        self._sealed.execute(
            "INSERT INTO sealed VALUES (?)", (self._cipher.encrypt(orjson.dumps(self._waiting)),)
        )
        self._waiting = []

    def positions(self) -> list[int]:
        """Return who has a number that somebody else has as well, in order."""
        alike = {position for (position,) in self._hashes.query(ALIKE)}
        if not alike:
            return []
        holders: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        for position, external, tax in self._all():
            if position in alike:
                for kind, number in (("external", external), ("tax", tax)):
                    if number is not None:
                        holders[kind, number].append(position)
        return sorted({position for several in holders.values() if len(several) > 1 for position in several})

    def _all(self) -> Iterator[Numbers]:
        self._seal()
        for (sealed,) in self._sealed.execute("SELECT people FROM sealed"):
            yield from orjson.loads(self._cipher.decrypt(sealed))


def _hash(number: str | None) -> int | None:
    """Return Python's own hash, which is keyed, salted in case the operator has fixed its key."""
    return None if number is None else hash(_SALT + number)
