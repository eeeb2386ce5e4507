"""Connections and sides as pages and commands see them: everything except the credentials."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ScalarResult, Select, select
from sqlalchemy.orm import Session, selectinload

from connectors.registry import name_of
from core.audit.user_labels import user_label
from core.mapping import stored
from core.models import Connection, ConnectionStatus, Position, Side, SideState, User
from core.sides import side_status
from core.sides.side_status import SideStatus


@dataclass(frozen=True, slots=True)
class SideView:
    """One side; ``system`` is the connector's name, ``settings`` are those that were entered, never a credential."""

    id: int
    connection_id: int
    position: Position
    kind: str
    system: str
    settings: dict[str, Any]
    state: SideState
    state_reason: str | None
    state_since: datetime
    organisation_id: str | None
    organisation_name: str | None
    authorised_by: str | None
    authorised_at: datetime | None
    status: SideStatus
    status_reason: str | None
    status_since: datetime
    # Whether the person who connected this side no longer has a role in the account.
    authoriser_left: bool = False
    probed_at: datetime | None = None
    consent_ends_at: datetime | None = None

    @property
    def connected(self) -> bool:
        """Say whether iHUB may use this system."""
        return self.state is SideState.CONNECTED

    @property
    def organisation(self) -> str | None:
        """Return the name of the organisation; None when the system gives only its own name."""
        return None if self.organisation_name == self.system else self.organisation_name

    @property
    def connected_message(self) -> str:
        """Return the sentence to show when this side has just been connected."""
        return (
            f"{self.system} is connected to {self.organisation}."
            if self.organisation
            else f"{self.system} is connected."
        )


@dataclass(frozen=True, slots=True)
class ConnectionView:
    """One connection with both of its sides."""

    id: int
    account_id: int
    name: str
    status: ConnectionStatus
    source: SideView
    target: SideView
    pairing_id: int | None
    created_at: datetime
    deleted_at: datetime | None
    # The version of the mapping in force; 0 is the connector file as it is.
    mapping_version: int = 0
    # Why no run can start because of its mapping.
    mapping_fault: str | None = None

    def side(self, position: Position) -> SideView:
        """Return the side at a position."""
        return self.source if position is Position.SOURCE else self.target


def connection_views(session: Session, query: Select[Connection]) -> list[ConnectionView]:
    """Return the connections of a query, in its order."""
    rows: ScalarResult[Connection] = session.scalars(query.options(selectinload(Connection.sides)))
    connections = rows.all()
    ids = {side.authorised_by for row in connections for side in row.sides if side.authorised_by}
    accounts = {row.account_id for row in connections}
    label = user_label(accounts.pop() if len(accounts) == 1 else None)
    users = select(User, label).where(User.id.in_(ids)).options(selectinload(User.memberships))
    people = {user.id: (user, name) for user, name in session.execute(users)} if ids else {}
    return [_connection(session, row, people) for row in connections]


def _connection(session: Session, row: Connection, people: dict[int, tuple[User, str]]) -> ConnectionView:
    sides = {}
    for side in row.sides:
        person, name = people.get(side.authorised_by or 0, (None, None))
        sides[side.position] = side_view(
            side, person, left=person is not None and _has_left(person, row.account_id), name=name
        )
    return ConnectionView(
        id=row.id,
        account_id=row.account_id,
        name=row.name,
        status=row.status,
        source=sides[Position.SOURCE],
        target=sides[Position.TARGET],
        pairing_id=row.pairing_id,
        created_at=row.created_at,
        deleted_at=row.deleted_at,
        mapping_version=row.mapping_version,
        mapping_fault=stored.find_fault(session, row),
    )


def _has_left(person: User, account_id: int) -> bool:
    """Say whether a person no longer has a role in an account."""
    has_role = person.is_support or any(
        membership.account_id == account_id for membership in person.memberships
    )
    return not (person.active and has_role)


def side_view(side: Side, person: User | None, *, left: bool = False, name: str | None = None) -> SideView:
    """Return one side without its credentials; ``person`` is the one who connected it, and called ``name``."""
    status = side_status.status_of(side)
    return SideView(
        id=side.id,
        connection_id=side.connection_id,
        position=side.position,
        kind=side.kind,
        system=name_of(side.kind),
        settings=dict(side.settings),
        state=side.state,
        state_reason=side.state_reason,
        state_since=side.state_since,
        organisation_id=side.organisation_id,
        organisation_name=side.organisation_name,
        authorised_by=name or (person.name if person else None),
        authorised_at=side.authorised_at,
        status=status.status,
        status_reason=status.reason,
        status_since=status.since,
        authoriser_left=left and side.state is SideState.CONNECTED,
        probed_at=side.probed_at,
        consent_ends_at=side.consent_ends_at,
    )
