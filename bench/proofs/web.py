"""One server for all systems: the described ones of this package, and the sandbox."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import parse_qsl

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from harness.sandbox import _served
from sandbox.app import create_app
from sandbox.world import World


@dataclass(frozen=True, slots=True)
class Answer:
    """What a described system answers; without a status the connection is closed instead."""

    status: int | None
    data: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


class DescribedSystem(Protocol):
    """A system that a description makes known to iHUB."""

    def answer(self, method: str, path: str, query: Mapping[str, str], sent: Any) -> Answer:
        """Answer one request."""


class Web:
    """The systems of the company that is being tried; all companies of a process use one server."""

    def __init__(self, world: World) -> None:
        self.url, self.world = "", world
        self.described: dict[str, DescribedSystem] = {}
        # What happens once, before a payroll of the sandbox gives a page that is not the first one.
        self.between_pages: Callable[[], None] | None = None
        self._sandbox: ASGIApp = create_app(world)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        path, query = scope["path"], scope["query_string"].decode()
        _, name, rest = path.split("/", 2)
        system = self.described.get(name)
        if system is None:
            if self.between_pages is not None and scope["method"] == "GET" and _is_later_page(path, query):
                happen, self.between_pages = self.between_pages, None
                happen()
            await self._sandbox(scope, receive, send)
            return
        body = await _body(receive)
        sent = orjson.loads(body) if body else None
        answer = system.answer(scope["method"], f"/{rest}", dict(parse_qsl(query)), sent)
        await _reply(answer, send)


def _is_later_page(path: str, query: str) -> bool:
    asked = dict(parse_qsl(query))
    is_list = path.endswith(("/employees", "/unstructured"))
    return is_list and (asked.get("page", "0"), asked.get("$skip", "0")) != ("0", "0")


async def _body(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


async def _reply(answer: Answer, send: Send) -> None:
    if answer.status is None:
        transport = getattr(getattr(send, "__self__", None), "transport", None)
        if transport is not None:
            transport.abort()
        return
    headers = {"content-type": "application/json", **answer.headers}
    start: Message = {
        "type": "http.response.start",
        "status": answer.status,
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    await send(start)
    await send(
        {"type": "http.response.body", "body": b"" if answer.data is None else orjson.dumps(answer.data)}
    )


@contextmanager
def served() -> Iterator[Web]:
    """Serve all systems on a free port."""
    world = World(None, 1, 0)
    web = Web(world)
    with _served(web) as port:
        web.url = f"http://127.0.0.1:{port}"
        yield web
    world.close()
