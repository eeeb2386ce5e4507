"""Statements for many rows at once, in the fastest way each engine has."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from core.db import driving

AT_ONCE = 100
"""Rows in one statement: SQLite then works for long without needing Python, which sends requests meanwhile."""


def on_postgresql(connection: Connection) -> bool:
    """Say which engine it is; all others are SQLite."""
    return connection.dialect.name == "postgresql"


def on_sqlite(cursor: object) -> bool:
    """Say whether this is a cursor of SQLite's driver."""
    return isinstance(cursor, sqlite3.Cursor)


def execute_many(session: Session, statement: str, rows: Sequence[tuple[Any, ...]], at_once: int = AT_ONCE) -> None:
    """Execute a statement of SQLite with ``{rows}`` for rows of values, all of one length."""
    connection = session.connection()
    for first in range(0, len(rows), at_once):
        portion = rows[first : first + at_once]
        connection.exec_driver_sql(_for(statement, len(portion), len(portion[0])), tuple(chain.from_iterable(portion)))


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
