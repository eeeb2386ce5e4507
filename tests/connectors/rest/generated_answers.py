"""What a system could answer that a file describes, made by chance."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from random import Random
from typing import Any

from connectors.rest import paths
from connectors.rest.description import roles
from connectors.rest.description.document import Description
from tests.connectors.stand_ins import Asked, Script, reply

Json = dict[str, Any]
# What a system can have in a place where a value is expected.
VALUES: list[Any] = [
    *[
        None,
        "",
        " ",
        0,
        1,
        -5,
        4000.0,
        1e300,
        True,
        False,
        [],
        {},
        [1],
        {"a": 1},
        [{"a": None}],
        [[]],
        "x" * 300,
    ],
    *[
        "Jo",
        "O’Brien",
        "1980-02-01",
        "1/2/1980",
        "2024-13-45",
        "/Date(1)/",
        "0001-01-01",
        "0412 345 678",
        "+64 21 1",
    ],
    *[
        "jo@example.com",
        "123 456 782",
        "###-###-782",
        "064-000",
        "12345678",
        "true",
        "Australia",
        "NZ",
        "Terminated",
    ],
    *["\u202e", "²", "\ud7ff", "9" * 40, "5 %", "12.5", "-", "Ж" * 5],
]


class Answers(Script):
    """What a described system answers: employees where the file says that they are, with values of every kind."""

    def __init__(self, random: Random, description: Description) -> None:
        super().__init__([])
        self._random, self._description = random, description

    async def _reply(self, writer: asyncio.StreamWriter) -> bool:
        self.answers = [self._to(self.asked[-1])]
        return await super()._reply(writer)

    def _to(self, asked: Asked) -> bytes:
        """Return the response to a request: mostly what the file says, and sometimes anything."""
        random = self._random
        if random.random() < 0.25:
            status, body = (
                random.choice([200, 202, 204, 404, 422]),
                random.choice([*VALUES, self._employee()]),
            )
        else:
            status, body = random.choice([200, 201]), self._body(asked.method, asked.path.partition("?")[0])
        headers: Any = {"Location": "/people/7"} if random.random() < 0.2 else {}
        return reply(status, None if status == 204 else body, **headers)

    def _body(self, method: str, path: str) -> Any:
        endpoints, random = self._description.employees, self._random
        bulk = endpoints.create_many if method == "POST" else endpoints.update_many
        if method != "GET" and bulk is not None and random.random() < 0.5:
            results = [
                self._place({}, {bulk.results.status: 200, bulk.results.position: row}) for row in range(2)
            ]
            return self._around(bulk.results.records, results)
        if method == "GET" and path == endpoints.list.path:
            entries = [
                self._around(endpoints.list.record, self._employee()) for _ in range(random.randint(0, 3))
            ]
            return self._around(endpoints.list.records, entries)
        endpoint = random.choice([endpoints.get, endpoints.create, endpoints.update])
        return self._around(endpoint.record if endpoint else None, self._employee())

    def _around(self, path: str | None, value: Any) -> Any:
        return value if path is None else self._place({}, {path: value})

    def _employee(self) -> Json:
        description, random = self._description, self._random
        names: list[str] = [field.name for field in description.target.fields] if description.target else []
        if description.source is not None:
            for entry in description.source.employee.values():
                names += [entry] if isinstance(entry, str) else []
                names += [entry.at] if isinstance(entry, roles.SourceValue) else []
                names += [entry.each] if isinstance(entry, roles.SourceItems) else []
            names += [description.source.mark or "v1"]
        shown: Json = {}
        values: list[Any] = random.choice([VALUES, [None, "2024-01-01"], ["1/2/1980", []]])
        for name in names:
            if random.random() < 0.8:
                self._place(shown, {name: random.choice(values)})
        identifier = random.choice([*range(9), "7", "a b", None])
        return self._place(shown, {description.employees.id: identifier, description.check.id: 5})

    def _place(self, data: Json, values: Mapping[str | None, Any]) -> Json:
        for path, value in values.items():
            if path is not None:
                paths.set_value(data, path, value)
        return data
