"""Look after connected sides: ask each system now and then whether it lets iHUB in, and keep grants from dying unused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, or_, select, update

from connectors.contract.errors import AuthError, ConfigError, ConnectorError
from core.clock import now
from core.db import reading, transaction
from core.models import Account, Connection, ConnectionStatus, Side, SideState
from core.sides import ends, token_refresh
from core.sides.credentials import refresh_held

log = structlog.get_logger()

PROBE_EVERY = timedelta(hours=1)
KEEP_ALIVE_EVERY = timedelta(days=1)
AT_A_TIME = 100


def due() -> list[int]:
    """Return sides that have not been asked for an hour, those longest ago first."""
    query = (
        select(Side.id)
        .join(Connection, Connection.id == Side.connection_id)
        .join(Account, Account.id == Connection.account_id)
        .where(
            Side.state == SideState.CONNECTED,
            Connection.status != ConnectionStatus.DELETED,
            Account.ihub_enabled,
        )
        .where(_unasked_since(now() - PROBE_EVERY), Side.credentials.is_not(None))
        .order_by(Side.probed_at.is_not(None), Side.probed_at, Side.id)
        .limit(AT_A_TIME)
    )
    with reading() as session:
        return list(session.scalars(query))


def _unasked_since(moment: datetime) -> ColumnElement[bool]:
    return or_(Side.probed_at.is_(None), Side.probed_at < moment)


def look_after(side_id: int) -> None:
    """Keep a side's grant alive and ask its system, unless another process has just done so."""
    claim = (
        update(Side).where(Side.id == side_id, _unasked_since(now() - PROBE_EVERY)).values(probed_at=now())
    )
    with transaction() as session:
        mine = session.execute(claim).rowcount == 1  # type: ignore[attr-defined]
    if mine:
        _keep_alive(side_id)
        probe(side_id)


def _keep_alive(side_id: int) -> None:
    """Use a refresh token that would die unused, at most once a day."""
    with reading() as session:
        side = session.get_one(Side, side_id)
    last = side.refreshed_at or side.authorised_at
    if (
        side.state is not SideState.CONNECTED
        or side.consent_ends_at is None
        or last is None
        or now() - last < KEEP_ALIVE_EVERY
    ):
        return
    try:
        before = token_refresh.load(side_id).credentials
        if before.get("refresh_token"):
            token_refresh.renew(side_id, lambda credentials: credentials != before, refresh_held)
    except ConnectorError as error:  # the probe that follows notes how the side stands
        log.warning("side.not_kept_alive", side=side_id, error=type(error).__name__)


def before_run(connection_id: int) -> None:
    """Ask both systems before a run. Raises AuthError or ConfigError when a person has to do something first.

    A system that does not answer is noted and no reason to stop: the run has more patience than a probe.
    """
    with reading() as session:
        ids = list(
            session.scalars(
                select(Side.id).where(Side.connection_id == connection_id).order_by(Side.position)
            )
        )
    with ThreadPoolExecutor(2) as pool:
        for trouble in list(pool.map(probe, ids)):
            if isinstance(trouble, AuthError | ConfigError):
                raise trouble


def probe(side_id: int) -> ConnectorError | None:
    """Ask the system of a connected side whether it lets iHUB in, note the answer and return what is wrong."""
    with reading() as session:
        side = session.get_one(Side, side_id)
    if side.state is not SideState.CONNECTED or side.credentials is None:
        return None
    try:
        end = ends.end(side)
        found = ends.check(end, side.position)
        if None not in (side.organisation_id, found.id) and side.organisation_id != found.id:
            raise AuthError(
                f"{end.connector.name} now opens {found.name} instead of {side.organisation_name}. "
                f"Sign in to {side.organisation_name} again."
            )
    except AuthError as error:
        _refused(side, str(error))
        return error
    except ConnectorError as error:
        _note(side, unreachable_since=side.unreachable_since or now(), unreachable_reason=str(error)[:500])
        log.warning("side.unreachable", side=side_id, error=type(error).__name__)
        return error
    _note(side, unreachable_since=None, unreachable_reason=None)
    return None


def _refused(side: Side, reason: str) -> None:
    """Note that a person has to reconnect, unless somebody has done so meanwhile."""
    with transaction() as session:
        if session.execute(update(Side).where(*_same(side)).values(probed_at=now())).rowcount:  # type: ignore[attr-defined]
            token_refresh.mark_refused(session, side.id, reason)


def _note(side: Side, **values: object) -> None:
    with transaction() as session:
        session.execute(update(Side).where(*_same(side)).values(probed_at=now(), **values))


def _same(side: Side) -> tuple[ColumnElement[bool], ...]:
    return (Side.id == side.id, Side.state == SideState.CONNECTED, Side.authorised_at == side.authorised_at)
