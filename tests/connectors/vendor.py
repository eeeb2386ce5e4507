"""A vendor's system in a thread of this process: a function answers each request, and all requests are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

import orjson


class Asked(NamedTuple):
    """One request as it arrived; ``form`` and ``json`` are what its body says."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


class Answer(NamedTuple):
    """What the system answers."""

    status: int = 200
    json: Any = None
    headers: Mapping[str, str] = {}


Reply = Callable[[Asked], Answer]


@dataclass
class Vendor:
    """A running system."""

    url: str
    asked: list[Asked] = field(default_factory=list)

    def sent(self, method: str, path: str) -> list[Asked]:
        """Return the requests of one kind."""
        return [each for each in self.asked if (each.method, each.path) == (method, path)]


@contextmanager
def vendor(reply: Reply) -> Iterator[Vendor]:
    """Run a system that answers as a function says."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, parts.path, dict(parse_qsl(parts.query)), headers, body)
            running.asked.append(asked)
            answer = reply(asked)
            data = b"" if answer.json is None else orjson.dumps(answer.json)
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        setattr(Handler, f"do_{method}", Handler.answer)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    running = Vendor(f"http://127.0.0.1:{server.server_port}")
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield running
    finally:
        server.shutdown()
        server.server_close()
