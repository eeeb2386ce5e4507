"""Find a connection or a run that the actor may see, or refuse."""

from __future__ import annotations

from sqlalchemy.orm import Session

from core.errors import NotFoundError
from core.models import Connection, ConnectionStatus, Run
from core.security.actor import ActingRole, Actor, Permission, require_everywhere

# A store cannot even be asked for more; an address may hold any number.
LARGEST_ID = 2**31 - 1
NO_CONNECTION = "There is no such connection in this account."
NO_RUN = "There is no such run in this account."


def require_connection(
    session: Session,
    actor: Actor,
    connection_id: int,
    permission: Permission,
    *,
    lock: bool = False,
    deleted: bool = False,
) -> Connection:
    """Return a connection of the actor's account, a deleted one only if ``deleted``.

    Raises NotFoundError, ForbiddenError.
    """
    connection = (
        session.get(Connection, connection_id, with_for_update=lock or None)
        if connection_id <= LARGEST_ID
        else None
    )
    if actor.role is not ActingRole.OPERATOR and (
        connection is None or connection.account_id != actor.account_id
    ):
        raise NotFoundError(NO_CONNECTION)
    require_everywhere(actor, permission)
    return require_existing(connection, deleted=deleted)


def require_existing(connection: Connection | None, *, deleted: bool = False) -> Connection:
    """Return a connection that was looked up. Raises NotFoundError when there is none, or it is deleted."""
    if connection is None or (connection.status is ConnectionStatus.DELETED and not deleted):
        raise NotFoundError(NO_CONNECTION)
    return connection


def require_run(session: Session, actor: Actor, run_id: int) -> Run:
    """Return a run of the actor's account. Raises NotFoundError."""
    run = session.get(Run, run_id) if run_id <= LARGEST_ID else None
    if run is None or run.account_id != actor.account_id:
        raise NotFoundError(NO_RUN)
    return run
