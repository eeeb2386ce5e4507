"""Find out which enableHR user signed in, by a token or by a user name and password.

enableHR documents `GET /users/self`. A check of a password is not documented: where an operator has one, it is a POST
of both as JSON, which responds with 200 and the same form, or with 401.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests

from connectors.contract.errors import AuthError, ConfigError, TemporaryError
from connectors.http.sign_in.sign_in_session import guard
from connectors.values.web_address import is_safe

TIMEOUT_SECONDS = 10.0
MAX_NAME_LENGTH, MAX_EMAIL_LENGTH = 200, 254
UNCLEAR = "enableHR described the user who signed in in a form iHUB does not understand. Try again later."


@dataclass(frozen=True, slots=True)
class EnableHrUser:
    """A user of enableHR; ``accounts`` maps the ids of their accounts to names."""

    username: str
    name: str
    accounts: Mapping[str, str]
    email: str | None = None


def by_token(api_url: str, access_token: str) -> EnableHrUser:
    """Return the user of a token. Raises AuthError, ConfigError or TemporaryError."""
    response = _request("GET", f"{api_url}/users/self", headers={"Authorization": f"Bearer {access_token}"})
    if response.status_code in (401, 403):
        raise AuthError("enableHR did not accept the sign-in. Try again.")
    return _user(response)


def by_password(url: str, username: str, password: str) -> EnableHrUser | None:
    """Return the user, or None when the password is wrong. Raises ConfigError or TemporaryError."""
    response = _request("POST", url, json={"username": username, "password": password})
    return None if response.status_code == 401 else _user(response)


def _request(method: str, url: str, **options: Any) -> requests.Response:
    if not is_safe(url):
        raise ConfigError("The sign-in address of enableHR must begin with https://.")
    try:
        with guard(requests.Session(), "enableHR") as session:
            return session.request(method, url, timeout=TIMEOUT_SECONDS, allow_redirects=False, **options)
    except requests.RequestException:
        # Without the cause: it may hold what was sent.
        raise TemporaryError("enableHR could not be reached to sign in. Try again later.") from None


def _user(response: requests.Response) -> EnableHrUser:
    if response.status_code != 200:
        raise TemporaryError(
            f"Signing in to enableHR does not work just now (status {response.status_code}). Try again later."
        )
    try:
        person = response.json()
    except (ValueError, RecursionError):
        raise TemporaryError(UNCLEAR) from None
    if not isinstance(person, dict):
        raise TemporaryError(UNCLEAR)
    username = person.get("username")
    if (
        not isinstance(username, str)
        or not 1 <= len(username.strip()) <= MAX_NAME_LENGTH
        or not username.isprintable()
    ):
        raise TemporaryError(UNCLEAR)
    names = (str(person.get(part) or "").strip() for part in ("firstName", "lastName"))
    name = " ".join(filter(None, names))[:MAX_NAME_LENGTH] or username.strip()
    return EnableHrUser(username.strip().lower(), name, _accounts(person), _email(person))


def _email(person: Mapping[str, Any]) -> str | None:
    email = str(person.get("email") or "").strip()
    return email if "@" in email and len(email) <= MAX_EMAIL_LENGTH else None


def _accounts(person: Mapping[str, Any]) -> dict[str, str]:
    accounts = person.get("accounts")
    return {
        str(account["id"]): str(account.get("tradingName") or account.get("legalName") or account["id"])
        for account in (accounts if isinstance(accounts, list) else [])
        if isinstance(account, dict) and account.get("id")
    }
