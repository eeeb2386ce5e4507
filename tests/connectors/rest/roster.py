"""A stand-in of a payroll that accepts bulk requests and honours an Idempotency-Key."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from harness.sandbox import _served
from tests.connectors.rest.stand_in import StandIn

DESCRIPTION = """\
kind: roster
name: Roster
summary: A payroll that accepts bulk requests.
url: https://roster.example.com
requests_per_second: 1000
authorisation: {kind: none}
check: {path: /me, id: number}
errors: {messages: [wrong]}
employees:
  id: key
  list: {path: /staff, records: staff}
  get: {path: "/staff/{id}"}
  create: {path: /staff}
  update: {path: "/staff/{id}", method: PATCH, sends: ours}
target:
  fields:
    - {name: given, label: First name, from: first_name, identity: given names}
    - {name: family, label: Surname, from: surname, required: true, identity: surname}
    - {name: born, label: Date of birth, type: date, from: date_of_birth, identity: birth date}
    - {name: mail, label: E-mail, type: email, from: email, identity: e-mail}
    - {name: mobile, label: Mobile, type: phone, from: mobile}
    - {name: tfn, label: Tax number, from: au_tax.tfn, sensitive: true, identity: tax number}
"""
KEYED = DESCRIPTION.replace(
    "create: {path: /staff}", "create: {path: /staff, idempotency: {header: Idempotency-Key}}"
)
RESULTS = "results: {records: results, status: status, position: row, id: made, messages: [wrong]}"
MANY = DESCRIPTION.replace(
    "target:\n",
    f"""  create_many: {{path: /staff/many, most: 4, records: people, {RESULTS}}}
  update_many: {{path: /staff/many, method: PATCH, most: 4, numeric_ids: true, {RESULTS}}}
target:
""",
    1,
)

OF_PARTS = """  parts:
    - {label: Bank account, fields: [bank.bsb, bank.number], path: "/staff/{id}/bank", strip: bank}
    - {label: Super, fields: [fund.usi], path: "/staff/{id}/fund", strip: fund, method: PATCH}
target:
"""
FIELDS_OF_PARTS = """\
    - {name: bank.bsb, label: BSB, from: bank_accounts.0.bsb, sensitive: true, concern: bank, owner: source}
    - {name: bank.number, label: Account, from: bank_accounts.0.number, sensitive: true, concern: bank, owner: source}
    - {name: fund.usi, label: Super fund, from: super_funds.0.usi, concern: super}
