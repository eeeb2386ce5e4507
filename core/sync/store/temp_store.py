"""What a run remembers of every employee, on disk instead of in memory: files that vanish with the run.

Each is a temporary SQLite database that no other process can open. It takes a quarter of a megabyte of memory, however
many employees it holds. What goes in is an id, a keyed hash, or encrypted.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

PRAGMAS = ("journal_mode=off", "synchronous=off", "temp_store=file", "cache_size=-250")
ROWS_PER_INSERT = 500
NONCE_BYTES = 12


def temp_database(*tables: str) -> sqlite3.Connection:
    """Return a new temporary database with these tables. It is deleted with the last reference to it."""
    connection = sqlite3.connect("", isolation_level=None, check_same_thread=False)
    for pragma in PRAGMAS:
        connection.execute(f"pragma {pragma}")
    for table in tables:
        connection.execute(table)
    connection.execute("BEGIN")
    return connection


class IdSet:
    """A set of ids."""

    def __init__(self) -> None:
        self._rows = temp_database("CREATE TABLE id (value TEXT PRIMARY KEY, call INTEGER) WITHOUT ROWID")
        self._size = self._calls = 0

    def __len__(self) -> int:
        """Return how many there are."""
        return self._size

    def add(self, ids: Sequence[str]) -> set[str]:
        """Add ids and return those that are new."""
        unique, listed = set(ids), orjson.dumps(ids).decode()
        self._calls += 1
        insert = "INSERT OR IGNORE INTO id SELECT value, ? FROM json_each(?)"
        added = self._rows.execute(insert, (self._calls, listed)).rowcount
        self._size += added
        if added == len(unique):
            return unique
        new = "SELECT value FROM id WHERE value IN (SELECT value FROM json_each(?)) AND call = ?"
        return {row[0] for row in self._rows.execute(new, (listed, self._calls))}


class TempTable:
    """Rows of one table, inserted by the hundred. Database and index are made when they are first needed."""

    def __init__(self, columns: str, index: str | None = None) -> None:
        """Take the definitions of the columns, and the column by which rows are looked up."""
        self._table = f"CREATE TABLE kept ({columns})"
        self._index = None if index is None else f"CREATE INDEX by_{index} ON kept ({index})"
        self._insert = f"INSERT INTO kept VALUES ({', '.join('?' * len(columns.split(',')))})"  # noqa: S608 - placeholders only
        self._waiting: list[tuple[Any, ...]] = []

    @cached_property
    def _rows(self) -> sqlite3.Connection:
        return temp_database(self._table)

    def add(self, *values: Any) -> None:
        """Add one row."""
        self._waiting.append(values)
        if len(self._waiting) >= ROWS_PER_INSERT:
            self._flush()

    def query(self, sql: str, values: Sequence[Any] = ()) -> Iterable[tuple[Any, ...]]:
        """Select rows from ``kept``."""
        if not self._waiting and "_rows" not in self.__dict__:  # nothing was ever added
            return ()
        self._flush()
        if self._index is not None:
            self._rows.execute(self._index)
            self._index = None
        return self._rows.execute(sql, values)

    def _flush(self) -> None:
        self._rows.executemany(self._insert, self._waiting)
        self._waiting = []


class TempCipher:
    """Encrypts what goes into a temporary file, under a key that only this process has and forgets.

    AES-GCM, not Fernet: the target's employees are encrypted four at a time and decrypted one by one, and Fernet takes
    ten times as long.
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
