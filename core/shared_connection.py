"""A session for reading, and a connection that the readings of one page share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from sqlalchemy import Engine, Select, bindparam, inspect, select
from sqlalchemy.orm import Session


@cache
def _select_by_key(entity: type[Any]) -> tuple[Select[Any], tuple[str, ...]]:
    """Select what has a primary key, made once, and the names of its parameters in the order of the key's columns."""
    key = inspect(entity).primary_key
    names = tuple(f"key_{at}" for at in range(len(key)))
    matches = (column == bindparam(name) for column, name in zip(key, names, strict=True))
    return select(entity).where(*matches), names


class ReadingSession(Session):
    """A session that does not make the statement again for each look-up by primary key."""

    def get(self, entity: Any, ident: Any, **options: Any) -> Any:
        """Return what has a primary key, or None."""
        values = ident if isinstance(ident, tuple) else (ident,)
        if any(options.values()) or None in values:
            return super().get(entity, ident, **options)
        query, names = _select_by_key(entity)
        known = self.identity_map.get((entity, values, None))
        return known if known is not None else self.scalar(query, dict(zip(names, values, strict=True)))


class SharedConnection:
    """One connection and one session for many readings. The driver begins and ends the transaction of each."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine.execution_options(ihub_shared=True)
        self._session: Session | None = None
        self.is_busy = False

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Open one reading transaction. After an error the next one has another connection."""
        self.is_busy = True
        try:
            session = self._session = self._session or ReadingSession(self._engine, expire_on_commit=False)
            connection = session.connection().connection
            if self._engine.dialect.name == "sqlite":
                connection.driver_connection.execute("BEGIN")  # type: ignore[union-attr]
            yield session
            session.expunge_all()
        except BaseException:
            self.close()
            raise
        finally:
            self.is_busy = False
        try:
            connection.rollback()
        except self._engine.dialect.loaded_dbapi.Error:  # the connection is lost, and everything was read
            self.close()

    def close(self) -> None:
        """Give the connection back."""
        session, self._session = self._session, None
        if session is not None:
            session.close()
