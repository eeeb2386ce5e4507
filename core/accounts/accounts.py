"""Accounts, as Support and the command line manage them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from core import time_zones
from core.accounts import switch_off
from core.audit import trail
from core.db import reading, transaction
from core.errors import ConflictError, InvalidError, NotFoundError
from core.models import Account
from core.security.actor import OPERATOR, Actor, Permission, require, require_everywhere
from core.settings import settings

NEW_ZEALAND = "Pacific/Auckland"


@dataclass(frozen=True, slots=True)
class AccountView:
    """One enableHR customer."""

    id: int
    name: str
    enablehr_id: str | None
    region: str
    time_zone: str
    ihub_enabled: bool
    created_at: datetime


def create(
    name: str,
    *,
    enablehr_id: str | None = None,
    region: str = "AU",
    time_zone: str | None = None,
    enabled: bool = True,
    actor: Actor = OPERATOR,
) -> int:
    """Add an account and return its id. Without a time zone it gets its region's."""
    require_everywhere(actor, Permission.MANAGE_ACCESS)
    account = Account(
        name=valid_name(name, "account"),
        enablehr_id=enablehr_id,
        region=_region(region),
        time_zone=_time_zone(time_zone or new_account_time_zone(region)),
        ihub_enabled=enabled,
    )
    try:
        with transaction() as session:
            session.add(account)
            session.flush()
            trail.record(session, actor.within(account.id), "account.create", f"account:{account.id}")
            return account.id
    except IntegrityError as error:
        raise ConflictError("There is an account with this enableHR number already.") from error


def new_account_time_zone(region: str) -> str:
    """Return the time zone with which an account of a region starts."""
    return NEW_ZEALAND if region == "NZ" else settings().time_zone


def valid_name(name: str, what: str) -> str:
    """Return a name without spaces around it. Raises InvalidError when it is empty or too long."""
    if not 1 <= len(name.strip()) <= 200:
        raise InvalidError(f"The name of the {what} has 1 to 200 characters.")
    return name.strip()


def _region(region: str) -> str:
    if region not in ("AU", "NZ"):
        raise InvalidError("The region is AU or NZ.")
    return region


def _time_zone(name: str) -> str:
    if not time_zones.is_known(name):
        raise InvalidError(f"There is no time zone {name}. Use a name such as Australia/Brisbane.")
    return name


def list_all(actor: Actor = OPERATOR) -> list[AccountView]:
    """Return all accounts."""
    require_everywhere(actor, Permission.MANAGE_ACCESS)
    with reading() as session:
        return [_view(row) for row in session.scalars(select(Account).order_by(Account.id))]


def _view(row: Account) -> AccountView:
    return AccountView(
        row.id, row.name, row.enablehr_id, row.region, row.time_zone, row.ihub_enabled, row.created_at
    )


def change_time_zone(actor: Actor, time_zone: str) -> None:
    """Change the time zone in which the actor's account sees times. Its schedules keep their own."""
    require(actor, Permission.CHANGE_ACCOUNT, actor.account_id)
    with transaction() as session:
        account = session.get(Account, actor.account_id or 0, with_for_update=True)
        if account is None:
            raise NotFoundError("There is no such account.")
        before, account.time_zone = account.time_zone, _time_zone(time_zone)
        if before != account.time_zone:
            change = {"label": "Time zone", "before": before, "after": account.time_zone}
            trail.record(session, actor, "account.time_zone", f"account:{account.id}", changes=[change])


def set_enabled(account_id: int, enabled: bool, actor: Actor = OPERATOR) -> None:
    """Switch iHUB on or off for an account.

    Switching off ends the sessions of its people and cancels its queued runs. A run in progress continues to its end,
    schedules do not start runs until iHUB is on again, and nothing is deleted.
    """
    require_everywhere(actor, Permission.MANAGE_ACCESS)
    with transaction() as session:
        account = session.get(Account, account_id, with_for_update=True)
        if account is None:
            raise NotFoundError("There is no such account.")
        if account.ihub_enabled is enabled:
            return
        account.ihub_enabled = enabled
        stopped: dict[str, object] = {} if enabled else switch_off.stop_all(session, account_id)
        action = "account.enable" if enabled else "account.disable"
        trail.record(session, actor.within(account_id), action, f"account:{account_id}", "done", **stopped)
