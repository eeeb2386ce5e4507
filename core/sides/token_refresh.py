"""Refresh the credentials of a side once, however many processes need it at the same moment.

Whoever refreshes first claims the side with a conditional UPDATE, asks the system without a transaction open,
and stores the answer before anyone uses it. The others wait until the new credentials are there. A claim of a
process that died ends by itself; the next one then tries the old refresh token, which systems accept for a while.
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
from core.clock import now
from core.db import reading, transaction
from core.models import AlertKind, Connection, ConnectionStatus, Side, SideState
from core.security.actor import ActingRole, Actor
from core.security.vault import vault
from core.sides import alerts
from core.sides.side_status import grant_end

CLAIM_SECONDS = 30
PATIENCE_SECONDS = 45.0
POLL_SECONDS = 0.1
log = structlog.get_logger()

Credentials = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Held:
    """The credentials of a side as the store holds them now, sealed and open."""

    side_id: int
    kind: str
    settings: dict[str, Any]
    sealed: bytes = field(repr=False)
    credentials: Credentials = field(repr=False)


def load(side_id: int) -> Held:
    """Read the credentials of a side. Raises AuthError when it is not connected."""
    with reading() as session:
        side = session.get(Side, side_id)
        if side is None or side.credentials is None or side.state is not SideState.CONNECTED:
            raise AuthError(
                "This side of the connection is not connected. Open Connections and connect it again."
            )
        opened = cast(Credentials, vault().open(side.credentials))
        return Held(side.id, side.kind, dict(side.settings), side.credentials, opened)


def renew(
    side_id: int, usable: Callable[[Credentials], bool], refresh: Callable[[Held], Credentials]
) -> Held:
    """Return usable credentials: those the store holds already, or those ``refresh`` gets.

    Raises AuthError when the system refuses (the side then needs to be reconnected), TemporaryError when it
    does not answer or another process keeps us waiting too long.
    """
    patience = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < patience:
        held = load(side_id)
        if usable(held.credentials):
            return held
        if token := _claim(held):
            fresh = _refresh(held, token, refresh)
            if stored := _store(held, token, fresh):
                log.info("side.refreshed", side=side_id)
                return stored
        else:
            time.sleep(POLL_SECONDS)
    raise TemporaryError("Another process has been refreshing the credentials for too long. Try again.")


def _claim(held: Held) -> str | None:
    """Claim the right to refresh exactly these credentials; None when somebody else has it or they have changed."""
    token, moment = secrets.token_hex(16), now()
    free = or_(Side.refresh_lock_until.is_(None), Side.refresh_lock_until < moment)
    same = Side.credentials == held.sealed
    claim = {"refresh_lock_token": token, "refresh_lock_until": moment + timedelta(seconds=CLAIM_SECONDS)}
    with transaction() as session:
        return token if _change(session, held, (free, same), claim) else None


def _refresh(held: Held, token: str, refresh: Callable[[Held], Credentials]) -> Credentials:
    """Ask the system; gives the claim back when that fails, and notes a refusal."""
    try:
        return refresh(held)
    except BaseException as error:
        with transaction() as session:
            mine = _change(session, held, (Side.refresh_lock_token == token,), RELEASED)
            if mine and isinstance(error, AuthError):
                mark_refused(session, held.side_id, str(error))
        raise


RELEASED: dict[str, Any] = {"refresh_lock_token": None, "refresh_lock_until": None}


def _store(held: Held, token: str, fresh: Credentials) -> Held | None:
    """Keep the new credentials; None when the side was reconnected or deleted meanwhile."""
    sealed = vault().seal(fresh)
    kept = {"credentials": sealed, "refreshed_at": now(), "consent_ends_at": grant_end(held.kind, fresh)}
    with transaction() as session:
        stored = _change(session, held, (Side.refresh_lock_token == token,), RELEASED | kept)
    return replace(held, sealed=sealed, credentials=fresh) if stored else None


def _change(
    session: Session, held: Held, where: tuple[ColumnElement[bool], ...], values: dict[str, Any]
) -> bool:
    change = (
        update(Side)
        .where(Side.id == held.side_id, Side.state == SideState.CONNECTED, *where)
        .values(**values)
    )
    return bool(session.execute(change).rowcount == 1)  # type: ignore[attr-defined]


def refuse(side_id: int, credentials: Credentials, reason: str) -> None:
    """Note that a system refuses these credentials although they are fresh; those that came meanwhile are not meant."""
    try:
        held = load(side_id)
    except AuthError:  # it is noted already
        return
    with transaction() as session:
        same = held.credentials == credentials
        if same and _change(
            session, held, (Side.credentials == held.sealed,), RELEASED | {"probed_at": now()}
        ):
            mark_refused(session, side_id, reason)


def mark_refused(session: Session, side_id: int, reason: str) -> None:
    """Note in the caller's transaction that a side has to be connected again by a person."""
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
    log.warning("side.refused", side=side_id, connection=side.connection_id)
