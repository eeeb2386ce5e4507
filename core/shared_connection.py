"""A session for reading, and a connection that the readings of one page share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from sqlalchemy import Engine, Select, bindparam, inspect, select
from sqlalchemy.orm import Session


@cache
def _select_by_id(entity: type[Any]) -> Select[Any] | None:
    """Select what has an id, made once; None for what is known by more than one column."""
    key = inspect(entity).primary_key
    return select(entity).where(key[0] == bindparam("id")) if len(key) == 1 else None


class ReadingSession(Session):
    """A session that does not make the statement again for each look-up by id."""

    def get(self, entity: Any, ident: Any, **options: Any) -> Any:
        """Return what has an id, or None."""
        query = _select_by_id(entity) if isinstance(ident, int) and not any(options.values()) else None
        if query is None:
            return super().get(entity, ident, **options)
        known = self.identity_map.get(inspect(entity).identity_key_from_primary_key((ident,)))
        return known if known is not None else self.scalar(query, {"id": ident})


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
