"""A store of documents in one SQLite file, by kind and id."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson

Document = dict[str, Any]


class DocumentStore:
    """Stores documents; without a file they are lost when the program ends."""

    def __init__(self, file: Path | None = None) -> None:
        """Open or create the file, readable by its owner only."""
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch(mode=0o600)
        self._connection = sqlite3.connect(file or ":memory:", isolation_level=None, check_same_thread=False)
        # A killed program loses nothing with this; only a crash of the whole machine can.
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS document "
            "(kind TEXT, id TEXT, body BLOB NOT NULL, PRIMARY KEY (kind, id)) WITHOUT ROWID"
        )

    def read(self, kind: str) -> dict[str, Document]:
        """Return every document of a kind by id."""
        rows = self._connection.execute("SELECT id, body FROM document WHERE kind = ? ORDER BY id", (kind,))
        return {name: orjson.loads(body) for name, body in rows}

    def put(self, kind: str, name: str, document: Document) -> None:
        """Store one document, replacing the previous one."""
        self.put_all(kind, [(name, document)])

    def put_all(self, kind: str, documents: Iterable[tuple[str, Document]]) -> None:
        """Store several documents in one transaction."""
        rows = [(kind, name, orjson.dumps(document)) for name, document in documents]
        self._connection.execute("BEGIN")
        self._connection.executemany("INSERT OR REPLACE INTO document VALUES (?, ?, ?)", rows)
        self._connection.execute("COMMIT")

    def remove(self, kind: str, name: str) -> None:
        """Delete one document."""
        self._connection.execute("DELETE FROM document WHERE kind = ? AND id = ?", (kind, name))

    def clear(self, kind: str) -> None:
        """Delete all documents of a kind."""
        self._connection.execute("DELETE FROM document WHERE kind = ?", (kind,))

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
