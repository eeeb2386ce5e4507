"""Upgrade the store's tables to this version of iHUB, and compare them with the models."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from core import store_errors
from core.db import READING, engine
from core.errors import StartError
from core.models import Base
from core.settings import ROOT
from core.store_errors import OUTAGES

# The number of PostgreSQL's advisory lock: any that nothing else in the database uses.
UPGRADE_LOCK = 4_711_190
CANNOT_BE_REACHED = "The store cannot be reached. Check DATABASE_URL, or that the home folder is writable."


def config() -> Config:
    """Return what alembic needs to find the revisions."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "core" / "migrations"))
    return config


def upgrade(revision: str = "head") -> None:
    """Create or upgrade all tables; wait while another process does. Raises StartError when the store has failed."""
    try:
        with _alone():
            command.upgrade(config(), revision)
    except OUTAGES as error:
        raise StartError(_sentence(error)) from error


def downgrade(revision: str = "base") -> None:
    """Downgrade the tables to an earlier revision."""
    with _alone():
        command.downgrade(config(), revision)


@contextmanager
def _alone() -> Iterator[None]:
    """Let one process at a time change the tables of a store."""
    file = engine().url.database
    if engine().dialect.name == "sqlite":
        if not file:  # a store in memory has one process
            yield
            return
        with os.fdopen(os.open(f"{file}.upgrade", os.O_RDWR | os.O_CREAT, 0o600)) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        return
    with engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"SELECT pg_advisory_lock({UPGRADE_LOCK})"))
        try:
            yield
        finally:
            connection.execute(text(f"SELECT pg_advisory_unlock({UPGRADE_LOCK})"))


def _sentence(error: BaseException) -> str:
    return store_errors.explain(error) or CANNOT_BE_REACHED


def differences() -> list[object]:
    """Return how the tables differ from the models; empty when they agree."""
    with engine().connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))


def damage() -> str | None:
    """Return what is wrong with an SQLite file, as far as a quick check finds it; None when it is whole."""
    if engine().dialect.name != "sqlite":
        return None
    try:
        with engine().execution_options(**READING).connect() as connection:
            found = connection.execute(text("PRAGMA quick_check(1)")).scalar()
    except OUTAGES as error:
        return _sentence(error)
    return None if found == "ok" else store_errors.damaged()


def is_current() -> bool:
    """Say whether the store is at the newest revision. Raises StartError when it cannot be reached."""
    head = ScriptDirectory.from_config(config()).get_current_head()
    try:
        with engine().connect() as connection:
            return MigrationContext.configure(connection).get_current_revision() == head
    except OUTAGES as error:
        raise StartError(_sentence(error)) from error
