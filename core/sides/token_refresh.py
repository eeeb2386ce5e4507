"""Refresh the credentials of a side once, however many processes need it at the same moment.

The first process locks the side with a conditional UPDATE, calls the system without an open transaction, and stores the
new credentials before anything uses them. The other processes wait for them. The lock of a process that died expires,
and one from a clock that was ahead does not count; the next process then tries the old refresh token, which systems
accept for a while.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, cast

import structlog
from sqlalchemy import ColumnElement, or_, update
from sqlalchemy.orm import Session

from connectors.contract.errors import AuthError, TemporaryError
from core.audit import trail
from core.clock import CLOCKS_DIFFER, now
from core.db import reading, transaction
from core.models import AlertKind, Connection, ConnectionStatus, Side, SideState
from core.security.actor import ActingRole, Actor
from core.security.vault import vault
from core.sides import alerts
from core.sides.side_status import grant_ends_at

# Longer than a refresh can take: to connect, to read the headers, and to read the body.
LOCK_SECONDS = 60
WAIT_SECONDS = 75.0
POLL_SECONDS = 0.1
RELEASED: dict[str, Any] = {"refresh_lock_token": None, "refresh_lock_until": None}
log = structlog.get_logger()

Credentials = dict[str, Any]


@dataclass(frozen=True, slots=True)
class StoredCredentials:
    """The credentials of a side as the store holds them, encrypted and decrypted."""

    side_id: int
    kind: str
    settings: dict[str, Any]
    sealed: bytes = field(repr=False)
    credentials: Credentials = field(repr=False)


def load_credentials(side_id: int) -> StoredCredentials:
    """Read the credentials of a side. Raises AuthError when it is not connected."""
    with reading() as session:
        side = session.get(Side, side_id)
        if side is None or side.credentials is None or side.state is not SideState.CONNECTED:
            raise AuthError(
                "This side of the connection is not connected. Open Connections and reconnect it."
            )
        credentials = cast(Credentials, vault().open(side.credentials))
        return StoredCredentials(side.id, side.kind, dict(side.settings), side.credentials, credentials)


def refresh_once(
    side_id: int, usable: Callable[[Credentials], bool], refresh: Callable[[StoredCredentials], Credentials]
) -> StoredCredentials:
    """Return usable credentials: those in the store, or new ones from ``refresh``.

    Raises AuthError when the system rejects the refresh token (the side then has to be reconnected), and TemporaryError
    when it does not respond or another process holds the lock for too long.
    """
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        stored = load_credentials(side_id)
        if usable(stored.credentials):
            return stored
        if token := _lock(stored):
            credentials = _refresh(stored, token, refresh)
            if updated := _store(stored, token, credentials):
                log.info("side.refreshed", side=side_id)
                return updated
        else:
            time.sleep(POLL_SECONDS)
    raise TemporaryError("Another process has been refreshing the credentials for too long. Try again.")


def _lock(stored: StoredCredentials) -> str | None:
    """Lock the side for a refresh of exactly these credentials; None when it is locked or they have changed."""
    token, moment = secrets.token_hex(16), now()
    until = moment + timedelta(seconds=LOCK_SECONDS)
    free = or_(
        Side.refresh_lock_until.is_(None),
        Side.refresh_lock_until < moment,
        Side.refresh_lock_until > until + CLOCKS_DIFFER,
    )
    same = Side.credentials == stored.sealed
    lock = {"refresh_lock_token": token, "refresh_lock_until": until}
    with transaction() as session:
        return token if _change(session, stored, (free, same), lock) else None


def _refresh(
    stored: StoredCredentials, token: str, refresh: Callable[[StoredCredentials], Credentials]
) -> Credentials:
    """Call the system; releases the lock when that fails, and records a rejected refresh token."""
    try:
        return refresh(stored)
    except BaseException as error:
        with transaction() as session:
            locked = _change(session, stored, (Side.refresh_lock_token == token,), RELEASED)
            if locked and isinstance(error, AuthError):
                mark_auth_rejected(session, stored.side_id, str(error))
        raise


def _store(stored: StoredCredentials, token: str, credentials: Credentials) -> StoredCredentials | None:
    """Store the new credentials; None when the side was reconnected or deleted meanwhile."""
    sealed = vault().seal(credentials)
    ends_at = grant_ends_at(stored.kind, credentials)
    values = RELEASED | {"credentials": sealed, "refreshed_at": now(), "consent_ends_at": ends_at}
    with transaction() as session:
        changed = _change(session, stored, (Side.refresh_lock_token == token,), values)
    return replace(stored, sealed=sealed, credentials=credentials) if changed else None


def _change(
    session: Session,
    stored: StoredCredentials,
    conditions: tuple[ColumnElement[bool], ...],
    values: dict[str, Any],
) -> bool:
    """Change a side that is still connected and meets the conditions; False when it is not or does not."""
    side = (Side.id == stored.side_id, Side.state == SideState.CONNECTED)
    change = update(Side).where(*side, *conditions).values(**values)
    return bool(session.execute(change).rowcount == 1)  # type: ignore[attr-defined]


def reject(side_id: int, credentials: Credentials, reason: str) -> None:
    """Record that a system rejects credentials that are not expired, unless newer ones have been stored meanwhile."""
    try:
        stored = load_credentials(side_id)
    except AuthError:  # it is recorded already
        return
    if stored.credentials != credentials:
        return
    with transaction() as session:
        if _change(session, stored, (Side.credentials == stored.sealed,), RELEASED | {"probed_at": now()}):
            mark_auth_rejected(session, side_id, reason)


def mark_auth_rejected(session: Session, side_id: int, reason: str) -> None:
    """Record in the caller's transaction that a person has to reconnect a side."""
    side = session.get_one(Side, side_id)
    side.state, side.state_reason, side.state_since = SideState.NEEDS_RECONNECT, reason[:500], now()
    side.unreachable_since = side.unreachable_reason = None
    alerts.raise_once(session, side, AlertKind.GRANT_REFUSED, reason)
    connection = session.get_one(Connection, side.connection_id)
    ihub = Actor("iHUB", ActingRole.OPERATOR, account_id=connection.account_id)
    trail.record(session, ihub, "side.lost", f"side:{side_id}", connection=connection.id, why=reason[:300])
    attention = update(Connection).where(
        Connection.id == side.connection_id, Connection.status == ConnectionStatus.ACTIVE
    )
    session.execute(attention.values(status=ConnectionStatus.ATTENTION))
    log.warning("side.auth_rejected", side=side_id, connection=side.connection_id)
