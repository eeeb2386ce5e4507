"""HTTP/1.1 by hand on uvloop, so that the systems of the bench are never what a measurement waits for."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable
from typing import Any, Protocol

import orjson
import uvloop

HEAD = b"HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
LENGTH = b"\r\ncontent-length:"
DIGITS = b"0123456789"
NOT_FOUND = 404, b"{}"
Response = tuple[int, bytes]


class System(Protocol):
    """A system of the bench."""

    def respond(self, method: bytes, path: bytes, query: dict[bytes, bytes], body: bytes) -> Response:
        """Return the status and body of the response to a request."""

    def control(self, action: str, options: dict[str, Any]) -> Any:
        """Do what the bench itself asks for."""


class Server:
    """A system with its latency, and how many requests of each kind it had."""

    def __init__(self, system: System) -> None:
        self._system, self._latency, self._counts = system, 0.0, dict[str, int]()

    def respond(self, method: bytes, target: bytes, body: bytes) -> tuple[int, bytes, float]:
        """Return status and body, and how many seconds to wait before sending them."""
        path, _, query = target.partition(b"?")
        if path.startswith(b"/control/"):
            return 200, orjson.dumps(self._control(path[9:].decode(), orjson.loads(body))), 0.0
        name = f"{method.decode()} {path.rstrip(DIGITS).decode()}"
        self._counts[name] = self._counts.get(name, 0) + 1
        pairs = (pair.partition(b"=") for pair in query.split(b"&")) if query else ()
        status, answer = self._system.respond(method, path, {key: value for key, _, value in pairs}, body)
        return status, answer, self._latency

    def _control(self, action: str, options: dict[str, Any]) -> Any:
        if action == "counts":
            return self._counts
        if action == "reset":
            self._counts.clear()
            self._latency = options.pop("latency", 0.0)
        return self._system.control(action, options)


class HttpConnection(asyncio.Protocol):
    """One connection; a client sends its next request after the response."""

    def __init__(self, server: Server, later: Callable[..., object]) -> None:
        self._server, self._later, self._received = server, later, b""

    def connection_made(self, transport: Any) -> None:
        """Keep the transport to respond on."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Respond once head and body are complete."""
        self._received = data = self._received + data if self._received else data
        head, gap, body = data.partition(b"\r\n\r\n")
        if not gap:
            return
        _, declared, length = head.lower().partition(LENGTH)
        if declared and len(body) < int(length.split(b"\r\n", 1)[0]):
            return
        self._received = b""
        method, target, _ = head.split(b" ", 2)
        self.answer(method, target, body)

    def answer(self, method: bytes, target: bytes, body: bytes) -> None:
        """Have the system respond, and send its response after its latency."""
        status, text, wait = self._server.respond(method, target, body)
        reply = HEAD % (status, len(text)) + text
        if wait:
            self._later(wait, self._transport.write, reply)
        else:
            self._transport.write(reply)


Connections = Callable[[Server, Callable[..., object]], HttpConnection]


async def serve(server: Server, port: int = 0, connections: Connections = HttpConnection) -> None:
    """Serve on a port, or on any that is free, until the process is killed; print the port once it listens."""
    loop = asyncio.get_running_loop()
    listener = await loop.create_server(
        lambda: connections(server, loop.call_later), "127.0.0.1", port, backlog=512
    )
    print(listener.sockets[0].getsockname()[1], flush=True)
    await listener.serve_forever()


def run(system: Callable[[int], System]) -> None:
    """Serve a system with the number of employees of the command line until the process is killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--employees", type=int, required=True)
    options = parser.parse_args()
    uvloop.run(serve(Server(system(options.employees))))
