"""People who have proved who they are and have no access yet: a pass to the page that says how to ask for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from core.clock import now
from core.db import reading
from core.errors import StartError
from core.models import User
from core.secrets import digest, vault

LIFE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody without access; ``companies`` are the accounts that enableHR named."""

    user_id: int
    name: str
    username: str
    companies: tuple[str, ...]


def seal(user_id: int, browser: str) -> str:
    """Return a pass for one browser, for half an hour."""
    until = (now() + LIFE).timestamp()
    return vault().seal({"newcomer": user_id, "for": digest(browser), "until": until}).decode()


def unseal(sealed: str, browser: str) -> Newcomer | None:
    """Return who holds the pass; None when it is made up, old or another browser's."""
    try:
        value = vault().open(sealed.encode())
    except StartError:
        return None
    if not isinstance(value, dict) or "newcomer" not in value or not browser:
        return None
    if value["for"] != digest(browser) or value["until"] < now().timestamp():
        return None
    with reading() as session:
        user = session.get(User, int(value["newcomer"]))
    if user is None:
        return None
    return Newcomer(user.id, user.name, user.username, tuple(sorted((user.enablehr_accounts or {}).values())))
