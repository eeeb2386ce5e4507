"""Seed what `make run` shows: an account, three people, and a connection between the two demo systems.

Everything is looked up before it is made, so that a second start changes nothing that works.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
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
from core.operations.demo_systems import PACE, addresses
from core.security import passwords
from core.security.actor import OPERATOR, Actor
from core.security.key_files import write_private
from core.settings import SignInMethod, settings
from core.sides import ends

COMPANY, ENABLEHR_ID = "Harbour Foods Pty Ltd", "1001"
PEOPLE = {
    "admin": ("Alex Admin", Role.ACCOUNT_ADMIN, "Account Admin"),
    "support": ("Sam Support", None, "enableHR Support"),
    "analyst": ("Ana Analyst", Role.ANALYST, "Analyst, reads reports"),
}
AT_ENABLEHR = ("hr.admin@example.com", "Helen Harbour")


@dataclass(frozen=True, slots=True)
class SignIn:
    """How one of the demo people signs in."""

    username: str
    password: str
    role: str


@dataclass(frozen=True, slots=True)
class DemoSignIns:
    """The people of the demo account and its connection; None once somebody has deleted that."""

    account_id: int
    connection_id: int | None
    people: tuple[SignIn, ...]

    def __str__(self) -> str:
        return "; ".join(f"{person.username} / {person.password} ({person.role})" for person in self.people)

    def lines(self) -> list[str]:
        """Return the sign-ins as lines to print."""
        return [f"{person.username:<8} {person.password:<14} {person.role}" for person in self.people]


def seed(sandbox_url: str) -> DemoSignIns:
    """Bring the demo account up to date; its connection ends up Active. Raises StartError without the sandbox."""
    sandbox_url = sandbox_url.rstrip("/")
    account_id = _account()
    known = _passwords()
    for username, password in known.items():
        _person(username, password, account_id)
    if settings().sign_in is not SignInMethod.LOCAL:
        _granted(account_id)
    people = tuple(SignIn(username, password, PEOPLE[username][2]) for username, password in known.items())
    return DemoSignIns(account_id, _connection(account_id, sandbox_url), people)


def _account() -> int:
    with reading() as session:
        known = session.scalar(select(Account.id).where(Account.enablehr_id == ENABLEHR_ID))
    return known or accounts.create(COMPANY, enablehr_id=ENABLEHR_ID)


def _passwords() -> dict[str, str]:
    """Return the demo passwords, made at the first start and kept for the later ones."""
    path = settings().home / "demo.json"
    try:
        known: dict[str, str] = json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        known = {}
    complete = {username: known.get(username) or secrets.token_urlsafe(9) for username in PEOPLE}
    if complete != known:
        write_private(path, json.dumps(complete, indent=1) + "\n")
    return complete


def _person(username: str, password: str, account_id: int) -> None:
    name, role, _ = PEOPLE[username]
    with reading() as session:
        user = session.scalar(select(User).where(User.username == username))
    if user is None:
        where = account_id if role else None
        users.add_user(username, name, password, where, role, support=role is None)
    elif not passwords.verify(user.password_hash, password):
        with transaction() as session:
            session.get_one(User, user.id).password_hash = passwords.hash_new(password)


def _granted(account_id: int) -> None:
    """Let the one person in who can sign in at the sandbox's enableHR."""
    username, name = AT_ENABLEHR
    with reading() as session:
        known = session.scalar(select(User.id).where(User.username == username))
    if known is None:
        users.add_user(username, name, None, account_id, Role.ACCOUNT_ADMIN)


def _connection(account_id: int, sandbox_url: str) -> int | None:
    actor = replace(OPERATOR, name="demo", account_id=account_id)
    places = addresses(sandbox_url)
    wanted = {
        Position.SOURCE: places["enablehr"] | {"account_id": ENABLEHR_ID},
        Position.TARGET: places["ipayroll"],
    }
    with reading() as session:
        known = session.scalar(
            select(Connection).where(Connection.account_id == account_id).order_by(Connection.id).limit(1)
        )
    if known is not None and known.status is ConnectionStatus.DELETED:
        return None
    connection_id = (
        known.id
        if known
        else connections.create(
            actor,
            "enableHR → iPayroll",
            "enablehr",
            "ipayroll",
            *(wanted[position] | PACE for position in Position),
        )
    )
    for position in Position:
        _side(actor, connection_id, position, wanted[position], sandbox_url)
    return connection_id


def _side(
    actor: Actor, connection_id: int, position: Position, wanted: dict[str, Any], sandbox_url: str
) -> None:
    """Connect a side where it is not, where its tokens are refused, and where the sandbox has moved."""
    side = connections.get(actor, connection_id).side(position)
    if {name: side.settings.get(name) for name in wanted} != wanted:
        with transaction() as session:
            session.get_one(Side, side.id).settings = side.settings | wanted
    elif side.connected and _accepted(side.id, position):
        return
    connections.connect_side(actor, connection_id, position, _grant(side.kind, sandbox_url))


def _accepted(side_id: int, position: Position) -> bool:
    try:
        ends.check_system(ends.end_by_id(side_id), position)
    except AuthError:
        return False
    return True


def _grant(kind: str, sandbox_url: str) -> dict[str, Any]:
    """Get tokens from the sandbox as if a person had consented."""
    try:
        answer = requests.post(f"{sandbox_url}/control/grant", json={"system": kind}, timeout=10)
        answer.raise_for_status()
        tokens: dict[str, Any] = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise StartError("The demo systems do not answer. Stop iHUB and start it again.") from error
    return {name: tokens.get(name) for name in ("access_token", "refresh_token", "scope", "token_type")} | {
        "expires_at": _moment(int(tokens["expires_in"])).isoformat()
    }


def _moment(seconds: int) -> datetime:
    return now() + timedelta(seconds=seconds)
