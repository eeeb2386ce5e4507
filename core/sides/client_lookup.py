"""Find the OAuth client that iHUB may use with the settings of a side.

A client may be used at the addresses that its connector ships and at those the operator allows. It is handed out only
for settings that lead to these addresses, so that no other server ever receives the client's secret.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass

from connectors.contract.connector import Connector, SideSettings
from connectors.contract.errors import ConfigError
from connectors.http.sign_in import oauth
from connectors.values.web_address import is_loopback, is_safe, origin
from core.db import reading
from core.errors import InvalidError
from core.models import OAuthClient
from core.security.vault import vault
from core.settings import settings

DEMO_CLIENT = oauth.Client("ihub", "ihub-demo-secret")
MAX_ADDRESSES = 50
MAX_ADDRESS = 300


@dataclass(frozen=True, slots=True)
class _AllowedClient:
    """A client with the origins at which it may be used; None means any address of this machine."""

    client: oauth.Client
    origins: frozenset[str] | None

    def covers(self, address: str) -> bool:
        """Say whether the client may be used at an address."""
        address_origin = origin(address)
        if address_origin is None:
            return False
        return is_loopback(address_origin) if self.origins is None else address_origin in self.origins


def client_for(connector: Connector, side_settings: SideSettings) -> oauth.Client:
    """Return iHUB's client at a system, for use with these settings only.

    Raises ConfigError when there is no client, or when the settings lead to an address that is not allowed.
    """
    allowed = _find_client(connector)
    for address in oauth.addresses(connector, side_settings):
        if not allowed.covers(address):
            raise ConfigError(
                f"iHUB's registration with {connector.name} does not cover {origin(address) or address}. "
                "Ask enableHR Support to allow this address, or correct the sign-in address."
            )
    return allowed.client


def _find_client(connector: Connector) -> _AllowedClient:
    kind = connector.client_kind
    if (client := environment_client(kind)) is not None:
        return _AllowedClient(client, _shipped_origins(connector) | set(_environment_origins(kind)))
    with reading() as session:
        row = session.get(OAuthClient, kind)
    if row is not None:
        client = oauth.Client(row.client_id, str(vault().open(row.secret)) if row.secret else "")
        return _AllowedClient(client, _shipped_origins(connector) | set(row.addresses))
    if settings().demo:
        return _AllowedClient(DEMO_CLIENT, None)
    name = _variable(kind)
    raise ConfigError(
        f"iHUB is not registered with {kind}. Ask the operator to enter the registration on the Support page or with "
        f"`python -m core oauth-client set {kind}`, or to set {name}_ID and {name}_SECRET."
    )


def _shipped_origins(connector: Connector) -> frozenset[str]:
    """Return the origins that are always allowed: those of the connector's defaults, and enableHR's configured one."""
    defaults = connector.settings.model_construct()  # fields without a default have no value
    try:
        addresses = oauth.addresses(connector, defaults)
    except (AttributeError, ConfigError):
        addresses = []
    if connector.client_kind == "enablehr":
        addresses = [*addresses, settings().enablehr_login_url]
    return frozenset(shipped for address in addresses if (shipped := origin(address)) is not None)


def environment_client(kind: str) -> oauth.Client | None:
    """Return the client that the environment holds for a system."""
    name = _variable(kind)
    client_id = os.environ.get(f"{name}_ID")
    return oauth.Client(client_id, os.environ.get(f"{name}_SECRET") or "") if client_id else None


def environment_addresses(kind: str) -> list[str]:
    """Return the addresses that the environment allows for a system's client, as they are written there."""
    named = os.environ.get(f"{_variable(kind)}_ADDRESSES", "").split(",")
    return [address.strip() for address in named if address.strip()]


def _environment_origins(kind: str) -> tuple[str, ...]:
    """Return the origins that the environment allows. Raises ConfigError when an address cannot be used."""
    try:
        return origins_of(environment_addresses(kind))
    except InvalidError as error:
        raise ConfigError(f"The setting {_variable(kind)}_ADDRESSES cannot be used. {error}") from error


def origins_of(addresses: Sequence[str]) -> tuple[str, ...]:
    """Return the origins of addresses, each once and without blank entries. Raises InvalidError."""
    origins: dict[str, None] = {}
    for address in filter(None, map(str.strip, addresses)):
        allowed = origin(address)
        if allowed is None or not is_safe(allowed):
            raise InvalidError(
                f"{address[:MAX_ADDRESS]} is not a sign-in address. Enter one that begins with https://."
            )
        origins[allowed] = None
    if len(origins) > MAX_ADDRESSES or any(len(allowed) > MAX_ADDRESS for allowed in origins):
        raise InvalidError(f"Enter at most {MAX_ADDRESSES} addresses of at most {MAX_ADDRESS} characters.")
    return tuple(origins)


def _variable(kind: str) -> str:
    return "IHUB_CLIENT_" + re.sub(r"\W", "_", kind).upper()
