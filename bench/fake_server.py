"""A source and a target for measuring: HTTP/1.1 by hand on one core, answers made ahead, bodies kept as they came.

GET  /people?page=N            a page of the source      POST /control/reset {"every": 100, "version": 1, "keep": true}
GET  /payroll?page=N           a page of the target      GET  /control/state
GET|PUT /payroll/ID  POST /payroll                       GET  /control/verify
POST|PUT /payroll/batch        a list in, a list of answers out
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
Answer = tuple[int, bytes]


class World:
    """What the source shows, what the target has taken, and how often each was asked."""

    def __init__(self, employees: int, latency: float, limit: float) -> None:
        """Make the pages of the source ahead."""
        self.employees, self.latency, self.limit = employees, latency, limit
        self.stored: list[bytes] = []
        # Many who came together, as they came, with the number of the first.
        self.unopened: list[tuple[int, bytes]] = []
        self.counts: dict[str, int] = {}
        self.began, self.allowed = time.monotonic(), 1.0
        self.show(0, 0)

    def show(self, every: int, version: int) -> None:
        """Let the source show everybody, some of them in another version."""
        self.people = [source(one, version if changed(one, every) else 0) for one in range(self.employees)]
        self.pages = [orjson.dumps(self.people[at : at + PAGE]) for at in range(0, self.employees, PAGE)]

    def reset(self, wish: dict[str, Any]) -> bytes:
        """Empty the target unless told otherwise, and begin to count anew."""
        if not wish.get("keep"):
            self.stored.clear()
            self.unopened.clear()
        self.latency, self.limit = wish.get("latency", self.latency), wish.get("limit", self.limit)
        self.show(wish.get("every", 0), wish.get("version", 0))
        self.counts.clear()
        self.began, self.allowed = time.monotonic(), 1.0
        return b"{}"

    def refuses(self) -> bool:
        """Say whether a request to the target comes too early: a bucket that holds one second's worth at most."""
        if not self.limit:
            return False
        now = time.monotonic()
        self.allowed = min(max(1.0, self.limit), self.allowed + (now - self.began) * self.limit)
        self.began = now
        if self.allowed < 1:
            return True
        self.allowed -= 1
        return False

    def verify(self) -> bytes:
        """Compare field by field what the target holds with what it has to hold."""
        self.open()
        expected = {person["employeeNumber"]: payroll(person) for person in self.people}
        wrong = 0
        for body in self.stored:
            held = orjson.loads(body)
            wrong += expected.pop(held.get("externalId"), None) != held
        return orjson.dumps({"wrong": wrong, "missing": len(expected), "held": len(self.stored)})

    def take(self, body: bytes) -> bytes:
        """Keep a new employee and answer with their id."""
        self.stored.append(body)
        return b'{"id":"T%d"}' % (len(self.stored) - 1)

    def take_many(self, body: bytes) -> bytes:
        """Keep a list of new employees, to be taken apart when somebody asks for one of them."""
        first, number = len(self.stored), body.count(b'"externalId":')
        self.unopened.append((first, body))
        self.stored += [b""] * number
        return b"[" + b",".join(b'{"id":"T%d"}' % one for one in range(first, first + number)) + b"]"

    def open(self) -> None:
        """Take apart what came together."""
        for first, body in self.unopened:
            entries = [orjson.dumps(entry) for entry in orjson.loads(body)]
            self.stored[first : first + len(entries)] = entries
        self.unopened.clear()

    def put(self, number: int, body: bytes) -> Answer:
        """Replace an employee."""
        if not 0 <= number < len(self.stored):
            return 404, b"{}"
        self.stored[number] = body
        return 200, b'{"id":"T%d"}' % number

    def batch(self, method: bytes, body: bytes) -> Answer:
        """Take a list of employees, new ones or {"id", "employee"}."""
        if method == b"POST":
            return 200, self.take_many(body)
        self.open()
        entries = orjson.loads(body)
        answers = [self.put(int(entry["id"][1:]), orjson.dumps(entry["employee"]))[1] for entry in entries]
        return 200, b"[" + b",".join(answers) + b"]"

    def listed(self, page: int) -> bytes:
        """Return a page of the target."""
        begin = page * PAGE
        entries = [
            b'{"id":"T%d","employee":%b}' % (begin + at, body)
            for at, body in enumerate(self.stored[begin : begin + PAGE])
        ]
        return b"[" + b",".join(entries) + b"]"

    def target(self, method: bytes, rest: bytes, body: bytes) -> Answer:
        """Answer a request to the target; ``rest`` is what follows /payroll."""
        if self.refuses():
            self.counts["429"] = self.counts.get("429", 0) + 1
            return 429, b"{}"
        if method == b"POST" and not rest:
            return 200, self.take(body)
        if rest == b"/batch":
            return self.batch(method, body)
        self.open()
        if rest.startswith(b"?page="):
            return 200, self.listed(int(rest[6:]))
        number = int(rest[2:])
        if method == b"PUT":
            return self.put(number, body)
        return (
            (200, b'{"id":"T%d","employee":%b}' % (number, self.stored[number]))
            if number < len(self.stored)
            else (404, b"{}")
        )

    def control(self, what: bytes, body: bytes) -> bytes:
        """Answer the bench itself."""
        if what == b"verify":
            return self.verify()
        return self.reset(orjson.loads(body)) if what == b"reset" else orjson.dumps(self.counts)

    def answer(self, method: bytes, path: bytes, body: bytes) -> tuple[int, bytes, float]:
        """Return status, body and how long to wait before they are sent."""
        if path.startswith(b"/payroll"):
            name = method.decode()
            self.counts[name] = self.counts.get(name, 0) + 1
            return *self.target(method, path[8:], body), self.latency
        if path.startswith(b"/control/"):
            return 200, self.control(path[9:], body), 0.0
        page = int(path.rpartition(b"=")[2])
        return 200, self.pages[page] if page < len(self.pages) else b"[]", 0.0


class HttpConnection(asyncio.Protocol):
    """One connection; a client sends its next request when it has the answer."""

    def __init__(self, world: World, later: Callable[..., object]) -> None:
        """Begin with nothing received."""
        self.world, self.later, self.received = world, later, b""

    def connection_made(self, transport: Any) -> None:
        """Remember where to answer."""
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer once head and body are complete."""
        self.received = data = self.received + data if self.received else data
        head, gap, body = data.partition(b"\r\n\r\n")
        if not gap:
            return
        if (at := head.find(b"ontent-Length:")) < 0:
            at = head.find(b"ontent-length:")
        if at >= 0 and len(body) < int(head[at + 14 :].split(b"\r\n", 1)[0]):
            return
        self.received = b""
        method, path, _ = head.split(b" ", 2)
        status, text, wait = self.world.answer(method, path, body)
        reply = HEAD % (status, len(text)) + text
        if wait:
            self.later(wait, self.transport.write, reply)
        else:
            self.transport.write(reply)


async def serve(world: World, port: int) -> None:
    """Answer until the process is ended; say on standard output when it begins."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: HttpConnection(world, loop.call_later), "127.0.0.1", port, backlog=512
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--employees", type=int, required=True)
    given = arguments.parse_args()
    uvloop.run(serve(World(given.employees, 0.0, 0.0), 0))
