"""Delete a connection: its access and its schedule end, its runs and links stay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import structlog
from sqlalchemy import delete as delete_rows
from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from connectors.contract.connector import Authorisation
from connectors.contract.errors import ConnectorError
from connectors.http.sign_in import oauth
from connectors.registry import connector_of, name_of
from core.alerts import webhooks
from core.audit import trail
from core.clock import now
from core.connections.deletion_effects import kinds_still_used
from core.db import transaction
from core.errors import ConflictError, StartError
from core.jobs import cancellation, scheduler
from core.models import (
    ConnectionStatus,
    Job,
    OAuthRequest,
    PendingGrant,
    Run,
    RunStatus,
    Schedule,
    Side,
    SideState,
)
from core.security.actor import Actor, Permission
from core.security.ownership import require_connection
from core.security.vault import vault
from core.sides import alerts, client_lookup, systems
from core.sync.store import kept_plans

log = structlog.get_logger()

CANCEL_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Deleted:
    """The systems that revoked iHUB's access, and those where a person has to remove it.

    ``shared`` are systems where iHUB's access has to stay, because another connection of the account uses it.
    """

    revoked: tuple[str, ...]
    left: tuple[str, ...]
    shared: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Grant:
    kind: str
    settings: dict[str, Any]
    sealed: bytes


def delete(actor: Actor, connection_id: int, *, cancel_run: bool = False) -> Deleted:
    """Delete a connection. A run in progress prevents that, unless ``cancel_run`` cancels it first.

    Credentials are deleted first and then revoked at the systems that allow it, so that iHUB keeps nothing that gives
    access to a system whose connection is gone.
    """
    if cancel_run:
        cancellation.cancel_all(actor, connection_id, CANCEL_SECONDS)
    with transaction() as session:
        connection = require_connection(
            session, actor, connection_id, Permission.CHANGE_CONNECTIONS, lock=True
        )
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
        webhooks.forget(session, connection_id)
        session.flush()
        still_used = kinds_still_used(session, connection.account_id)
        trail.record(session, actor, "connection.delete", f"connection:{connection_id}")
    for schedule_id in schedules:
        scheduler.remove(schedule_id)
    revoked = {grant.kind: _revoke(grant) for grant in grants}
    names = {kind: name_of(kind) for kind in revoked}
    return Deleted(
        tuple(names[kind] for kind, done in revoked.items() if done),
        tuple(names[kind] for kind, done in revoked.items() if not done and kind not in still_used),
        tuple(names[kind] for kind, done in revoked.items() if not done and kind in still_used),
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
    unfinished = Run.status.in_(RunStatus.unfinished())
    if session.scalar(select(exists().where(Run.connection_id == connection_id, unfinished))):
        raise ConflictError(
            "A run of this connection is in progress. Wait until it has ended or stop it, then delete the connection."
        )


def _cancel_schedule(session: Session, actor: Actor, connection_id: int) -> list[int]:
    job = select(Job.id).where(Job.connection_id == connection_id).scalar_subquery()
    ended = {"active": False, "cancelled_by": actor.user_id, "cancelled_at": now()}
    change = update(Schedule).where(Schedule.job_id == job, Schedule.active).values(**ended)
    return list(session.scalars(change.returning(Schedule.id)))


def _revoke(grant: _Grant) -> bool:
    """Revoke a grant at its system; False when that is not possible, so that a person has to do it there."""
    try:
        connector = connector_of(grant.kind)
        if connector.sign_in.method is not Authorisation.OAUTH2:
            return False
        credentials = cast(dict[str, Any], vault().open(grant.sealed))
        token = credentials.get("refresh_token") or credentials.get("access_token")
        settings = systems.parse_settings(connector, grant.settings)
        return bool(token) and oauth.revoke(
            connector, settings, client_lookup.client_for(connector, settings), str(token)
        )
    except (ConnectorError, StartError) as error:
        log.warning("side.revoke_failed", kind=grant.kind, error=type(error).__name__)
        return False
