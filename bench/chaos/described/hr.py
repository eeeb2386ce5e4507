"""The HR system of the described path, whose people the chaos program hires and changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from bench.chaos.described.journal import Journal
from bench.people import PAGE
from bench.servers.http_server import NOT_FOUND, Response

Json = dict[str, Any]


class Hr:
    """Everyone by id, as kept in a journal."""

    def __init__(self, file: Path) -> None:
        self._people: dict[str, Json] = {}
        self._journal = Journal(file)
        for person in self._journal.changes():
            self._people[person["id"]] = person

    def respond(self, method: bytes, path: bytes, query: dict[bytes, bytes], body: bytes) -> Response:
        """Respond to a request of a client."""
        if path == b"/company":
            return 200, b'{"id":"1","name":"Harbour Foods"}'
        if path == b"/people":
            start = int(query[b"page"]) * PAGE
            people = list(self._people.values())
            return 200, orjson.dumps(
                {"people": people[start : start + PAGE], "pages": -(-len(people) // PAGE)}
            )
        person = self._people.get(path.rpartition(b"/")[2].decode())
        return (200, orjson.dumps(person)) if person else NOT_FOUND

    def control(self, action: str, options: Json) -> Any:
        """Hire or change people, or show everyone."""
        if action == "put":
            for person in options["people"]:
                self._journal.keep(person)
                self._people[person["id"]] = person
        return list(self._people.values())
