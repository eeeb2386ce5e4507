"""The payroll of the described path. It refuses nothing, so that an employee created twice is there twice."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import orjson

from bench.chaos.described.journal import Journal
from bench.servers.http_server import NOT_FOUND, Response
from bench.servers.payroll import Payroll

Json = dict[str, Any]


class JournaledPayroll(Payroll):
    """The payroll of the bench, which keeps each change in a journal before it makes it."""

    def __init__(self, file: Path) -> None:
        super().__init__(0)
        self._journal = Journal(file)
        self._created: Counter[str] = Counter()
        for change in self._journal.changes():
            self._change(change["method"].encode(), change["path"].encode(), change["body"].encode())

    def respond(self, method: bytes, path: bytes, query: dict[bytes, bytes], body: bytes) -> Response:
        """Respond to a request of a client."""
        if method == b"GET":
            return super().respond(method, path, query, body)
        if method == b"PATCH" and super().respond(b"GET", path, {}, b"") == NOT_FOUND:
            return NOT_FOUND
        self._journal.keep({"method": method.decode(), "path": path.decode(), "body": body.decode()})
        return self._change(method, path, body)

    def _change(self, method: bytes, path: bytes, body: bytes) -> Response:
        if method == b"POST":
            self._created[orjson.loads(body)["employeeNumber"]] += 1
        return super().respond(method, path, {}, body)

    def control(self, action: str, options: Json) -> Any:
        """Show everyone, or how often each was created."""
        return self._created if action == "created" else [orjson.loads(each) for each in self._stored]
