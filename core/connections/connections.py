"""Add and view connections."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from itertools import count, islice
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.registry import connector_of
from core.audit import trail
from core.connections.connect import (
    change_settings,
    check_side,
    connect_side,
    needs_credentials,
)
from core.connections.deletion import delete
from core.connections.side_settings import valid_settings
from core.connections.views import ConnectionView, SideView, connection_views
from core.db import reading, transaction
from core.errors import InvalidError
from core.models import Connection, ConnectionStatus, Job, Position, Side
from core.security.actor import ActingRole, Actor, Permission, require
from core.security.ownership import require_connection

__all__ = [
    "ConnectionView",
    "SideView",
    "change_settings",
    "check_side",
    "connect_side",
    "connection_of_side",
    "create",
    "delete",
    "get",
    "list_connections",
    "needs_credentials",
]


def list_connections(actor: Actor) -> list[ConnectionView]:
    """Return the account's connections, or all accounts' for an operator without an account; without deleted ones."""
    require(actor, Permission.SEE_CONNECTIONS, actor.account_id)
    query = select(Connection).where(Connection.status != ConnectionStatus.DELETED).order_by(Connection.id)
    if actor.account_id is not None:
        query = query.where(Connection.account_id == actor.account_id)
    with reading() as session:
        return connection_views(session, query)


def get(actor: Actor, connection_id: int) -> ConnectionView:
    """Return one connection, deleted or not."""
    with reading() as session:
        require_connection(session, actor, connection_id, Permission.SEE_CONNECTIONS, deleted=True)
        (connection,) = connection_views(session, select(Connection).where(Connection.id == connection_id))
    return connection


def connection_of_side(actor: Actor, side_id: int) -> int | None:
    """Return the id of a side's connection; None when it does not belong to the actor's account."""
    with reading() as session:
        side = session.get(Side, side_id)
        connection = session.get(Connection, side.connection_id) if side else None
    own = connection is not None and (
        actor.role is ActingRole.OPERATOR or connection.account_id == actor.account_id
    )
    return connection.id if connection is not None and own else None


def create(  # noqa: PLR0917 - two names, then a kind and settings for each side
    actor: Actor,
    name: str,
    source_kind: str,
    target_kind: str,
    source_settings: Mapping[str, Any] | None = None,
    target_settings: Mapping[str, Any] | None = None,
) -> int:
    """Add a connection with two sides that are not connected yet, and its job. Returns its id."""
    require(actor, Permission.CHANGE_CONNECTIONS, actor.account_id)
    if actor.account_id is None:
        raise InvalidError("Choose the account the connection is for.")
    sides = [
        _side(Position.SOURCE, source_kind, source_settings or {}),
        _side(Position.TARGET, target_kind, target_settings or {}),
    ]
    default, name = (
        f"{connector_of(source_kind).name} → {connector_of(target_kind).name}",
        " ".join(name.split()),
    )
    if len(name) > 200:
        raise InvalidError("The name of a connection has at most 200 characters.")
    with transaction() as session:
        name = _free_name(session, actor.account_id, name, default)
        connection = Connection(account_id=actor.account_id, name=name, created_by=actor.user_id, sides=sides)
        session.add(connection)
        session.flush()
        session.add(Job(connection_id=connection.id))
        trail.record(
            session,
            actor,
            "connection.create",
            f"connection:{connection.id}",
            source=source_kind,
            target=target_kind,
        )
        return connection.id


def _free_name(session: Session, account_id: int, name: str, default: str) -> str:
    """Return the name of a new connection: the one entered, or the default with the first number that is free."""
    of_account = (Connection.account_id == account_id, Connection.status != ConnectionStatus.DELETED)
    taken = {_folded(each) for each in session.scalars(select(Connection.name).where(*of_account))}
    if _folded(name) in taken:
        raise InvalidError(f"There is a connection “{name}” already. Choose another name.")
    numbered = (f"{default} ({number})" for number in count(2))
    return name or next(
        free for free in (default, *islice(numbered, len(taken))) if _folded(free) not in taken
    )


def _folded(name: str) -> str:
    """Return what decides whether people would take two names for one."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _side(position: Position, kind: str, settings: Mapping[str, Any]) -> Side:
    return Side(position=position, kind=kind, settings=valid_settings(position, kind, settings))
