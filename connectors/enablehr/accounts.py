"""Which enableHR accounts a sign-in opens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connectors.contract.errors import ConfigError, TemporaryError
from connectors.contract.protocols import Authoriser, Organisation
from connectors.enablehr.error_text import error_text
from connectors.enablehr.settings import EnableHrSettings
from connectors.http.client import Client
from connectors.http.pacing import local_pacer
from connectors.http.response import Response


async def chosen_organisation(client: Client, account_id: str) -> Organisation:
    """Return the account that the settings name, or the first one. Raises ConfigError when the sign-in lacks access."""
    account_ids = await _account_ids(client)
    account_id = account_id or account_ids[0]
    if account_id not in account_ids:
        raise ConfigError(
            "The person who signed in to enableHR has no access to the account of this connection. "
            "Correct the account id, or sign in as a person who has access."
        )
    return Organisation(account_id, await _account_name(client, account_id))


async def first_account_id(client: Client) -> str:
    """Return the first account of the person who signed in."""
    return (await _account_ids(client))[0]


async def list_organisations(settings: EnableHrSettings, authoriser: Authoriser) -> Sequence[Organisation]:
    """Return all accounts of the person who signed in."""
    pacer = local_pacer(settings.requests_per_second)
    async with Client("enableHR", settings.api_url, authoriser, pacer) as client:
        return [
            Organisation(account_id, await _account_name(client, account_id))
            for account_id in await _account_ids(client)
        ]


async def _account_ids(client: Client) -> list[str]:
    response = await client.get("/accounts/self")
    listed = _object(response, "accounts").get("accountIds") if response.ok else None
    if not response.ok:
        raise ConfigError(f"enableHR did not say which accounts the sign-in opens: {error_text(response)}")
    account_ids = [part.strip() for part in str(listed or "").split(",") if part.strip()]
    if not account_ids:
        raise ConfigError(
            "The person who signed in to enableHR has no access to any account. "
            "Sign in as a person who has access."
        )
    return account_ids


async def _account_name(client: Client, account_id: str) -> str:
    response = await client.get("/users/self")
    accounts = _object(response, "user").get("accounts") if response.ok else None
    for account in accounts if isinstance(accounts, list) else []:
        if isinstance(account, dict) and str(account.get("id")) == account_id:
            return str(account.get("tradingName") or account.get("legalName") or account_id)
    return account_id


def _object(response: Response, what: str) -> dict[str, Any]:
    if not isinstance(response.data, dict):
        raise TemporaryError(
            f"enableHR described the {what} in a form iHUB does not understand. Try again later."
        )
    return response.data
