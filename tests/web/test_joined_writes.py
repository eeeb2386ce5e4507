"""What a websocket is sent at once is written together, in order, and before it is closed."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from web import joined_writes
from web.joined_writes import JoinedWrites


class Transport:
    """A transport that keeps what it is given."""

    def __init__(self) -> None:
        self.kept: list[object] = []

    def write(self, data: bytes) -> None:
        self.kept.append(bytes(data))

    def close(self) -> None:
        self.kept.append("closed")

    def is_closing(self) -> bool:
        return "closed" in self.kept


async def written(*, closes: bool) -> list[object]:
    transport = Transport()
    joined: Any = JoinedWrites(transport)  # type: ignore[arg-type]
    joined.write(b"a")
    joined.write(b"b")
    assert not transport.kept and not joined.is_closing()
    if closes:
        joined.close()
        assert joined.is_closing()
    await asyncio.sleep(0)
    joined.write(b"c")
    await asyncio.sleep(0)
    return transport.kept


def test_messages_of_one_turn_are_written_together_and_later_ones_after_them() -> None:
    assert asyncio.run(written(closes=False)) == [b"ab", b"c"]


def test_what_waits_is_written_before_the_end() -> None:
    assert asyncio.run(written(closes=True))[:2] == [b"ab", "closed"]


def test_the_servers_websockets_write_so() -> None:
    made = WebSocketsSansIOProtocol.connection_made
    try:
        joined_writes.install()
        assert WebSocketsSansIOProtocol.connection_made is joined_writes._made
    finally:
        WebSocketsSansIOProtocol.connection_made = made  # type: ignore[method-assign]
