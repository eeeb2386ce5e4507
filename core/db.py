"""The store: one engine per process, short transactions.

Writing transactions on SQLite begin IMMEDIATE, so that two writers queue instead of failing half way. Readers never
block (WAL). Whatever makes the store fail, the error is one of `core.store_errors.OUTAGES`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

from sqlalchemy import Engine, PoolProxiedConnection, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, configure_mappers

from core import store_errors
from core.settings import settings
from core.shared_connection import ReadingSession, SharedConnection

READING = {"ihub_reading": True}
DURABLE = {"ihub_durable": True}
# How soon PostgreSQL's client finds that a server is gone, in seconds; for each of several servers in DATABASE_URL.
CONNECT = {"connect_timeout": 5, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
# How long a transaction waits for another that writes; one that is not worth a failure waits less.
WAIT_MILLISECONDS, MINOR_WAIT_MILLISECONDS = 30_000, 200
# How many connections pages keep at once; the pool has room for twice as many.
MOST_SHARED = 10
_sharing = BoundedSemaphore(MOST_SHARED)
_shared: ContextVar[SharedConnection | None] = ContextVar("connection of many readings", default=None)


def make_engine(url: str) -> Engine:
    """Make an engine for SQLite or PostgreSQL with iHUB's pragmas and pool."""
    if make_url(url).get_backend_name() == "sqlite":
        engine = create_engine(
            url, pool_size=10, max_overflow=20, connect_args={"timeout": 30}, hide_parameters=True
        )
        event.listen(engine, "do_connect", _keep_private)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        engine = create_engine(
            url,
            pool_size=5,
            max_overflow=20,
            pool_pre_ping=True,
            pool_recycle=1800,
            hide_parameters=True,
            connect_args=CONNECT,
        )
        event.listen(engine, "begin", _begin_postgresql)
    event.listen(engine, "handle_error", store_errors.on_error)
    return engine


def _keep_private(_dialect: object, _record: object, arguments: list[Any], _options: object) -> None:
    """Make the file, or change it, so that only its owner can read it. SQLite gives its other files the same mode."""
    file = Path(arguments[0])
    with suppress(OSError):
        if arguments[0] != ":memory:" and not file.exists():
            os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        for each in (file, Path(f"{file}-wal"), Path(f"{file}-shm")):
            if each.exists() and each.stat().st_mode & 0o077:
                each.chmod(0o600)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    for pragma in ("journal_mode=wal", "synchronous=normal", "foreign_keys=on"):
        connection.execute(f"pragma {pragma}")


def _begin_sqlite(connection: Any) -> None:
    options = connection.get_execution_options()
    if options.get("ihub_shared"):
        return
    durable = bool(options.get("ihub_durable"))
    if connection.info.get("durable", False) is not durable:
        connection.exec_driver_sql(f"pragma synchronous={'full' if durable else 'normal'}")
        connection.info["durable"] = durable
    wait = options.get("ihub_wait")
    if wait is None:
        connection.exec_driver_sql("BEGIN" if options.get("ihub_reading") else "BEGIN IMMEDIATE")
        return
    connection.exec_driver_sql(f"pragma busy_timeout={wait}")
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    finally:
        connection.exec_driver_sql(f"pragma busy_timeout={WAIT_MILLISECONDS}")


def _begin_postgresql(connection: Any) -> None:
    wait = connection.get_execution_options().get("ihub_wait")
    if wait is not None:
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {wait}")


@lru_cache(maxsize=1)
def engine() -> Engine:
    """Return the engine of this process."""
    return make_engine(settings().store_url())


@lru_cache(maxsize=1)
def _reading_engine() -> Engine:
    return engine().execution_options(**READING)


def prepare() -> None:
    """Configure the models now, so that processes forked from this one need not."""
    import core.models  # noqa: F401 - all of them have to be loaded

    configure_mappers()


def drop_inherited_connections() -> None:
    """Leave the connections to the process that this one was forked from. Compiled statements are kept."""
    if engine.cache_info().currsize:
        engine().dispose(close=False)


def forget_engine() -> None:
    """Drop the engine and its connections, because the address of the store has changed."""
    if engine.cache_info().currsize:
        engine().dispose(close=False)
    engine.cache_clear()
    _reading_engine.cache_clear()


@contextmanager
def transaction(*, durable: bool = False, wait: int | None = None) -> Iterator[Session]:
    """Open one writing transaction. It commits at the end and rolls back on any error.

    It waits for another that writes, for ``wait`` milliseconds at most where that is given.

    A ``durable`` transaction, and every one before it, is on disk once it has committed. Otherwise SQLite leaves the
    latest ones to the operating system, and a power failure can undo them.
    """
    bind = engine().execution_options(**DURABLE) if durable else engine()
    if wait is not None:
        bind = bind.execution_options(ihub_wait=wait)
    with Session(bind, expire_on_commit=False) as session, session.begin():
        yield session


def try_transaction(change: Callable[[Session], object], wait: int = MINOR_WAIT_MILLISECONDS) -> bool:
    """Make a change that is not worth a failure, nor a long wait. Say whether the store has taken it."""
    try:
        with transaction(wait=wait) as session:
            change(session)
    except store_errors.OUTAGES:
        return False
    return True


@contextmanager
def driver_reading() -> Iterator[Any]:
    """Yield the driver's cursor for one reading statement. It costs a tenth of `reading`, and a run reads each page."""
    connection = engine().raw_connection()
    try:
        with driver_cursor(connection) as cursor:
            yield cursor
    finally:
        connection.close()


@contextmanager
def driver_cursor(connection: PoolProxiedConnection) -> Iterator[Any]:
    """Yield the driver's own cursor. Errors are SQLAlchemy's, as everywhere."""
    driver = engine().dialect.loaded_dbapi
    try:
        yield connection.cursor()
    except driver.Error as error:
        wrapped = DBAPIError.instance(None, None, error, driver.Error)
        raise store_errors.as_outage(wrapped) or wrapped from error


@contextmanager
def reading() -> Iterator[Session]:
    """Open one reading transaction; within `many_readings`, on the connection that these share."""
    shared = _shared.get()
    if shared is not None and not shared.is_busy:
        with shared.transaction() as session:
            yield session
        return
    with ReadingSession(_reading_engine(), expire_on_commit=False) as session:
        yield session


@contextmanager
def many_readings() -> Iterator[None]:
    """Let the readings of this thread share a connection: a page has ten, and opening costs more than most queries.

    Each is still a transaction of its own, which sees everything that was written before it. While many pages are
    drawn at once, further ones open a connection for each reading, so that writing never waits for those that are kept.
    """
    if not _sharing.acquire(blocking=False):
        yield
        return
    shared = SharedConnection(engine())
    token = _shared.set(shared)
    try:
        yield
    finally:
        _shared.reset(token)
        shared.close()
        _sharing.release()
