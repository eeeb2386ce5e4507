"""Who somebody is at enableHR, told by a token or by a user name and password.

`GET /users/self` is in enableHR's description. A check of a password is not: where an operator has one, it is a
POST of both as JSON, answered with 200 and the same form, or with 401.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests

from connectors.contract.errors import AuthError, ConfigError, TemporaryError
from connectors.values.web_address import is_safe

TIMEOUT_SECONDS = 10.0
LONGEST_NAME, LONGEST_EMAIL = 200, 254
UNCLEAR = "enableHR described the person who signed in in a form iHUB does not understand. Try again later."


@dataclass(frozen=True, slots=True)
class Identity:
    """A person as enableHR knows them; ``accounts`` maps the ids of their accounts to names."""

    username: str
    name: str
    accounts: Mapping[str, str]
    email: str | None = None


def by_token(api_url: str, access_token: str) -> Identity:
    """Return whose token this is. Raises AuthError, ConfigError or TemporaryError."""
    answer = _call("GET", f"{api_url}/users/self", headers={"Authorization": f"Bearer {access_token}"})
    if answer.status_code in (401, 403):
        raise AuthError("enableHR did not accept the sign-in. Try again.")
    return _identity(answer)


def by_password(url: str, username: str, password: str) -> Identity | None:
    """Return who this is, None when the password is wrong. Raises ConfigError or TemporaryError."""
    answer = _call("POST", url, json={"username": username, "password": password})
    return None if answer.status_code == 401 else _identity(answer)


def _call(method: str, url: str, **sent: Any) -> requests.Response:
    if not is_safe(url):
        raise ConfigError("The address at which people sign in to enableHR must begin with https://.")
    try:
        with requests.Session() as session:
            session.trust_env = False  # no proxy and no .netrc from the environment
            return session.request(method, url, timeout=TIMEOUT_SECONDS, allow_redirects=False, **sent)
    except requests.RequestException:
        # Without its cause: that may hold what was sent.
        raise TemporaryError("enableHR could not be reached to sign in. Try again later.") from None


def _identity(answer: requests.Response) -> Identity:
    if answer.status_code != 200:
        raise TemporaryError(
            f"The sign-in of enableHR does not work just now (status {answer.status_code}). Try again later."
        )
    try:
        person = answer.json()
    except ValueError:
        raise TemporaryError(UNCLEAR) from None
    if not isinstance(person, dict):
        raise TemporaryError(UNCLEAR)
    username = person.get("username")
    if (
        not isinstance(username, str)
        or not 1 <= len(username.strip()) <= LONGEST_NAME
        or not username.isprintable()
    ):
        raise TemporaryError(UNCLEAR)
    names = (str(person.get(part) or "").strip() for part in ("firstName", "lastName"))
    name = " ".join(filter(None, names))[:LONGEST_NAME] or username.strip()
    return Identity(username.strip().lower(), name, _accounts(person), _email(person))


def _email(person: Mapping[str, Any]) -> str | None:
    email = str(person.get("email") or "").strip()
    return email if "@" in email and len(email) <= LONGEST_EMAIL else None


def _accounts(person: Mapping[str, Any]) -> dict[str, str]:
    listed = person.get("accounts")
    entries = (
        [entry for entry in listed if isinstance(entry, dict) and entry.get("id")]
        if isinstance(listed, list)
        else []
    )
    return {
        str(entry["id"]): str(entry.get("tradingName") or entry.get("legalName") or entry["id"])
        for entry in entries
    }
