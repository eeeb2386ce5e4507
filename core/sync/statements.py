"""Statements for many rows at once, in the fastest way each engine has."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain, repeat
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from core.db import driving

SIZES = (10, 100, 500)
"""Rows in one statement: many, so that SQLite works for long without needing Python, and of few sizes, because it keeps the
statements that it has prepared."""


def on_postgresql(connection: Connection) -> bool:
    """Say which engine it is; all others are SQLite."""
    return connection.dialect.name == "postgresql"


def on_sqlite(cursor: object) -> bool:
    """Say whether this is a cursor of SQLite's driver."""
    return isinstance(cursor, sqlite3.Cursor)


def execute_many(session: Session, statement: str, rows: Sequence[tuple[Any, ...]], *before: object) -> None:
    """Execute a statement of SQLite with ``{rows}`` for rows of values, all of one length; ``before`` stands before them.

    Rows are filled up with rows of NULL, which the statement has to leave out.
    """
    connection = session.connection()
    for first in range(0, len(rows), SIZES[-1]):
        portion = rows[first : first + SIZES[-1]]
        size, columns = next(size for size in SIZES if size >= len(portion)), len(portion[0])
        nothing = repeat(None, (size - len(portion)) * columns)
        connection.exec_driver_sql(_for(statement, size, columns), tuple(chain(before, chain.from_iterable(portion), nothing)))


@lru_cache(maxsize=64)
def _for(statement: str, rows: int, columns: int) -> str:
    return statement.format(rows=", ".join([f"({', '.join('?' * columns)})"] * rows))


def copy(session: Session, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows by PostgreSQL's COPY."""
    with (
        driving(session.connection().connection) as cursor,
        cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as stream,
    ):
        for row in rows:
            stream.write_row(row)
