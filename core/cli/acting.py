"""As whom the command line acts: the operator, in the account a thing belongs to."""

from __future__ import annotations

from dataclasses import replace

from core.actor import OPERATOR, Actor
from core.db import reading
from core.errors import NotFoundError
from core.models import Account, Connection, Run


def operator(account_id: int) -> Actor:
    """Act in an account. Raises NotFoundError."""
    with reading() as session:
        if session.get(Account, account_id) is None:
            raise NotFoundError(f"There is no account {account_id}. See `python -m core account list`.")
    return replace(OPERATOR, account_id=account_id)


def for_connection(connection_id: int) -> Actor:
    """Act in the account of a connection. Raises NotFoundError."""
    with reading() as session:
        connection = session.get(Connection, connection_id)
    if connection is None:
        raise NotFoundError(f"There is no connection {connection_id}. See `python -m core connection list`.")
    return replace(OPERATOR, account_id=connection.account_id)


def for_run(run_id: int) -> Actor:
    """Act in the account of a run. Raises NotFoundError."""
    with reading() as session:
        run = session.get(Run, run_id)
    if run is None:
        raise NotFoundError(f"There is no run {run_id}.")
    return replace(OPERATOR, account_id=run.account_id)
