"""Which enableHR account the sign-in opens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connectors.contract.errors import ConfigError, TemporaryError
from connectors.contract.protocols import Authoriser, Organisation
from connectors.enablehr.problems import words
from connectors.enablehr.settings import EnableHrSettings
from connectors.http.client import Client
from connectors.http.pacing import LocalPacer
from connectors.http.response import Answer


async def organisation(client: Client, wanted: str) -> Organisation:
    """Return the account the settings name, or the first one. Raises ConfigError when the sign-in opens no such one."""
    ids = await _ids(client)
    account = wanted or ids[0]
    if account not in ids:
        raise ConfigError(
            "The person who signed in to enableHR has no access to the account of this connection. "
            "Correct the account id, or sign in as somebody who has."
        )
    return Organisation(account, await _name(client, account))


async def first(client: Client) -> str:
    """Return the first account of the person who signed in."""
    return (await _ids(client))[0]


async def open_to(settings: EnableHrSettings, authoriser: Authoriser) -> Sequence[Organisation]:
    """Return all accounts the person who signed in may use."""
    pacer = LocalPacer(settings.requests_per_second)
    async with Client("enableHR", settings.api_url, authoriser, pacer) as client:
        return [Organisation(account, await _name(client, account)) for account in await _ids(client)]


async def _ids(client: Client) -> list[str]:
    answer = await client.get("/accounts/self")
    listed = _data(answer, "accounts").get("accountIds") if answer.ok else None
    if not answer.ok:
        raise ConfigError(f"enableHR did not say which accounts the sign-in opens: {words(answer)}")
    ids = [part.strip() for part in str(listed or "").split(",") if part.strip()]
    if not ids:
        raise ConfigError(
            "The person who signed in to enableHR has access to no account. Sign in as somebody who has."
        )
    return ids


async def _name(client: Client, account: str) -> str:
    answer = await client.get("/users/self")
    known = _data(answer, "user").get("accounts") if answer.ok else None
    for entry in known if isinstance(known, list) else []:
        if isinstance(entry, dict) and str(entry.get("id")) == account:
            return str(entry.get("tradingName") or entry.get("legalName") or account)
    return account


def _data(answer: Answer, what: str) -> dict[str, Any]:
    if not isinstance(answer.data, dict):
        raise TemporaryError(
            f"enableHR described the {what} in a form iHUB does not understand. Try again later."
        )
    return answer.data
