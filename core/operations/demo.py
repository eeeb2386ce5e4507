"""Seed the demo of `make run`: an account, three people, and a connection between the two demo systems.

Everything is looked up before it is created, so that a second start changes nothing that works.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import requests
from sqlalchemy import select

from connectors.contract.errors import AuthError
from core.accounts import accounts, users
from core.clock import now
from core.connections import connections
from core.db import reading, transaction
from core.errors import StartError
from core.models import Account, Connection, ConnectionStatus, Position, Role, Side, User
from core.operations import demo_files
from core.operations.demo_systems import PACE, addresses
from core.security import passwords
from core.security.actor import OPERATOR, Actor
from core.security.key_files import write_private
from core.settings import SignInMethod, settings
from core.sides import systems

COMPANY, ENABLEHR_ID = "Harbour Foods Pty Ltd", "1001"
PEOPLE = {
    "admin": ("Alex Admin", Role.ACCOUNT_ADMIN, "Account Admin"),
    "support": ("Sam Support", None, "enableHR Support"),
    "analyst": ("Ana Analyst", Role.ANALYST, "Analyst, reads reports"),
}
# The sandbox takes what is sent to them there.
MAIL_DOMAIN = "example.com"
ENABLEHR_USER = ("hr.admin@example.com", "Helen Harbour")


@dataclass(frozen=True, slots=True)
class SignIn:
    """How one of the demo people signs in."""

    username: str
    password: str
    role: str


@dataclass(frozen=True, slots=True)
class DemoSignIns:
    """The people of the demo account and its connection; None once the connection has been deleted."""

    account_id: int
    connection_id: int | None
    people: tuple[SignIn, ...]

    def __str__(self) -> str:
        return "; ".join(f"{person.username} / {person.password} ({person.role})" for person in self.people)

    def lines(self) -> list[str]:
        """Return the sign-ins as lines to print."""
        return [f"{person.username:<8} {person.password:<14} {person.role}" for person in self.people]


def seed(sandbox_url: str) -> DemoSignIns:
    """Bring the demo account up to date and its connection to Active. Raises StartError without the sandbox."""
    sandbox_url = sandbox_url.rstrip("/")
    account_id = _ensure_account()
    password_by_username = _passwords()
    for username, password in password_by_username.items():
        _ensure_person(username, password, account_id)
        _ensure_address(username)
    if settings().sign_in is not SignInMethod.LOCAL:
        _ensure_enablehr_user(account_id)
    demo_files.seed(account_id)
    people = tuple(
        SignIn(username, password, PEOPLE[username][2]) for username, password in password_by_username.items()
    )
    return DemoSignIns(account_id, _ensure_connection(account_id, sandbox_url), people)


def _ensure_account() -> int:
    with reading() as session:
        account_id = session.scalar(select(Account.id).where(Account.enablehr_id == ENABLEHR_ID))
    return account_id or accounts.create(COMPANY, enablehr_id=ENABLEHR_ID)


def _passwords() -> dict[str, str]:
    """Return the demo passwords, made at the first start and stored for later ones."""
    path = settings().home / "demo.json"
    try:
        stored: dict[str, str] = json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        stored = {}
    complete = {username: stored.get(username) or secrets.token_urlsafe(9) for username in PEOPLE}
    if complete != stored:
        write_private(path, json.dumps(complete, indent=1) + "\n")
    return complete


def _ensure_person(username: str, password: str, account_id: int) -> None:
    name, role, _ = PEOPLE[username]
    with reading() as session:
        user = session.scalar(select(User).where(User.username == username))
    if user is None:
        users.add_user(username, name, password, account_id if role else None, role, support=role is None)
    elif not passwords.verify(user.password_hash, password):
        with transaction() as session:
            session.get_one(User, user.id).password_hash = passwords.hash_new(password)


def _ensure_address(username: str) -> None:
    """Give somebody an e-mail address who has none, so that alerts reach them."""
    with transaction() as session:
        user = session.scalars(select(User).where(User.username == username)).one()
        user.email = user.email or f"{username}@{MAIL_DOMAIN}"


def _ensure_enablehr_user(account_id: int) -> None:
    """Give access to the person who can sign in through the sandbox's enableHR."""
    username, name = ENABLEHR_USER
    with reading() as session:
        user_id = session.scalar(select(User.id).where(User.username == username))
    if user_id is None:
        users.add_user(username, name, None, account_id, Role.ACCOUNT_ADMIN)


def _ensure_connection(account_id: int, sandbox_url: str) -> int | None:
    actor = replace(OPERATOR, name="demo", account_id=account_id)
    urls = addresses(sandbox_url)
    settings_by_position = {
        Position.SOURCE: urls["enablehr"] | {"account_id": ENABLEHR_ID},
        Position.TARGET: urls["ipayroll"],
    }
    query = select(Connection).where(Connection.account_id == account_id).order_by(Connection.id).limit(1)
    with reading() as session:
        connection = session.scalar(query)
    if connection is not None and connection.status is ConnectionStatus.DELETED:
        return None
    if connection is not None:
        connection_id = connection.id
    else:
        new_settings = [settings_by_position[position] | PACE for position in Position]
        connection_id = connections.create(
            actor, "enableHR → iPayroll", "enablehr", "ipayroll", *new_settings
        )
    for position in Position:
        _ensure_side(actor, connection_id, position, settings_by_position[position], sandbox_url)
    return connection_id


def _ensure_side(
    actor: Actor, connection_id: int, position: Position, expected: dict[str, Any], sandbox_url: str
) -> None:
    """Connect a side that is not connected, whose tokens are rejected, or whose sandbox has moved."""
    side = connections.get(actor, connection_id).side(position)
    if {name: side.settings.get(name) for name in expected} != expected:
        with transaction() as session:
            session.get_one(Side, side.id).settings = side.settings | expected
    elif side.connected and _sign_in_works(side.id, position):
        return
    connections.connect_side(actor, connection_id, position, _fetch_tokens(side.kind, sandbox_url))


def _sign_in_works(side_id: int, position: Position) -> bool:
    try:
        systems.check_system(systems.system_by_side_id(side_id), position)
    except AuthError:
        return False
    return True


def _fetch_tokens(kind: str, sandbox_url: str) -> dict[str, Any]:
    """Get tokens from the sandbox, as if a person had signed in there."""
    try:
        response = requests.post(f"{sandbox_url}/control/grant", json={"system": kind}, timeout=10)
        response.raise_for_status()
        tokens: dict[str, Any] = response.json()
    except (requests.RequestException, ValueError) as error:
        raise StartError("The demo systems do not respond. Stop iHUB and start it again.") from error
    expires_at = now() + timedelta(seconds=int(tokens["expires_in"]))
    kept = ("access_token", "refresh_token", "scope", "token_type")
    return {name: tokens.get(name) for name in kept} | {"expires_at": expires_at.isoformat()}