"""
PARTS, MANY_IN_PARTS = (
    each.replace("target:\n", OF_PARTS, 1) + FIELDS_OF_PARTS for each in (DESCRIPTION, MANY)
)


class Roster(StandIn):
    """Employees by key. Surnames in ``tripped`` make a whole request fail, those in ``refused`` only one employee."""

    def __init__(self) -> None:
        super().__init__()
        self.people: dict[int, dict[str, Any]] = {}
        # An id is never used twice, not even after all employees were removed.
        self._ids = count(100)
        self.kept: dict[str, dict[str, Any]] = {}
        self.keys: list[str | None] = []
        self.refused: set[str] = set()
        self.tripped: set[str] = set()
        self.trip_status = 422
        self.busy = 0
        # The number of employees in each bulk request.
        self.whole: list[int] = []
        # By part, what it answers in place of writing it; and each part that was written, with the surname.
        self.part_status: dict[str, int] = {}
        self.written_parts: list[tuple[str, str]] = []
        self.shows_parts = True
        # Whether a create is answered with the id alone.
        self.only_key = False
        # Fields of which it keeps a value of its own, whatever is sent.
        self.unkept: dict[str, Any] = {}
        # Called once, after the next create has been carried out.
        self.strike: Callable[[], None] = lambda: None

    def is_signed_in(self, request: Request) -> bool:
        """Accept every request."""
        return True

    def app(self) -> Starlette:
        """Return it as a web application."""
        return Starlette(
            routes=[
                Route("/me", self.answering(lambda _, __: JSONResponse({"number": 1}))),
                Route("/staff", self.answering(self._list), methods=["GET"]),
                Route("/staff", self.answering(self._create), methods=["POST"]),
                Route("/staff/many", self.answering(self._create_many), methods=["POST"]),
                Route("/staff/many", self.answering(self._update_many), methods=["PATCH"]),
                Route("/staff/{key:int}", self.answering(self._one), methods=["GET"]),
                Route("/staff/{key:int}/{part}", self.answering(self._write_part), methods=["PUT", "PATCH"]),
                Route("/staff/{key:int}", self.answering(self._update), methods=["PATCH"]),
            ]
        )

    def _list(self, _: Request, __: None) -> Response:
        return JSONResponse({"staff": list(map(self._shown, self.people.values()))})

    def _one(self, request: Request, _: None) -> Response:
        employee = self.people.get(request.path_params["key"])
        return Response(status_code=404) if employee is None else JSONResponse(self._shown(employee))

    def _shown(self, employee: dict[str, Any]) -> dict[str, Any]:
        if self.shows_parts:
            return employee
        return {name: value for name, value in employee.items() if name not in {"bank", "fund"}}

    def _write_part(self, request: Request, sent: dict[str, Any]) -> Response:
        part, employee = request.path_params["part"], self.people[request.path_params["key"]]
        if (status := self.part_status.get(part)) is not None:
            return JSONResponse({"wrong": f"Not {sent.get('number', 'this')}"}, status)
        employee[part] = employee.get(part, {}) | sent
        self.written_parts.append((employee["family"], part))
        return JSONResponse(employee[part])

    def _create(self, request: Request, sent: dict[str, Any]) -> Response:
        key = request.headers.get("Idempotency-Key")
        self.keys.append(key)
        if key is not None and self.busy:
            self.busy -= 1
            return JSONResponse({"wrong": "The first request is still being carried out"}, 409)
        if key in self.kept:
            return JSONResponse(self.kept[str(key)], 201)
        if sent["family"] in self.refused:
            return JSONResponse({"wrong": "Not this one"}, 422)
        employee = self._add(sent)
        if key is not None:
            self.kept[key] = employee
        strike, self.strike = self.strike, lambda: None
        strike()
        return JSONResponse({"key": employee["key"]} if self.only_key else employee, 201)

    def _add(self, sent: dict[str, Any]) -> dict[str, Any]:
        self.counted["created"] += 1
        key = next(self._ids)
        self.people[key] = sent | self.unkept | {"key": key}
        return self.people[key]

    def _update(self, request: Request, sent: dict[str, Any]) -> Response:
        employee = self.people.get(request.path_params["key"])
        if employee is None:
            return Response(status_code=404)
        if self._trips([employee | sent]):
            return Response(status_code=self.trip_status)
        employee |= sent | self.unkept
        return JSONResponse(employee)

    def _trips(self, people: list[dict[str, Any]]) -> bool:
        return any(employee["family"] in self.tripped for employee in people)

    def _create_many(self, _: Request, sent: dict[str, Any]) -> Response:
        people = sent["people"]
        self.whole.append(len(people))
        if self._trips(people):
            return JSONResponse({"wrong": "Somebody is in the way"}, self.trip_status)
        results = [self._result(row, employee, self._add) for row, employee in enumerate(people)]
        return JSONResponse({"results": results[::-1]}, 207)

    def _update_many(self, _: Request, sent: list[dict[str, Any]]) -> Response:
        self.whole.append(len(sent))
        if self._trips(sent):
            return Response(status_code=self.trip_status)

        def change(employee: dict[str, Any]) -> dict[str, Any]:
            self.people[employee["key"]] |= employee
            return self.people[employee["key"]]

        return JSONResponse(
            {"results": [self._result(row, employee, change) for row, employee in enumerate(sent)]}, 207
        )

    def _result(
        self, row: int, employee: dict[str, Any], write: Callable[[dict[str, Any]], dict[str, Any]]
    ) -> dict[str, Any]:
        if employee["family"] in self.refused:
            return {"row": row, "status": 422, "wrong": f"No {employee.get('tfn')}"}
        return {"row": row, "status": 201, "made": write(employee)["key"]}


@contextmanager
def running() -> Iterator[Roster]:
    """Run a roster on a free port."""
    roster = Roster()
    with _served(roster.app()) as port:
        roster.url = f"http://127.0.0.1:{port}"
        yield roster
