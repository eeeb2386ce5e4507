"""What an error of the store's driver means: whether the store failed, what happened, and what to do about it."""

from __future__ import annotations

import sqlite3
from typing import Any

from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from core.settings import settings

# The store failed, whatever was asked of it: it is asked again later. `core.db` raises these for every such failure.
OUTAGES = (OperationalError, InterfaceError, PoolTimeoutError)

# SQLSTATEs after which a connection to PostgreSQL is of no more use: a server that has become read-only (25006),
# that is being shut down, has crashed or is starting (57P01 to 57P03), and every lost connection (class 08). After a
# conflict of two transactions (40001, 40P01) the connection is as good as before.
UNUSABLE_STATES = {"25006", "57P01", "57P02", "57P03"}
UNUSABLE_CLASS = "08"

# What happened and what to do, by SQLSTATEs of PostgreSQL and result codes of SQLite.
DAMAGED = "The store is damaged. Stop iHUB and restore {place} from your backup (docs/operations.md, Backup)."
FULL = (
    "The disk of the store is full, so nothing can be saved. Free some space; iHUB then continues by itself."
)
READ_ONLY = "The store is read-only at the moment, so nothing can be saved. iHUB continues by itself once it can write."
HELD = "Another program holds the store, so nothing can be saved. Try again once it has finished."
DISK_ERROR = "The disk does not take what iHUB saves. Check the disk of {place}, and whether it is full."
CANNOT_OPEN = "iHUB cannot open {place}. Check that it is there and that this user may read and write it."
SILENT = (
    "The store does not respond. Check the server of DATABASE_URL; iHUB continues by itself once it responds."
)
SENTENCES = {
    "XX001": DAMAGED,
    "XX002": DAMAGED,
    "53100": FULL,
    "25006": READ_ONLY,
    "55P03": HELD,
    sqlite3.SQLITE_CORRUPT: DAMAGED,
    sqlite3.SQLITE_NOTADB: DAMAGED,
    sqlite3.SQLITE_FULL: FULL,
    sqlite3.SQLITE_READONLY: READ_ONLY,
    sqlite3.SQLITE_BUSY: HELD,
    sqlite3.SQLITE_LOCKED: HELD,
    sqlite3.SQLITE_IOERR: DISK_ERROR,
    sqlite3.SQLITE_CANTOPEN: CANNOT_OPEN,
}


def _driver_error(error: BaseException) -> BaseException:
    return error.orig if isinstance(error, DBAPIError) and error.orig is not None else error


def _sqlstate(error: BaseException) -> str:
    return str(getattr(_driver_error(error), "sqlstate", None) or "")


def _sqlite_code(error: BaseException) -> int:
    """Return SQLite's primary result code, 0 for any other error."""
    return int(getattr(_driver_error(error), "sqlite_errorcode", None) or 0) & 0xFF


def needs_new_connection(error: BaseException) -> bool:
    """Say whether the connection that raised the error can no longer be used."""
    state = _sqlstate(error)
    return state in UNUSABLE_STATES or state.startswith(UNUSABLE_CLASS)


def as_outage(error: StatementError) -> OperationalError | None:
    """Return the error as an outage, where the driver gives a failure of the store another class."""
    if type(error) in (DBAPIError, InternalError) or type(error).__name__ == "DatabaseError":
        invalidated = getattr(error, "connection_invalidated", False) or needs_new_connection(error)
        return OperationalError(
            error.statement, error.params, _driver_error(error), error.hide_parameters, invalidated
        )
    return None


def explain(error: BaseException) -> str | None:
    """Return what happened to the store and what to do, or None when the store has not failed."""
    if not isinstance(error, OUTAGES):
        return None
    code = _sqlite_code(error)
    sentence = SENTENCES.get(code or _sqlstate(error), "" if code else SILENT)
    return sentence.format(place=_place()) or None


def is_held(error: BaseException) -> bool:
    """Say whether another program holds the store, so that the same can be done once it has finished."""
    return SENTENCES.get(_sqlite_code(error) or _sqlstate(error)) == HELD


def damaged() -> str:
    """Return what to do about a damaged store."""
    return DAMAGED.format(place=_place())


def _place() -> str:
    return "the database" if settings().database_url is not None else str(settings().home / "ihub.db")


def on_error(context: Any) -> BaseException | None:
    """Drop connections that are of no more use, and give each failure of the store one class (SQLAlchemy's event)."""
    if needs_new_connection(context.original_exception):
        context.is_disconnect = True
    error = context.sqlalchemy_exception
    return as_outage(error) if isinstance(error, DBAPIError) else None
