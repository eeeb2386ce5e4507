"""The lists of the Access page: accounts, and people with their roles and last sign-in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import selectinload

from core.db import reading
from core.models import Account, Connection, ConnectionStatus, Membership, Role, User
from core.paging import PAGE_SIZE, first_row, page_count
from core.security.actor import Actor, Permission, require_everywhere


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account; ``last_seen_at`` is the last activity of a person with a role in it."""

    id: int
    name: str
    enablehr_id: str | None
    region: str
    enabled: bool
    people: int
    connections: int
    last_seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class RoleRow:
    """One role of a person."""

    account_id: int
    account_name: str
    role: Role
    enabled: bool


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One person; ``local`` means that they have a password of iHUB, ``one_time`` that they have to replace it."""

    id: int
    username: str
    name: str
    support: bool
    active: bool
    local: bool
    one_time: bool
    last_seen_at: datetime | None
    roles: tuple[RoleRow, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """One page of accounts or of people."""

    accounts: tuple[AccountRow, ...]
    people: tuple[PersonRow, ...]
    total: int

    @property
    def pages(self) -> int:
        """Return how many pages there are, at least one."""
        return page_count(self.total)


def accounts_page(actor: Actor, search: str = "", page: int = 1) -> Overview:
    """Return one page of accounts by name; ``search`` is part of a name or a whole enableHR number."""
    require_everywhere(actor, Permission.MANAGE_ACCESS)
    conditions: list[ColumnElement[bool]] = []
    if text := search.strip():
        conditions.append(or_(Account.name.icontains(text, autoescape=True), Account.enablehr_id == text))
    members = Membership.account_id == Account.id
    people = select(func.count(Membership.user_id.distinct())).where(members).scalar_subquery()
    seen = select(func.max(User.last_seen_at)).join(Membership).where(members).scalar_subquery()
    existing = (Connection.account_id == Account.id, Connection.status != ConnectionStatus.DELETED)
    connections = select(func.count()).where(*existing).scalar_subquery()
    query = select(Account, people, connections, seen).where(*conditions).order_by(Account.name, Account.id)
    with reading() as session:
        total = session.scalar(select(func.count()).select_from(Account).where(*conditions)) or 0
        rows = session.execute(query.limit(PAGE_SIZE).offset(first_row(page, total)))
        return Overview(tuple(_account(*row) for row in rows), (), total)


def _account(row: Account, people: int, connections: int, seen: datetime | None) -> AccountRow:
    return AccountRow(
        row.id, row.name, row.enablehr_id, row.region, row.ihub_enabled, people, connections, seen
    )


def people_page(actor: Actor, search: str = "", account_id: int | None = None, page: int = 1) -> Overview:
    """Return one page of people by name, of one account or of all."""
    require_everywhere(actor, Permission.MANAGE_ACCESS)
    conditions: list[ColumnElement[bool]] = []
    if text := search.strip():
        matches = (column.icontains(text, autoescape=True) for column in (User.name, User.username))
        conditions.append(or_(*matches))
    if account_id is not None:
        conditions.append(User.memberships.any(Membership.account_id == account_id))
    roles = selectinload(User.memberships).joinedload(Membership.account)
    query = select(User).where(*conditions).order_by(func.lower(User.name), User.id).options(roles)
    with reading() as session:
        total = session.scalar(select(func.count()).select_from(User).where(*conditions)) or 0
        rows = session.scalars(query.limit(PAGE_SIZE).offset(first_row(page, total)))
        return Overview((), tuple(_person(row) for row in rows), total)


def person(actor: Actor, user_id: int) -> PersonRow | None:
    """Return one person; None when there is no such person."""
    require_everywhere(actor, Permission.MANAGE_ACCESS)
    roles = selectinload(User.memberships).joinedload(Membership.account)
    with reading() as session:
        row = session.scalar(select(User).where(User.id == user_id).options(roles))
        return None if row is None else _person(row)


def _person(row: User) -> PersonRow:
    roles = sorted(
        (
            RoleRow(
                membership.account_id,
                membership.account.name,
                membership.role,
                membership.account.ihub_enabled,
            )
            for membership in row.memberships
        ),
        key=lambda role: (role.account_name, role.role),
    )
    return PersonRow(
        id=row.id,
        username=row.username,
        name=row.name,
        support=row.is_support,
        active=row.active,
        local=row.password_hash is not None,
        one_time=row.one_time_password_expires_at is not None,
        last_seen_at=row.last_seen_at,
        roles=tuple(roles),
    )
