"""The payroll of the bench: it keeps what it gets as it came, and at the end compares it with what it should hold."""

from __future__ import annotations

from typing import Any

import orjson

from bench.people import PAGE, changed, employee, extra, payroll
from bench.servers import http_server
from bench.servers.http_server import NOT_FOUND, Response

Json = dict[str, Any]


class Payroll:
    """The employees that were sent; the id of each is T and their place in the list."""

    def __init__(self, employees: int) -> None:
        self._employees = employees
        self._stored: list[bytes] = []

    def respond(self, method: bytes, path: bytes, query: dict[bytes, bytes], body: bytes) -> Response:
        """Respond to a request of a client."""
        if path == b"/employees":
            return 200, self._page(int(query[b"page"])) if method == b"GET" else self._create(body)
        if path == b"/employees/many":
            return 200, b"[" + b",".join(
                self._create(orjson.dumps(each)) for each in orjson.loads(body)
            ) + b"]"
        if path == b"/company":
            return 200, b'{"id":"1","name":"Harbour Foods"}'
        number = int(path.rpartition(b"/T")[2])
        if number >= len(self._stored):
            return NOT_FOUND
        if method == b"GET":
            return 200, self._shown(number)
        self._stored[number] = orjson.dumps(_merged(orjson.loads(self._stored[number]), orjson.loads(body)))
        return 200, b'{"id":"T%d"}' % number

    def _create(self, body: bytes) -> bytes:
        self._stored.append(body)
        return b'{"id":"T%d"}' % (len(self._stored) - 1)

    def _shown(self, number: int) -> bytes:
        return b'{"id":"T%d",%b' % (number, self._stored[number][1:])

    def _page(self, page: int) -> bytes:
        numbers = range(page * PAGE, min((page + 1) * PAGE, len(self._stored)))
        pages = -(-len(self._stored) // PAGE)
        return b'{"employees":[' + b",".join(map(self._shown, numbers)) + b'],"pages":%d}' % pages

    def control(self, action: str, options: Json) -> Any:
        """Empty the target unless ``keep`` is set, or compare what it holds with what it should hold."""
        if action == "verify":
            return self._verify(options.get("every", 0), options.get("version", 0))
        if not options.get("keep"):
            self._stored.clear()
        return {}

    def _verify(self, every: int, version: int) -> Json:
        wrong, seen = 0, set()
        for body in self._stored:
            held = orjson.loads(body)
            number = int(held["employeeNumber"]) - 100_000
            seen.add(number)
            person = employee(number, version if changed(number, every) else 0)
            wrong += held != payroll(person) | ({"extra": extra(person)} if "extra" in held else {})
        return {"wrong": wrong, "missing": self._employees - len(seen), "held": len(self._stored)}


def _merged(held: Json, sent: Json) -> Json:
    """Return an employee with what a PATCH changes."""
    return held | {
        name: _merged(held.get(name, {}), value) if isinstance(value, dict) else value
        for name, value in sent.items()
    }


if __name__ == "__main__":
    http_server.run(Payroll)
