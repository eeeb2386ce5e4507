"""The store: one engine a process, short transactions.

Writing transactions on SQLite begin IMMEDIATE, so that two writers queue up instead of
failing half way; readers never block (WAL).
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
    """Work out now what the models mean, so that processes forked from this one need not."""
    import core.models  # noqa: F401 - all of them have to be known

    configure_mappers()


def begin_anew() -> None:
    """Leave the connections to the process that this one was forked from; what the engine knows of statements is kept."""
    if engine.cache_info().currsize:
        engine().dispose(close=False)


def forget_engine() -> None:
    """Drop the engine and its connections: when the store changes."""
    if engine.cache_info().currsize:
        engine().dispose(close=False)
    engine.cache_clear()


@contextmanager
def transaction(*, durable: bool = False) -> Iterator[Session]:
    """Open one writing transaction; it commits at the end and rolls back on any error.

    A ``durable`` one, with all before it, is on disk once it has committed: SQLite otherwise leaves the last ones to the
    operating system, so that a power failure may take them back.
    """
    bind = engine().execution_options(**DURABLE) if durable else engine()
    with Session(bind, expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def asking() -> Iterator[Any]:
    """Give the driver's cursor for one reading statement: a run asks with each page, and `reading` takes ten times as long."""
    connection = engine().raw_connection()
    try:
        with driving(connection) as cursor:
            yield cursor
    finally:
        connection.close()


@contextmanager
def driving(connection: PoolProxiedConnection) -> Iterator[Any]:
    """Give the driver's own cursor; errors are SQLAlchemy's, as everywhere."""
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
