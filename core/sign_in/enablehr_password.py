"""Sign in with a user name and password that enableHR checks; iHUB neither stores nor logs them."""

from __future__ import annotations

import structlog

from connectors.contract.errors import ConnectorError
from connectors.enablehr import users
from core.db import transaction
from core.security import throttling
from core.settings import settings
from core.sign_in import enablehr_users, local

log = structlog.get_logger()

MAX_PASSWORD = 1000
NOT_CHECKED = "iHUB could not check your password with enableHR. Try again in a few minutes."


def sign_in(username: str, password: str, address: str | None = None) -> int:
    """Return the user's id. Raises SignInRefusedError with a sentence to show; each attempt calls enableHR once."""
    username = username.strip().lower()
    user = local.find_user(username)
    user = None if user is None or user.password_hash is not None else user
    limits = local.begin_attempt(f"enablehr {username}", address, user)
    try:
        person = users.by_password(_password_url(), username, password[:MAX_PASSWORD])
    except ConnectorError as error:
        with transaction() as session:
            throttling.withdraw_attempt(session, limits)
        log.warning("sign_in.check_failed", problem=type(error).__name__)
        raise local.SignInRefusedError(NOT_CHECKED) from None
    if person is None:
        local.record_refusal(user, address, "enableHR did not accept the user name and password")
        raise local.SignInRefusedError(local.WRONG)
    with transaction() as session:
        throttling.clear_failures(session, limits)
    return enablehr_users.admit(person, address)


def _password_url() -> str:
    url = settings().enablehr_password_url
    if not url:
        raise local.SignInRefusedError(
            "iHUB is not set up to check passwords with enableHR. Ask its operator to set IHUB_ENABLEHR_PASSWORD_URL."
        )
    return url
