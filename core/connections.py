"""Add connections, look at them, delete them; ``connect_side`` and ``change_settings`` live in core/connecting.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete as delete_rows
from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from connectors.registry import connector as connector_of
from core import audit, scheduling
from core.actor import Actor, Right, require
from core.clock import now
from core.connecting import change_settings, changeable, connect_side, valid_settings
from core.connection_views import ConnectionView, SideView, views
from core.db import reading, transaction
from core.errors import ConflictError, InvalidError, NotFoundError
from core.models import Connection, ConnectionStatus, Job, OAuthRequest, Position, Run, RunStatus, Schedule, Side, SideState

__all__ = ["ConnectionView", "SideView", "change_settings", "connect_side", "create", "delete", "get", "list_connections"]


def list_connections(actor: Actor) -> list[ConnectionView]:
    """Return the account's connections that are not deleted; those of all accounts to the operator without one."""
    require(actor, Right.SEE_CONNECTIONS, actor.account_id)
    query = select(Connection).where(Connection.status != ConnectionStatus.DELETED).order_by(Connection.id)
    if actor.account_id is not None:
        query = query.where(Connection.account_id == actor.account_id)
    with reading() as session:
        return views(session, query)


def get(actor: Actor, connection_id: int) -> ConnectionView:
    """Return one connection, deleted or not."""
    with reading() as session:
        found = views(session, select(Connection).where(Connection.id == connection_id))
    require(actor, Right.SEE_CONNECTIONS, found[0].account_id if found else None)
    if not found:
        raise NotFoundError("There is no such connection.")
    return found[0]


def create(  # noqa: PLR0917 - two names, then the same two things of either side
    actor: Actor,
    name: str,
    source_kind: str,
    target_kind: str,
    source_settings: Mapping[str, Any] | None = None,
    target_settings: Mapping[str, Any] | None = None,
) -> int:
    """Add a connection with two sides that are not connected yet, and its job. Returns its id."""
    require(actor, Right.CHANGE_CONNECTIONS, actor.account_id)
    if actor.account_id is None:
        raise InvalidError("Choose the account the connection is for.")
    sides = [
        _side(Position.SOURCE, source_kind, source_settings or {}),
        _side(Position.TARGET, target_kind, target_settings or {}),
    ]
    name = name.strip() or f"{connector_of(source_kind).name} → {connector_of(target_kind).name}"
    if len(name) > 200:
        raise InvalidError("The name of a connection has at most 200 characters.")
    with transaction() as session:
        connection = Connection(account_id=actor.account_id, name=name, created_by=actor.user_id, sides=sides)
        session.add(connection)
        session.flush()
        session.add(Job(connection_id=connection.id))
        audit.record(session, actor, "connection.create", f"connection:{connection.id}", source=source_kind, target=target_kind)
        return connection.id


def _side(position: Position, kind: str, settings: Mapping[str, Any]) -> Side:
    return Side(position=position, kind=kind, settings=valid_settings(position, kind, settings))


def delete(actor: Actor, connection_id: int) -> None:
    """Stop a connection for good: wipes its credentials and cancels its schedule, keeps its runs and links."""
    with transaction() as session:
        connection = changeable(session, actor, connection_id, lock=True)
        _refuse_while_running(session, connection_id)
        connection.status, connection.deleted_at = ConnectionStatus.DELETED, now()
        for side in connection.sides:
            side.credentials = side.renewal_token = side.renewal_until = None
            side.state, side.state_reason, side.state_since = SideState.NOT_CONNECTED, "The connection was deleted.", now()
        session.execute(delete_rows(OAuthRequest).where(OAuthRequest.side_id.in_([side.id for side in connection.sides])))
        schedules = _cancel_schedule(session, actor, connection_id)
        audit.record(session, actor, "connection.delete", f"connection:{connection_id}")
    for schedule_id in schedules:
        scheduling.drop(schedule_id)


def _refuse_while_running(session: Session, connection_id: int) -> None:
    unfinished = Run.status.in_([RunStatus.QUEUED, RunStatus.RUNNING])
    if session.scalar(select(exists().where(Run.connection_id == connection_id, unfinished))):
        raise ConflictError("A run of this connection is going on. Wait until it has ended, then delete the connection.")


def _cancel_schedule(session: Session, actor: Actor, connection_id: int) -> list[int]:
    job = select(Job.id).where(Job.connection_id == connection_id).scalar_subquery()
    ended = {"active": False, "cancelled_by": actor.user_id, "cancelled_at": now()}
    change = update(Schedule).where(Schedule.job_id == job, Schedule.active).values(**ended)
    return list(session.scalars(change.returning(Schedule.id)))
