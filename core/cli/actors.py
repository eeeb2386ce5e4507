"""As whom the command line acts: the operator, or with ``--as`` a person with exactly that person's rights."""

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
USER_COMMANDS = ("run", "plan", "report", "connection", "schedule")
_username: ContextVar[str | None] = ContextVar("username", default=None)


def set_user(username: str | None, command: str | None) -> None:
    """Act as a person for this command; None is the operator. Raises InvalidError for the operator's own commands."""
    if username is not None and command not in USER_COMMANDS:
        raise InvalidError(f"This command is the operator's. --as works with: {', '.join(USER_COMMANDS)}.")
    _username.set(username)


def for_account(account_id: int) -> Actor:
    """Act in an account. Raises NotFoundError."""
    with reading() as session:
        known = session.get(Account, account_id) is not None
    return _in_account(
        account_id if known else None, f"There is no account {account_id}. See `python -m core account list`."
    )


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


def everywhere() -> list[Actor]:
    """Act in all accounts at once: one actor for the operator, one for each of a person's accounts."""
    username = _username.get()
    if username is None:
        return [OPERATOR]
    found = _capacities(username)
    for actor in found:
        support_visits.note(actor)
    return found


def _in_account(account_id: int | None, refusal: str) -> Actor:
    """Return who acts there; accounts a person has no role in answer as if they did not exist."""
    username = _username.get()
    if username is None and account_id is not None:
        return replace(OPERATOR, account_id=account_id)
    mine = {} if username is None else {actor.account_id: actor for actor in _capacities(username)}
    if account_id is None or account_id not in mine:
        raise NotFoundError(refusal)
    support_visits.note(mine[account_id])
    return mine[account_id]


def _capacities(username: str) -> list[Actor]:
    with reading() as session:
        user = session.scalar(select(User).where(User.username == username.strip().lower(), User.active))
        found = [] if user is None else sessions.capacities(session, user, PLACE)
    if not found:
        raise NotFoundError(f"There is no user {username} who may use iHUB.")
    return found
