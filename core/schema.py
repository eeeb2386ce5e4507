"""Upgrade the store's tables to this version of iHUB, and compare them with the models."""

from __future__ import annotations

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import OperationalError

from core.db import engine
from core.errors import StartError
from core.models import Base
from core.settings import ROOT


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "core" / "migrations"))
    return config


def upgrade(revision: str = "head") -> None:
    """Create or upgrade all tables. Raises StartError when the store cannot be reached."""
    try:
        command.upgrade(_config(), revision)
    except OperationalError as error:
        raise StartError(
            "The store cannot be reached. Check DATABASE_URL, or that the home folder is writable."
        ) from error


def downgrade(revision: str = "base") -> None:
    """Downgrade the tables to an earlier revision."""
    command.downgrade(_config(), revision)


def differences() -> list[object]:
    """Return how the tables differ from the models; empty when they agree."""
    with engine().connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))


def is_current() -> bool:
    """Say whether the store is at the newest revision. Raises StartError when it cannot be reached."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    try:
        with engine().connect() as connection:
            return MigrationContext.configure(connection).get_current_revision() == head
    except OperationalError as error:
        raise StartError(
            "The store cannot be reached. Check DATABASE_URL, or that the home folder is writable."
        ) from error
