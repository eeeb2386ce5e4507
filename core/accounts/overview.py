"""What the Access page lists: all accounts, and all people with what they may do and when they last came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import selectinload

from core.db import reading
from core.models import Account, Connection, ConnectionStatus, Membership, Role, User
from core.paging import PAGE, pages
from core.security.actor import Actor, Permission, require_everywhere


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account; ``last_seen_at`` is when somebody with a role in it last came."""

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
    """One person; ``local`` says whether they have a password here, ``one_time`` whether it still has to be changed."""

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
        return pages(self.total)


def accounts_page(actor: Actor, search: str = "", page: int = 1) -> Overview:
    """Return one page of accounts by name; ``search`` is a part of a name or a whole enableHR number."""
    require_everywhere(actor, Permission.MANAGE_ACCESS)
    wanted = search.strip()
    conditions: list[ColumnElement[bool]] = []
    if wanted:
        conditions.append(or_(Account.name.icontains(wanted, autoescape=True), Account.enablehr_id == wanted))
    people = (
        select(func.count(Membership.user_id.distinct()))
        .where(Membership.account_id == Account.id)
        .scalar_subquery()
    )
    alive = (Connection.account_id == Account.id, Connection.status != ConnectionStatus.DELETED)
    connections = select(func.count()).where(*alive).scalar_subquery()
    seen = (
        select(func.max(User.last_seen_at))
        .join(Membership)
        .where(Membership.account_id == Account.id)
        .scalar_subquery()
    )
    query = select(Account, people, connections, seen).where(*conditions).order_by(Account.name, Account.id)
    with reading() as session:
        total = session.scalar(select(func.count()).select_from(Account).where(*conditions)) or 0
        found = session.execute(query.limit(PAGE).offset((max(page, 1) - 1) * PAGE))
        return Overview(tuple(_account(*row) for row in found), (), total)


def _account(row: Account, people: int, connections: int, seen: datetime | None) -> AccountRow:
    return AccountRow(
        row.id, row.name, row.enablehr_id, row.region, row.ihub_enabled, people, connections, seen
    )


def people_page(actor: Actor, search: str = "", account_id: int | None = None, page: int = 1) -> Overview:
    """Return one page of people by name, of one account or of all."""
    require_everywhere(actor, Permission.MANAGE_ACCESS)
    conditions: list[ColumnElement[bool]] = []
    if wanted := search.strip():
        conditions.append(
            or_(
                User.name.icontains(wanted, autoescape=True), User.username.icontains(wanted, autoescape=True)
            )
        )
    if account_id is not None:
        conditions.append(User.memberships.any(Membership.account_id == account_id))
    roles = selectinload(User.memberships).joinedload(Membership.account)
    query = select(User).where(*conditions).order_by(func.lower(User.name), User.id).options(roles)
    with reading() as session:
        total = session.scalar(select(func.count()).select_from(User).where(*conditions)) or 0
        found = session.scalars(query.limit(PAGE).offset((max(page, 1) - 1) * PAGE))
        return Overview((), tuple(_person(row) for row in found), total)


def person(actor: Actor, user_id: int) -> PersonRow | None:
    """Return one person; None when there is no such one."""
    require_everywhere(actor, Permission.MANAGE_ACCESS)
    roles = selectinload(User.memberships).joinedload(Membership.account)
    with reading() as session:
        row = session.scalar(select(User).where(User.id == user_id).options(roles))
        return None if row is None else _person(row)


def _person(row: User) -> PersonRow:
    roles = sorted(
        (
            RoleRow(each.account_id, each.account.name, each.role, each.account.ihub_enabled)
            for each in row.memberships
        ),
        key=lambda role: (role.account_name, role.role),
    )
    one_time = row.one_time_password_expires_at is not None
    local = row.password_hash is not None
    return PersonRow(
        row.id,
        row.username,
        row.name,
        row.is_support,
        row.active,
        local,
        one_time,
        row.last_seen_at,
        tuple(roles),
    )
