"""Sign in with a user name and password that enableHR checks; iHUB keeps neither and writes neither down."""

from __future__ import annotations

import structlog

from connectors.contract.errors import ConnectorError
from connectors.enablehr import users
from core.db import transaction
from core.security import throttling
from core.settings import settings
from core.sign_in import enablehr_users, local

log = structlog.get_logger()

LONGEST_PASSWORD = 1000
NOT_ASKED = "enableHR could not be asked whether your password is right. Try again in a few minutes."


def sign_in(username: str, password: str, address: str | None = None) -> int:
    """Return the user's id. Raises SignInRefusedError with a sentence to show; each try asks enableHR once."""
    username = username.strip().lower()
    user = local.named(username)
    user = None if user is None or user.password_hash is not None else user
    under = local.take_turn(f"enablehr {username}", address, user)
    try:
        found = users.by_password(_address(), username, password[:LONGEST_PASSWORD])
    except ConnectorError as error:
        with transaction() as session:
            throttling.take_back(session, under)
        log.warning("sign_in.unanswered", problem=type(error).__name__)
        raise local.SignInRefusedError(NOT_ASKED) from None
    if found is None:
        local.note(user, address, "enableHR did not accept the user name and password")
        raise local.SignInRefusedError(local.WRONG)
    with transaction() as session:
        throttling.forgive(session, under)
    return enablehr_users.admit(found, address)


def _address() -> str:
    url = settings().enablehr_password_url
    if not url:
        raise local.SignInRefusedError(
            "iHUB is not set up to ask enableHR for passwords. Ask its operator to set IHUB_ENABLEHR_PASSWORD_URL."
        )
    return url
