"""Call an application in this process as a server would, from any address and with any scheme."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Scope


@dataclass(frozen=True)
class Answer:
    """What came back; of a websocket, ``text`` is the last that was sent and ``status`` 0."""

    status: int
    headers: Headers
    text: str
    types: tuple[str, ...]


def ask(
    app: ASGIApp,
    url: str,
    headers: Mapping[str, str] | None = None,
    *,
    peer: str = "192.0.2.1",
    kind: str = "http",
    method: str = "GET",
) -> Answer:
    """Send one request, or open one websocket, and return the answer."""
    parts = urlsplit(url)
    raw = [
        (name.encode(), value.encode()) for name, value in {"host": parts.netloc, **(headers or {})}.items()
    ]
    scope: Scope = {
        "type": kind,
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": parts.scheme,
        "path": parts.path,
        "raw_path": parts.path.encode(),
        "query_string": parts.query.encode(),
        "root_path": "",
        "headers": raw,
        "client": (peer, 5000),
        "server": (parts.hostname, 80),
        "subprotocols": [],
    }
    return asyncio.run(_exchange(app, scope))


async def _exchange(app: ASGIApp, scope: Scope) -> Answer:
    sent: list[Message] = []
    opening = {"type": "http.request"} if scope["type"] == "http" else {"type": "websocket.connect"}
    asked = [opening]

    async def receive() -> Message:
        return asked.pop() if asked else await asyncio.Event().wait()  # type: ignore[return-value]

    async def send(message: Message) -> None:
        sent.append(message)

    async with asyncio.timeout(30):
        await app(scope, receive, send)
    start = next((message for message in sent if message["type"] == "http.response.start"), {})
    body = b"".join(message.get("body", b"") for message in sent).decode()
    texts = [message["text"] for message in sent if "text" in message]
    return Answer(
        start.get("status", 0),
        Headers(raw=start.get("headers", [])),
        body or "".join(texts),
        tuple(m["type"] for m in sent),
    )
