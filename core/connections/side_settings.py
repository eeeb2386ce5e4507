"""Check the settings that were entered for a side before they are stored."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from connectors.contract.errors import ConnectorError
from connectors.http import addresses
from connectors.registry import connector_of
from core.errors import InvalidError
from core.models import Position
from core.sides import systems


def valid_settings(position: Position, kind: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings as they are stored: only what was entered, so that a connector can change its defaults.

    Raises InvalidError, also for an address that iHUB does not call. This may ask a name server.
    """
    try:
        connector = connector_of(kind)
        if position.value.lower() not in connector.roles():
            raise InvalidError(f"{connector.name} cannot be the {position.value.lower()} of a connection.")
        entered = systems.parse_settings(connector, settings).model_dump(mode="json", exclude_unset=True)
        for address in (value for name, value in entered.items() if name.endswith("url") and value):
            _check_address(connector.name, str(address))
        return entered
    except ConnectorError as error:
        raise InvalidError(str(error)) from error


def _check_address(system: str, address: str) -> None:
    """Raise ConfigError for an address that iHUB does not call; one that is not known yet may be entered."""
    with suppress(OSError):
        addresses.resolve(system, address, addresses.allowed())


def addresses_of(kind: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the addresses in the settings of a side, defaults too."""
    parsed = systems.parse_settings(connector_of(kind), settings).model_dump(mode="json")
    return {name: value for name, value in parsed.items() if name.endswith("url")}
