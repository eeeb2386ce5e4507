"""What most tests start with: an account, people, a connection with a job."""

from __future__ import annotations

from core.clock import now
from core.db import transaction
from core.models import (
    Account,
    Connection,
    ConnectionStatus,
    Job,
    Membership,
    Pairing,
    Position,
    Role,
    Side,
    SideState,
    User,
)


def account(name: str = "Harbour Foods") -> int:
    """Add an account with iHUB switched on."""
    with transaction() as session:
        row = Account(name=name, time_zone="Australia/Brisbane", ihub_enabled=True)
        session.add(row)
        session.flush()
        return row.id


def person(
    account_id: int | None, role: Role | None = Role.ACCOUNT_ADMIN, *, username: str, support: bool = False
) -> int:
    """Add a person, with a role where given."""
    with transaction() as session:
        row = User(username=username, name=username.title(), is_support=support)
        session.add(row)
        session.flush()
        if account_id is not None and role is not None:
            session.add(Membership(user_id=row.id, account_id=account_id, role=role))
        return row.id


def active_connection(
    account_id: int | None = None,
    source: str = "enablehr",
    target: str = "ipayroll",
    *,
    is_first_run: bool = False,
) -> int:
    """Add an Active connection with its job; its sides hold no credentials.

    With ``is_first_run``, the values that the target has from before the first run wait for a decision.
    """
    account_id = account_id or account()
    with transaction() as session:
        pairing = Pairing(
            account_id=account_id,
            source_system=f"{source}:1",
            target_system=f"{target}:1",
            first_changes_decided_at=None if is_first_run else now(),
        )
        session.add(pairing)
        session.flush()
        connection = Connection(
            account_id=account_id,
            pairing_id=pairing.id,
            name=f"{source} → {target}",
            status=ConnectionStatus.ACTIVE,
        )
        session.add(connection)
        session.flush()
        for position, kind in ((Position.SOURCE, source), (Position.TARGET, target)):
            session.add(_side(connection.id, position, kind))
        session.add(Job(connection_id=connection.id))
        return connection.id


def _side(connection_id: int, position: Position, kind: str) -> Side:
    return Side(
        connection_id=connection_id,
        position=position,
        kind=kind,
        state=SideState.CONNECTED,
        organisation_id="1",
        organisation_name="Harbour Foods",
        authorised_at=now(),
    )
