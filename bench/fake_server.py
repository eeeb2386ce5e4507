"""A source and a target for measuring: HTTP/1.1 by hand, pages prepared in advance, bodies kept as received.

GET  /people?page=N            a page of the source      POST /control/reset {"every": 100, "version": 1, "keep": true}
GET  /payroll?page=N           a page of the target      GET  /control/state
GET|PUT /payroll/ID  POST /payroll                       GET  /control/verify
POST|PUT /payroll/batch        a list in, a list of responses out
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Callable
from typing import Any

import orjson
import uvloop

from bench.people import PAGE, changed, payroll, source

HEAD = b"HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
Response = tuple[int, bytes]


class Systems:
    """What the source shows, what the target holds, and how many requests it had."""

    def __init__(self, employees: int, latency: float, limit: float) -> None:
        self.employees, self.latency, self.limit = employees, latency, limit
        self.stored: list[bytes] = []
        # Batches as received, with the number of the first employee in each.
        self.unread_batches: list[tuple[int, bytes]] = []
        self.counts: dict[str, int] = {}
        self.refilled_at, self.tokens = time.monotonic(), 1.0
        self.show(0, 0)

    def show(self, every: int, version: int) -> None:
        """Prepare the pages of the source, with some employees in another version."""
        self.people = [
            source(number, version if changed(number, every) else 0) for number in range(self.employees)
        ]
        starts = range(0, self.employees, PAGE)
        self.pages = [orjson.dumps(self.people[start : start + PAGE]) for start in starts]

    def reset(self, options: dict[str, Any]) -> bytes:
        """Empty the target, unless ``keep`` is set, and reset the counts."""
        if not options.get("keep"):
            self.stored.clear()
            self.unread_batches.clear()
        self.latency, self.limit = options.get("latency", self.latency), options.get("limit", self.limit)
        self.show(options.get("every", 0), options.get("version", 0))
        self.counts.clear()
        self.refilled_at, self.tokens = time.monotonic(), 1.0
        return b"{}"

    def exceeds_limit(self) -> bool:
        """Say whether a request exceeds the rate limit: a token bucket that holds one second's worth."""
        if not self.limit:
            return False
        now = time.monotonic()
        self.tokens = min(max(1.0, self.limit), self.tokens + (now - self.refilled_at) * self.limit)
        self.refilled_at = now
        if self.tokens < 1:
            return True
        self.tokens -= 1
        return False

    def verify(self) -> bytes:
        """Compare what the target holds with what it should hold."""
        self.read_batches()
        expected = {person["employeeNumber"]: payroll(person) for person in self.people}
        wrong = 0
        for body in self.stored:
            employee = orjson.loads(body)
            wrong += expected.pop(employee.get("externalId"), None) != employee
        return orjson.dumps({"wrong": wrong, "missing": len(expected), "held": len(self.stored)})

    def create(self, body: bytes) -> bytes:
        """Store a new employee and return their id."""
        self.stored.append(body)
        return b'{"id":"T%d"}' % (len(self.stored) - 1)

    def create_batch(self, body: bytes) -> bytes:
        """Store a list of new employees, to be parsed when one of them is needed."""
        first, number = len(self.stored), body.count(b'"externalId":')
        self.unread_batches.append((first, body))
        self.stored += [b""] * number
        return b"[" + b",".join(b'{"id":"T%d"}' % each for each in range(first, first + number)) + b"]"

    def read_batches(self) -> None:
        """Parse the batches."""
        for first, body in self.unread_batches:
            entries = [orjson.dumps(entry) for entry in orjson.loads(body)]
            self.stored[first : first + len(entries)] = entries
        self.unread_batches.clear()

    def replace(self, number: int, body: bytes) -> Response:
        """Replace an employee."""
        if not 0 <= number < len(self.stored):
            return 404, b"{}"
        self.stored[number] = body
        return 200, b'{"id":"T%d"}' % number

    def batch(self, method: bytes, body: bytes) -> Response:
        """Store a list of new employees, or of changed ones as {"id", "employee"}."""
        if method == b"POST":
            return 200, self.create_batch(body)
        self.read_batches()
        entries = orjson.loads(body)
        responses = [
            self.replace(int(entry["id"][1:]), orjson.dumps(entry["employee"]))[1] for entry in entries
        ]
        return 200, b"[" + b",".join(responses) + b"]"

    def page(self, page: int) -> bytes:
        """Return a page of the target."""
        start = page * PAGE
        entries = [
            b'{"id":"T%d","employee":%b}' % (start + offset, body)
            for offset, body in enumerate(self.stored[start : start + PAGE])
        ]
        return b"[" + b",".join(entries) + b"]"

    def target(self, method: bytes, rest: bytes, body: bytes) -> Response:
        """Respond to a request to the target; ``rest`` is what follows /payroll."""
        if self.exceeds_limit():
            self.counts["429"] = self.counts.get("429", 0) + 1
            return 429, b"{}"
        if method == b"POST" and not rest:
            return 200, self.create(body)
        if rest == b"/batch":
            return self.batch(method, body)
        self.read_batches()
        if rest.startswith(b"?page="):
            return 200, self.page(int(rest[6:]))
        number = int(rest[2:])
        if method == b"PUT":
            return self.replace(number, body)
        return (
            (200, b'{"id":"T%d","employee":%b}' % (number, self.stored[number]))
            if number < len(self.stored)
            else (404, b"{}")
        )

    def control(self, action: bytes, body: bytes) -> bytes:
        """Respond to the bench itself."""
        if action == b"verify":
            return self.verify()
        return self.reset(orjson.loads(body)) if action == b"reset" else orjson.dumps(self.counts)

    def respond(self, method: bytes, path: bytes, body: bytes) -> tuple[int, bytes, float]:
        """Return status and body, and how long to wait before sending them."""
        if path.startswith(b"/payroll"):
            name = method.decode()
            self.counts[name] = self.counts.get(name, 0) + 1
            return *self.target(method, path[8:], body), self.latency
        if path.startswith(b"/control/"):
            return 200, self.control(path[9:], body), 0.0
        page = int(path.rpartition(b"=")[2])
        return 200, self.pages[page] if page < len(self.pages) else b"[]", 0.0


class HttpConnection(asyncio.Protocol):
    """One connection; a client sends its next request after the response."""

    def __init__(self, systems: Systems, later: Callable[..., object]) -> None:
        self.systems, self.later, self.received = systems, later, b""

    def connection_made(self, transport: Any) -> None:
        """Keep the transport to respond on."""
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Respond once head and body are complete."""
        self.received = data = self.received + data if self.received else data
        head, gap, body = data.partition(b"\r\n\r\n")
        if not gap:
            return
        if (header := head.find(b"ontent-Length:")) < 0:
            header = head.find(b"ontent-length:")
        if header >= 0 and len(body) < int(head[header + 14 :].split(b"\r\n", 1)[0]):
            return
        self.received = b""
        method, path, _ = head.split(b" ", 2)
        status, text, wait = self.systems.respond(method, path, body)
        reply = HEAD % (status, len(text)) + text
        if wait:
            self.later(wait, self.transport.write, reply)
        else:
            self.transport.write(reply)


async def serve(systems: Systems, port: int) -> None:
    """Serve until the process is killed; print the port once it listens."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: HttpConnection(systems, loop.call_later), "127.0.0.1", port, backlog=512
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--employees", type=int, required=True)
    options = parser.parse_args()
    uvloop.run(serve(Systems(options.employees, 0.0, 0.0), 0))
