"""What the sources and targets that work with one client have in common."""

from __future__ import annotations

from typing import Self

from connectors.contract.traffic import Traffic
from connectors.http.client import Client


class ClientSession:
    """A source or a target that works with one client. Use as ``async with``."""

    def __init__(self, client: Client) -> None:
        self._client = client

    @property
    def concurrency(self) -> int:
        """Return how many requests are sent at the same time at most."""
        return self._client.concurrency

    @property
    def traffic(self) -> Traffic:
        """Return what was sent so far."""
        return self._client.traffic

    async def __aenter__(self) -> Self:
        """Open the client's connections."""
        await self._client.__aenter__()
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Close the client's connections."""
        await self._client.__aexit__(*exc)
