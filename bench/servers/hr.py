"""The HR system of the bench: whole employees in pages, which are made in advance."""

from __future__ import annotations

from typing import Any

import orjson

from bench.people import PAGE, changed, employee
from bench.servers import http_server
from bench.servers.http_server import NOT_FOUND, Response


class Hr:
    """The employees, some of them perhaps in another version."""

    def __init__(self, employees: int) -> None:
        self._employees, self._every, self._version = employees, 0, 0
        self._pages = self._whole_pages()

    def _person(self, number: int) -> dict[str, Any]:
        return employee(number, self._version if changed(number, self._every) else 0)

    def _whole_pages(self) -> list[bytes]:
        starts = range(0, self._employees, PAGE)
        return [
            orjson.dumps(
                {
                    "people": [
                        self._person(each) for each in range(start, min(start + PAGE, self._employees))
                    ],
                    "pages": len(starts),
                }
            )
            for start in starts
        ]

    def respond(self, method: bytes, path: bytes, query: dict[bytes, bytes], body: bytes) -> Response:
        """Respond to a request of a client."""
        if path == b"/people":
            page = int(query[b"page"])
            return 200, self._pages[page] if page < len(self._pages) else b'{"people":[]}'
        if path == b"/company":
            return 200, b'{"id":"1","name":"Harbour Foods"}'
        number = int(path.rpartition(b"/e")[2])
        return (200, orjson.dumps(self._person(number))) if number < self._employees else NOT_FOUND

    def control(self, action: str, options: dict[str, Any]) -> Any:
        """Show one in ``every`` employees in a version."""
        before = self._every, self._version
        self._every, self._version = options.get("every", 0), options.get("version", 0)
        if before != (self._every, self._version):
            self._pages = self._whole_pages()
        return {}


if __name__ == "__main__":
    http_server.run(Hr)
