"""Pair the organisations at both ends of a connection; the pairing holds the links and outlives the connection."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.errors import ConflictError
from core.models import Connection, ConnectionStatus, Pairing, Position, SideState


def activate(session: Session, connection: Connection) -> None:
    """Make a connection Active if both of its sides are connected."""
    if any(side.state is not SideState.CONNECTED for side in connection.sides):
        return
    pairing = _pairing(session, connection.account_id, *_systems(connection))
    _refuse_second_connection(session, connection, pairing)
    connection.pairing_id, connection.status = pairing.id, ConnectionStatus.ACTIVE


def rename(session: Session, connection: Connection) -> None:
    """Give a pairing the name of an organisation that the system could not name before, so that its links stay."""
    pairing = session.get(Pairing, connection.pairing_id) if connection.pairing_id else None
    if pairing is None:
        return
    source, target = _systems(connection)
    if (
        session.scalar(
            select(Pairing.id).filter_by(
                account_id=pairing.account_id, source_system=source, target_system=target
            )
        )
        is None
    ):
        pairing.source_system, pairing.target_system = source, target


def _systems(connection: Connection) -> tuple[str, str]:
    systems = {side.position: f"{side.kind}:{side.organisation_id}" for side in connection.sides}
    return systems[Position.SOURCE], systems[Position.TARGET]


def _pairing(session: Session, account_id: int, source: str, target: str) -> Pairing:
    query = (
        select(Pairing)
        .filter_by(account_id=account_id, source_system=source, target_system=target)
        .with_for_update()
    )
    if (existing := session.scalar(query)) is not None:
        return existing
    pairing = Pairing(account_id=account_id, source_system=source, target_system=target)
    try:
        with session.begin_nested():
            session.add(pairing)
    except IntegrityError:  # another connection of these two systems has just become Active
        return session.scalars(query).one()
    return pairing


def _refuse_second_connection(session: Session, connection: Connection, pairing: Pairing) -> None:
    same_pairing = (
        Connection.id != connection.id,
        Connection.pairing_id == pairing.id,
        Connection.status != ConnectionStatus.DELETED,
    )
    existing = session.scalar(select(Connection).where(*same_pairing).limit(1))
    if existing is not None:
        raise ConflictError(
            f"These two systems are connected already, as “{existing.name}”. Use that connection, or delete it first."
        )
