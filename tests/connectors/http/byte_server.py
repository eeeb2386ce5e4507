"""A system that plays bytes on each connection, and a transport for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from connectors.http.json_body import Limits
from connectors.http.retry import Failure
from connectors.http.transport import RawResponse, Timeouts, Transport

Play = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]"
# Long enough for a busy machine; a test of time-outs passes its own.
TIMES = Timeouts(total=30.0, connect=20.0, silence=20.0)
LIMITS = Limits(bytes=1_000_000)


@asynccontextmanager
async def system(play: Play, times: Timeouts = TIMES) -> AsyncIterator[tuple[Transport, list[int]]]:
    """Run a system that plays something on each connection; yield a transport for it and a list of its connections."""
    opened: list[int] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        opened.append(len(opened))
        try:
            await play(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    transport = Transport("Payroll", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", times, LIMITS)
    try:
        yield transport, opened
    finally:
        await transport.close()
        server.close()


async def ask(transport: Transport) -> RawResponse:
    await asyncio.sleep(0.005)  # by then the connection of the request before is free
    response = await transport.exchange("GET", "/x", {})
    assert isinstance(response, RawResponse), response
    return response


async def fail(transport: Transport, method: str = "POST") -> Failure:
    failure = await transport.exchange(method, "/x", {}, b"{}" if method == "POST" else None)
    assert isinstance(failure, Failure), failure
    return failure


def saying(*pieces: bytes) -> Play:
    """Respond to each request on a connection with these pieces, a moment between them."""

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await reader.readuntil(b"\r\n\r\n")
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0.01)

    return play


def closing(*pieces: bytes) -> Play:
    """Respond to one request with these pieces and close the connection."""

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for piece in pieces:
            writer.write(piece)
        await writer.drain()

    return play
