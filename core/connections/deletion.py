"""Delete a connection: its access and its schedule end, its runs and links are kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import structlog
from sqlalchemy import delete as delete_rows
from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from connectors.contract.connector import Authorisation
from connectors.contract.errors import ConnectorError
from connectors.http import oauth
from connectors.registry import connector as connector_of
from connectors.registry import name_of
from core.audit import trail
from core.clock import now
from core.connections.connect import changeable
from core.db import transaction
from core.errors import ConflictError, StartError
from core.jobs import cancellation, scheduler
from core.models import ConnectionStatus, Job, OAuthRequest, PendingGrant, Run, Schedule, Side, SideState
from core.security.actor import Actor
from core.security.vault import vault
from core.sides import alerts, ends, oauth_clients
from core.sync.store import kept_plans

log = structlog.get_logger()

CANCEL_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Deleted:
    """What a deletion did at the systems: those that took the sign-in back, and those where a person has to do it."""

    revoked: tuple[str, ...]
    left: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Grant:
    kind: str
    settings: dict[str, Any]
    sealed: bytes


def delete(actor: Actor, connection_id: int, *, cancel_run: bool = False) -> Deleted:
    """Stop a connection for good. A run that is going on is in the way, unless it is to be cancelled.

    Credentials are wiped first and then given back at the systems that can take them back, so that nothing iHUB
    keeps opens a system whose connection is gone.
    """
    if cancel_run:
        cancellation.cancel_all(actor, connection_id, CANCEL_SECONDS)
    with transaction() as session:
        connection = changeable(session, actor, connection_id, lock=True)
        _refuse_while_running(session, connection_id)
        connection.status, connection.deleted_at = ConnectionStatus.DELETED, now()
        grants = [
            _Grant(side.kind, dict(side.settings), side.credentials)
            for side in connection.sides
            if side.credentials
        ]
        for side in connection.sides:
            _wipe(session, side)
        schedules = _cancel_schedule(session, actor, connection_id)
        kept_plans.close(session, Run.connection_id == connection_id)
        trail.record(session, actor, "connection.delete", f"connection:{connection_id}")
    for schedule_id in schedules:
        scheduler.remove(schedule_id)
    given_back = {grant.kind: _revoke(grant) for grant in grants}
    names = {kind: name_of(kind) for kind in given_back}
    return Deleted(
        tuple(names[kind] for kind, done in given_back.items() if done),
        tuple(names[kind] for kind, done in given_back.items() if not done),
    )


def _wipe(session: Session, side: Side) -> None:
    side.credentials = side.refresh_lock_token = side.refresh_lock_until = side.consent_ends_at = None
    side.unreachable_since = side.unreachable_reason = None
    side.state, side.state_reason, side.state_since = (
        SideState.NOT_CONNECTED,
        "The connection was deleted.",
        now(),
    )
    alerts.clear(session, side.id)
    for table in (OAuthRequest, PendingGrant):
        session.execute(delete_rows(table).where(table.side_id == side.id))


def _refuse_while_running(session: Session, connection_id: int) -> None:
    unfinished = Run.status.in_(cancellation.UNFINISHED)
    if session.scalar(select(exists().where(Run.connection_id == connection_id, unfinished))):
        raise ConflictError(
            "A run of this connection is going on. Wait until it has ended or cancel it, then delete the connection."
        )


def _cancel_schedule(session: Session, actor: Actor, connection_id: int) -> list[int]:
    job = select(Job.id).where(Job.connection_id == connection_id).scalar_subquery()
    ended = {"active": False, "cancelled_by": actor.user_id, "cancelled_at": now()}
    change = update(Schedule).where(Schedule.job_id == job, Schedule.active).values(**ended)
    return list(session.scalars(change.returning(Schedule.id)))


def _revoke(grant: _Grant) -> bool:
    """Give a grant back at its system; False where that is not possible, so that a person has to do it there."""
    try:
        connector = connector_of(grant.kind)
        if connector.authorisation is not Authorisation.OAUTH2:
            return False
        held = cast(dict[str, Any], vault().open(grant.sealed))
        token = held.get("refresh_token") or held.get("access_token")
        settings = ends.parse_settings(connector, grant.settings)
        return bool(token) and oauth.revoke(
            connector, settings, oauth_clients.client_for(connector, settings), str(token)
        )
    except (ConnectorError, StartError) as error:
        log.warning("side.not_revoked", kind=grant.kind, error=type(error).__name__)
        return False
