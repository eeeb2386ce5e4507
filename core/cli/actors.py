"""Choose the actor of a command: the operator, or with ``--as`` a person with exactly that person's rights."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import replace

from sqlalchemy import select

from core.audit import support_visits
from core.db import reading
from core.errors import InvalidError, NotFoundError
from core.models import Account, Connection, Run, User
from core.security.actor import OPERATOR, Actor
from core.sign_in import sessions

PLACE = "command line"
USER_COMMANDS = (
    "run",
    "plan",
    "mapping",
    "scope",
    "person",
    "runs",
    "compare",
    "report",
    "export",
    "requests",
    "readiness",
    "connection",
    "schedule",
    "hold",
    "pay-days",
    "changed",
    "alerts",
)
_username: ContextVar[str | None] = ContextVar("username", default=None)


def set_user(username: str | None, command: str | None) -> None:
    """Act as a person in this command; None is the operator. Raises InvalidError if only the operator may use it."""
    if username is not None and command not in USER_COMMANDS:
        raise InvalidError(
            f"Only the operator can use this command. --as works with: {', '.join(USER_COMMANDS)}."
        )
    _username.set(username)


def for_account(account_id: int) -> Actor:
    """Act in an account. Raises NotFoundError."""
    with reading() as session:
        exists = session.get(Account, account_id) is not None
    refusal = f"There is no account {account_id}. See `python -m core account list`."
    return _in_account(account_id if exists else None, refusal)


def for_accounts(account_id: int | None) -> list[Actor]:
    """Act in one account, or in all: as the operator, or as a person in each of their accounts."""
    if account_id is not None:
        return [for_account(account_id)]
    username = _username.get()
    if username is None:
        return [OPERATOR]
    actors = _actors_of(username)
    for actor in actors:
        support_visits.record_visit(actor)
    return actors


def for_connection(connection_id: int) -> Actor:
    """Act in the account of a connection. Raises NotFoundError."""
    with reading() as session:
        connection = session.get(Connection, connection_id)
    refusal = f"There is no connection {connection_id}. See `python -m core connection list`."
    return _in_account(connection.account_id if connection else None, refusal)


def for_run(run_id: int) -> Actor:
    """Act in the account of a run. Raises NotFoundError."""
    with reading() as session:
        run = session.get(Run, run_id)
    return _in_account(run.account_id if run else None, f"There is no run {run_id}.")


def _in_account(account_id: int | None, refusal: str) -> Actor:
    """Return the actor in an account. An account in which a person has no role is refused as if it did not exist."""
    username = _username.get()
    if username is None and account_id is not None:
        return replace(OPERATOR, account_id=account_id)
    actors = {} if username is None else {actor.account_id: actor for actor in _actors_of(username)}
    if account_id is None or account_id not in actors:
        raise NotFoundError(refusal)
    support_visits.record_visit(actors[account_id])
    return actors[account_id]


def _actors_of(username: str) -> list[Actor]:
    with reading() as session:
        user = session.scalar(select(User).where(User.username == username.strip().lower(), User.active))
        actors = [] if user is None else sessions.possible_actors(session, user, PLACE)
    if not actors:
        raise NotFoundError(f"There is no user {username} with access to iHUB.")
    return actors
