"""Runs from a source that a file describes, over HTTP, into a payroll in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, cast

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from core.sides.system_pair import SystemPair
from tests.connectors.rest.stand_in import StandIn
from tests.connectors.stand_ins import Held
from tests.core.sync.conftest import Hub
from tests.core.sync.described import QUICK, connector_described

PEOPLE = """\
kind: people
name: People
summary: An HR system.
url: https://people.example.com
requests_per_second: 1000
authorisation: {kind: none}
check: {path: /me, id: number}
employees:
  id: id
  list: {path: /people, records: people, paging: PAGING}
source:
  employee:
    first_name: given
    surname: family
    date_of_birth: born
    mobile: mobile
    status: status
    start_date: start
    end_date: end
    address.postcode: postcode
"""
OFFSET = "{kind: offset, parameter: skip, size_parameter: top}"
NUMBERS = "{kind: page, parameter: page, size_parameter: top}"
ONE_PAGE = "{kind: link, next: next}"


def employee(number: int, **changes: Any) -> dict[str, Any]:
    """Return an employee as the HR system lists them."""
    return {
        "id": number,
        "given": f"Given{number}",
        "family": f"Surname{number}",
        "born": f"1980-01-{1 + number % 28:02d}",
        "mobile": f"0411 222 {number:03d}",
        "status": "Current",
        "start": "2024-02-01",
        "end": None,
    } | changes


class People(StandIn):
    """A list whose answers the test gives: by offset and size, or whatever ``answer`` returns."""

    def __init__(self) -> None:
        super().__init__()
        self.people = [employee(number) for number in range(1, 8)]
        self.answer: Callable[[dict[str, str], int], Response] = self.page
        self.before_request: Callable[[int], None] = lambda _: None
        self.lists = 0
        self.total = False

    def is_signed_in(self, request: Request) -> bool:
        """Accept every request."""
        return True

    def app(self) -> Starlette:
        """Return it as a web application."""
        return Starlette(
            routes=[
                Route("/me", self.answering(lambda _, __: JSONResponse({"number": 1}))),
                Route("/people", self.answering(self._list)),
            ]
        )

    def _list(self, request: Request, _: None) -> Response:
        self.lists += 1
        self.before_request(self.lists)
        return self.answer(dict(request.query_params), self.lists)

    def page(self, query: dict[str, str], _: int) -> Response:
        """Return one page."""
        size = int(query.get("top", 100))
        start = int(query.get("skip", int(query.get("page", 0)) * size))
        total = {"total": len(self.people)} if self.total else {}
        return JSONResponse({"people": self.people[start : start + size], **total})


@dataclass
class SourceHub(Hub):
    """A connection whose source is a described system; its target is in memory."""

    people: Any = None
    paging: str = OFFSET

    def systems(self, pairing_id: int) -> SystemPair:
        """Pair the described source with the target in memory."""
        entry = connector_described("people", PEOPLE.replace("PAGING", self.paging))
        assert entry.source is not None
        settings = {"url": self.people.url} | ({"page_size": 3} if "size_parameter" in self.paging else {})
        source = entry.source(entry.settings.model_validate(settings), Held(), retry=QUICK)
        return replace(super().systems(pairing_id), source=cast(Any, source), source_connector=entry)

    def payroll(self) -> list[str]:
        """Return the surnames in payroll."""
        return sorted(str(values["surname"]) for values in self.target.records.values())
