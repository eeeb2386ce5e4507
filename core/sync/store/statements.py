"""Statements for many rows at once, in the fastest way each engine has."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain, repeat
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from core.db import driver_cursor

# Rows in one statement: many, so that SQLite works for long without needing Python, and of few sizes,
# because it keeps the statements that it has prepared.
SIZES = (10, 100, 500)


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
    if rows:
        execute_values(session, statement, list(chain.from_iterable(rows)), len(rows[0]), *before)


def execute_values(
    session: Session, statement: str, values: Sequence[Any], columns: int, *before: object
) -> None:
    """Do the same for the values of one row after the other, in ``columns`` each."""
    connection = session.connection()
    for first in range(0, len(values), SIZES[-1] * columns):
        portion = values[first : first + SIZES[-1] * columns]
        size = next(size for size in SIZES if size * columns >= len(portion))
        nothing = repeat(None, size * columns - len(portion))
        connection.exec_driver_sql(_for(statement, size, columns), (*before, *portion, *nothing))


@lru_cache(maxsize=64)
def _for(statement: str, rows: int, columns: int) -> str:
    return statement.format(rows=", ".join([f"({', '.join('?' * columns)})"] * rows))


def copy(session: Session, table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """Insert rows by PostgreSQL's COPY."""
    with (
        driver_cursor(session.connection().connection) as cursor,
        cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as stream,
    ):
        for row in rows:
            stream.write_row(row)
