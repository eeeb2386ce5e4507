"""What a run has to remember about everybody, on disk instead of in memory: files that vanish with the run.

Each is a temporary SQLite database of its own that no other process can open; it takes a quarter of a megabyte of
memory however many people it knows. What goes in is an id, a keyed hash, or sealed.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import chain
from typing import Any

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

PRAGMAS = ("journal_mode=off", "synchronous=off", "temp_store=file", "cache_size=-250")
ROWS_AHEAD = 500
NONCE_BYTES = 12
TEXT = "CREATE TABLE text (id TEXT PRIMARY KEY, call INTEGER) WITHOUT ROWID"
NEW = "SELECT id FROM text WHERE id IN (SELECT value FROM json_each(?)) AND call = ?"


def scratch(*tables: str) -> sqlite3.Connection:
    """Return a fresh temporary database with these tables; it is gone when nobody holds it any more."""
    connection = sqlite3.connect("", isolation_level=None, check_same_thread=False)
    for pragma in PRAGMAS:
        connection.execute(f"pragma {pragma}")
    for table in tables:
        connection.execute(table)
    connection.execute("BEGIN")
    return connection


class IdSet:
    """A set of texts. Those that come in rising order are kept as they come, and taken apart when one falls behind."""

    def __init__(self) -> None:
        """Begin with none."""
        self._rows = scratch(
            "CREATE TABLE text (id TEXT PRIMARY KEY, call INTEGER) WITHOUT ROWID",
            "CREATE TABLE rising (told TEXT)",
        )
        self._number = self._calls = 0
        self._highest = ""

    def __len__(self) -> int:
        """Return how many there are."""
        return self._number

    def add(self, texts: Sequence[str]) -> set[str]:
        """Add texts and return those that were new."""
        given, told = set(texts), orjson.dumps(texts).decode()
        ordered = sorted(
            texts
        )  # quick where they are in order; the set, which has none, would take ten times as long
        if len(given) == len(ordered) and ordered and ordered[0] > self._highest and ordered == texts:
            self._rows.execute("INSERT INTO rising VALUES (?)", (told,))
            self._number += len(given)
            self._highest = ordered[-1]
            return given
        self._highest = max([self._highest, *ordered[-1:]])
        self._calls += 1
        self._rows.execute("INSERT INTO text SELECT value, 0 FROM rising, json_each(rising.told)")
        self._rows.execute("DELETE FROM rising")
        added = self._rows.execute(
            "INSERT OR IGNORE INTO text SELECT value, ? FROM json_each(?)", (self._calls, told)
        ).rowcount
        self._number += added
        if added == len(given):
            return given
        return {row[0] for row in self._rows.execute(NEW, (told, self._calls))}


class TempTable:
    """Rows of one table, put in by the hundred; the index is made when it is first needed, which most runs never do."""

    def __init__(self, columns: str, index: str | None = None) -> None:
        """Make the table; its rows can be found quickly by one of its columns."""
        self._table = f"CREATE TABLE kept ({columns})"
        self._index = None if index is None else f"CREATE INDEX by_{index} ON kept ({index})"
        self._places = f"({', '.join('?' * len(columns.split(',')))})"
        self._waiting: list[tuple[Any, ...]] = []

    @cached_property
    def _rows(self) -> sqlite3.Connection:
        return scratch(self._table)

    def add(self, *values: Any) -> None:
        """Put in one row."""
        self._waiting.append(values)
        if len(self._waiting) >= ROWS_AHEAD:
            self._flush()

    def query(self, sql: str, values: Sequence[Any] = ()) -> Iterable[tuple[Any, ...]]:
        """Ask for rows of ``kept``."""
        if not self._waiting and "_rows" not in self.__dict__:  # there has never been one
            return ()
        self._flush()
        if self._index is not None:
            self._rows.execute(self._index)
            self._index = None
        return self._rows.execute(sql, values)

    def _flush(self) -> None:
        if self._waiting:
            given, self._waiting = self._waiting, []
            places = ", ".join([self._places] * len(given))
            self._rows.execute(f"INSERT INTO kept VALUES {places}", list(chain.from_iterable(given)))  # noqa: S608 - places only


class TempCipher:
    """Encrypts what goes into a temporary file, under a key that only this process has and forgets.

    Not Fernet: the target's employees are encrypted four at a time and decrypted one by one, where Fernet takes ten times
    as long.
    """

    def __init__(self) -> None:
        self._cipher = AESGCM(AESGCM.generate_key(256))

    def encrypt(self, text: bytes) -> bytes:
        """Encrypt one value."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, text, None)

    def decrypt(self, ciphertext: bytes) -> bytes:
        """Decrypt what ``encrypt`` made."""
        return self._cipher.decrypt(ciphertext[:NONCE_BYTES], ciphertext[NONCE_BYTES:], None)
