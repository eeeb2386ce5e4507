"""Probe connected sides: check regularly that each system accepts iHUB, and keep grants from expiring unused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, or_, select, update

from connectors.contract.errors import AuthError, ConfigError, ConnectorError
from core.clock import CLOCKS_DIFFER, now
from core.db import reading, transaction
from core.models import Account, Connection, ConnectionStatus, Side, SideState
from core.sides import systems, token_refresh
from core.sides.credentials import refresh_stored

log = structlog.get_logger()

PROBE_EVERY = timedelta(hours=1)
KEEP_ALIVE_EVERY = timedelta(days=1)
MAX_DUE = 100


def due_sides() -> list[int]:
    """Return the sides that have not been probed for an hour, the longest ago first."""
    query = (
        select(Side.id)
        .join(Connection, Connection.id == Side.connection_id)
        .join(Account, Account.id == Connection.account_id)
        .where(
            Side.state == SideState.CONNECTED,
            Connection.status != ConnectionStatus.DELETED,
            Account.ihub_enabled,
        )
        .where(_not_probed_since(now() - PROBE_EVERY), Side.credentials.is_not(None))
        .order_by(Side.probed_at.is_not(None), Side.probed_at, Side.id)
        .limit(MAX_DUE)
    )
    with reading() as session:
        return list(session.scalars(query))


def _not_probed_since(moment: datetime) -> ColumnElement[bool]:
    ahead = Side.probed_at > now() + CLOCKS_DIFFER
    return or_(Side.probed_at.is_(None), Side.probed_at < moment, ahead)


def probe_if_due(side_id: int) -> None:
    """Keep a side's grant alive and probe the side when that is due; a side is probed by one process at a time."""
    claim = (
        update(Side).where(Side.id == side_id, _not_probed_since(now() - PROBE_EVERY)).values(probed_at=now())
    )
    with transaction() as session:
        claimed = session.execute(claim).rowcount == 1  # type: ignore[attr-defined]
    if claimed:
        _keep_alive(side_id)
        probe(side_id)


def _keep_alive(side_id: int) -> None:
    """Use a refresh token that would expire unused, at most once a day."""
    with reading() as session:
        side = session.get_one(Side, side_id)
    last = side.refreshed_at or side.authorised_at
    if (
        side.state is not SideState.CONNECTED
        or side.consent_ends_at is None
        or last is None
        or abs(now() - last) < KEEP_ALIVE_EVERY
    ):
        return
    try:
        before = token_refresh.load_credentials(side_id).credentials
        if before.get("refresh_token"):
            token_refresh.refresh_once(side_id, lambda credentials: credentials != before, refresh_stored)
    except ConnectorError as error:  # the probe that follows records the status of the side
        log.warning("side.keep_alive_failed", side=side_id, error=type(error).__name__)


def before_run(connection_id: int) -> None:
    """Probe both systems before a run. Raises AuthError or ConfigError when a person has to act first.

    A system that does not respond does not stop the run: a run retries for longer than a probe.
    """
    with reading() as session:
        query = select(Side.id).where(Side.connection_id == connection_id).order_by(Side.position)
        side_ids = list(session.scalars(query))
    with ThreadPoolExecutor(2) as pool:
        for error in list(pool.map(probe, side_ids)):
            if isinstance(error, AuthError | ConfigError):
                raise error


def probe(side_id: int) -> ConnectorError | None:
    """Check that the system of a connected side accepts iHUB, record the result, and return the error if any."""
    with reading() as session:
        side = session.get_one(Side, side_id)
    if side.state is not SideState.CONNECTED or side.credentials is None:
        return None
    try:
        system = systems.system_for(side)
        organisation = systems.check_system(system, side.position)
        if None not in (side.organisation_id, organisation.id) and side.organisation_id != organisation.id:
            raise AuthError(
                f"{system.connector.name} now gives access to {organisation.name} instead of {side.organisation_name}. "
                f"Sign in to {side.organisation_name} again."
            )
    except AuthError as error:
        _record_auth_rejected(side, str(error))
        return error
    except ConnectorError as error:
        _record(side, unreachable_since=side.unreachable_since or now(), unreachable_reason=str(error)[:500])
        log.warning("side.unreachable", side=side_id, error=type(error).__name__)
        return error
    _record(side, unreachable_since=None, unreachable_reason=None)
    return None


def _record_auth_rejected(side: Side, reason: str) -> None:
    """Record that the side has to be reconnected, unless somebody has done so meanwhile."""
    with transaction() as session:
        if session.execute(update(Side).where(*_unchanged(side)).values(probed_at=now())).rowcount:  # type: ignore[attr-defined]
            token_refresh.mark_auth_rejected(session, side.id, reason)


def _record(side: Side, **values: object) -> None:
    with transaction() as session:
        session.execute(update(Side).where(*_unchanged(side)).values(probed_at=now(), **values))


def _unchanged(side: Side) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that hold while nobody has reconnected or disconnected the side since it was read."""
    return (Side.id == side.id, Side.state == SideState.CONNECTED, Side.authorised_at == side.authorised_at)
