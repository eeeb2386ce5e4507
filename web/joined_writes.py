"""Write what a websocket is sent at once together.

The server writes each message by itself, and a page has fifty: as many calls of the operating system, made by the one
thread that talks to all browsers.
"""

from __future__ import annotations

import asyncio
from asyncio.transports import BaseTransport
from typing import Any, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

_connection_made = WebSocketsSansIOProtocol.connection_made


class JoinedWrites:
    """A transport that writes at the end of the event loop's turn what it was given meanwhile."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport, self._waiting = transport, bytearray()

    def write(self, data: bytes) -> None:
        """Take bytes, which are written after those before them."""
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._flush)
        self._waiting += data

    def close(self) -> None:
        """Write what waits, and close."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._waiting:
            data, self._waiting = self._waiting, bytearray()
            self._transport.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


def install() -> None:
    """Have all websockets of this process write so."""
    WebSocketsSansIOProtocol.connection_made = _made  # type: ignore[method-assign, assignment]


def _made(protocol: WebSocketsSansIOProtocol, transport: BaseTransport) -> None:
    _connection_made(protocol, transport)
    protocol.transport = cast(asyncio.Transport, JoinedWrites(protocol.transport))
