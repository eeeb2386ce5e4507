"""Statements for many rows at once, in the fastest way of each engine."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain, repeat
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from core.db import driver_cursor

# Rows per statement, always as many, because SQLite keeps its prepared statements.
ROWS = 100


def on_postgresql(connection: Connection) -> bool:
    """Say whether the engine is PostgreSQL. All others are SQLite."""
    return connection.dialect.name == "postgresql"


def on_sqlite(cursor: object) -> bool:
    """Say whether a cursor is of SQLite's driver."""
    return isinstance(cursor, sqlite3.Cursor)


def execute_many(session: Session, statement: str, rows: Sequence[tuple[Any, ...]], *before: object) -> None:
    """Execute a statement of SQLite with ``{rows}`` for rows of equal length, and ``before`` as its first parameters.

    Missing rows are filled with NULL, which the statement has to filter out.
    """
    if rows:
        execute_values(session, statement, list(chain.from_iterable(rows)), len(rows[0]), *before)


def execute_values(
    session: Session, statement: str, values: Sequence[Any], columns: int, *before: object
) -> None:
    """Do the same for values in one list, ``columns`` for each row."""
    connection = session.connection()
    for first in range(0, len(values), ROWS * columns):
        chunk = values[first : first + ROWS * columns]
        nothing = repeat(None, ROWS * columns - len(chunk))
        connection.exec_driver_sql(_for(statement, columns), (*before, *chunk, *nothing))


@lru_cache(maxsize=64)
def _for(statement: str, columns: int) -> str:
    return statement.format(rows=", ".join([f"({', '.join('?' * columns)})"] * ROWS))


def copy(session: Session, table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """Insert rows with PostgreSQL's COPY."""
    with (
        driver_cursor(session.connection().connection) as cursor,
        cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as stream,
    ):
        for row in rows:
            stream.write_row(row)
