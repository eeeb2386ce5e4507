"""A stand-in of a small HR system that supports every kind of paging."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from harness.sandbox import _served
from tests.connectors.rest.stand_in import StandIn

TOKEN = "staff-token"
DESCRIPTION = """\
kind: staff
name: Staff
summary: A small HR system.
url: https://staff.example.com
requests_per_second: 100
authorisation: {kind: header, header: X-Token, prefix: "Key "}
check: {path: /company, id: number, name: title}
employees:
  id: id
  list:
    path: /people/cursor
    query: {view: short}
    records: data
    record: node
    paging: {kind: cursor, parameter: after, cursor: info.end, more: info.more, size_parameter: first}
  get: {path: "/people/{id}"}
source:
  mark: changed
  details: true
  employee:
    first_name: given
    surname: family
    date_of_birth: born
    gender: {at: sex, map: {M: Male, F: Female}}
    email: contact.mail
    address.suburb: home.town
    status: {at: active, map: {"true": Current, "false": Terminated}}
    au_tax.tfn: tfn
    bank_accounts: {each: accounts, values: {number: account, bsb: bsb, amount_cents: cents, remainder: rest}}
"""
PAGING = {
    "page": "{kind: page, parameter: page, first: 1, size_parameter: first, pages: pages}",
    "blind": "{kind: page, parameter: page, first: 1, size_parameter: first}",
    "offset": "{kind: offset, parameter: skip, size_parameter: first}",
    "link": "{kind: link, size_parameter: first}",
    "next": "{kind: link, next: next, size_parameter: first}",
}


def paged(kind: str) -> str:
    """Return the description with another kind of paging."""
    cursor = "{kind: cursor, parameter: after, cursor: info.end, more: info.more, size_parameter: first}"
    return DESCRIPTION.replace("/people/cursor", f"/people/{kind}").replace(cursor, PAGING.get(kind, cursor))


def person(number: int) -> dict[str, Any]:
    """Return one employee."""
    return {
        "id": number,
        "given": "Jo",
        "family": f"Citizen {number}",
        "born": "03/02/1990",
        "sex": "F",
        "contact": {"mail": f"jo{number}@example.com"},
        "home": {"town": "New Farm"},
        "active": True,
        "tfn": "123 456 782",
        "accounts": [
            {"account": "12345678", "bsb": "064-000", "cents": 5000, "rest": False},
            {"account": "9", "rest": True},
        ],
        "changed": f"v{number}",
    }


class Staff(StandIn):
    """A stand-in with a number of employees; those in ``poisoned`` cannot be read alone."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.poisoned: set[int] = set()
        self.people = {number: person(number) for number in range(1, count + 1)}

    def is_signed_in(self, request: Request) -> bool:
        """Check the token in its header."""
        return request.headers.get("X-Token") == f"Key {TOKEN}"

    def app(self) -> Starlette:
        """Return it as a web application."""
        return Starlette(
            routes=[
                Route(
                    "/hr/company",
                    self.answering(lambda _, __: JSONResponse({"number": 5, "title": "Staff Ltd"})),
                ),
                Route("/hr/people/{kind:path}", self.answering(self._people)),
            ]
        )

    def _people(self, request: Request, _: None) -> Response:
        kind = request.path_params["kind"]
        if kind.isdigit():
            if int(kind) in self.poisoned:
                return Response(status_code=500)
            employee = self.people.get(int(kind))
            return Response(status_code=404) if employee is None else JSONResponse(employee)
        if kind not in {"cursor", *PAGING}:
            return Response(status_code=404)
        assert kind in {"link", "next"} or request.query_params["view"] == "short"
        return self._page(
            kind, {name: value for name, value in request.query_params.items() if name != "view"}
        )

    def _page(self, kind: str, query: dict[str, str]) -> Response:
        size = int(query.get("first", 100))
        starts = {"page": (int(query.get("page", 1)) - 1) * size, "offset": int(query.get("skip", 0))}
        start = starts.get("page" if kind == "blind" else kind, int(query.get("after", 0)))
        shown = list(self.people.values())[start : start + size]
        more = start + size < len(self.people)
        following = f"https://elsewhere.example.com/hr/people/{kind}?first={size}&after={start + size}"
        names = ("id", "given", "family", "changed")
        brief = [{"node": {name: employee[name] for name in names}} for employee in shown]
        body: dict[str, Any] = {"data": brief}
        match kind:
            case "cursor":
                body["info"] = {"end": str(start + size) if shown else None, "more": more}
            case "page":
                body["pages"] = -(-len(self.people) // size)
            case "next":
                body["next"] = following if more else None
        return JSONResponse(
            body, headers={"Link": f'<{following}>; rel="next"'} if kind == "link" and more else {}
        )


@contextmanager
def running(count: int) -> Iterator[Staff]:
    """Run a staff system on a free port."""
    staff = Staff(count)
    with _served(staff.app()) as port:
        staff.url = f"http://127.0.0.1:{port}/hr"
        yield staff
