"""The store: one engine per process, short transactions.

Writing transactions on SQLite begin IMMEDIATE, so that two writers queue instead of failing half way. Readers never
block (WAL).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from sqlalchemy import Engine, PoolProxiedConnection, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, configure_mappers

from core.settings import settings

READING = {"ihub_reading": True}
DURABLE = {"ihub_durable": True}


def make_engine(url: str) -> Engine:
    """Make an engine for SQLite or PostgreSQL with iHUB's pragmas and pool."""
    if make_url(url).get_backend_name() == "sqlite":
        engine = create_engine(
            url, pool_size=10, max_overflow=20, connect_args={"timeout": 30}, hide_parameters=True
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    return create_engine(
        url, pool_size=5, max_overflow=20, pool_pre_ping=True, pool_recycle=1800, hide_parameters=True
    )


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    for pragma in ("journal_mode=wal", "synchronous=normal", "busy_timeout=30000", "foreign_keys=on"):
        connection.execute(f"pragma {pragma}")


def _begin_sqlite(connection: Any) -> None:
    options = connection.get_execution_options()
    durable = bool(options.get("ihub_durable"))
    if connection.info.get("durable", False) is not durable:
        connection.exec_driver_sql(f"pragma synchronous={'full' if durable else 'normal'}")
        connection.info["durable"] = durable
    connection.exec_driver_sql("BEGIN" if options.get("ihub_reading") else "BEGIN IMMEDIATE")


@lru_cache(maxsize=1)
def engine() -> Engine:
    """Return the engine of this process."""
    return make_engine(settings().store_url())


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


@contextmanager
def transaction(*, durable: bool = False) -> Iterator[Session]:
    """Open one writing transaction. It commits at the end and rolls back on any error.

    A ``durable`` transaction, and every one before it, is on disk once it has committed. Otherwise SQLite leaves the
    latest ones to the operating system, and a power failure can undo them.
    """
    bind = engine().execution_options(**DURABLE) if durable else engine()
    with Session(bind, expire_on_commit=False) as session, session.begin():
        yield session


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
        raise DBAPIError.instance(None, None, error, driver.Error) from error


@contextmanager
def reading() -> Iterator[Session]:
    """Open one reading transaction."""
    with Session(engine().execution_options(**READING), expire_on_commit=False) as session:
        yield session
