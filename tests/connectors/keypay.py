"""A small stand-in of Employment Hero Payroll, which keeps employees and can be made to misbehave."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.connectors.standing_in import StandIn
from tests.support.openapi import Recorder
from tests.support.sandbox import _served

KEY = "keypay-key"
MINIMUM = {
    "firstName": "First name",
    "surname": "Surname",
    "startDate": "Start date",
    "employmentType": "Employment type",
    "taxFileNumber": "Tax file number",
}
DATES = ("dateOfBirth", "startDate", "endDate")


class KeyPay(StandIn):
    """The stand-in, with what a test asks of it."""

    def __init__(self) -> None:
        """Begin without employees."""
        super().__init__()
        self.employees: dict[int, dict[str, Any]] = {}
        self.sent: list[dict[str, Any]] = []

    def lets_in(self, request: Request) -> bool:
        """Ask for the key as the user of HTTP Basic."""
        return request.headers.get("Authorization") == f"Basic {base64.b64encode(f'{KEY}:'.encode()).decode()}"

    def app(self) -> Starlette:
        """Return it as a web application."""
        base = "/keypay/api/v2/business"
        people = f"{base}/{{business}}/employee/unstructured"
        return Starlette(
            routes=[
                Route(base, self.answering(self._businesses)),
                Route(people, self.answering(self._list), methods=["GET"]),
                Route(people, self.answering(self._create), methods=["POST"]),
                Route(f"{people}/externalid/{{external:path}}", self.answering(self._external)),
                Route(f"{people}/{{id:path}}", self.answering(self._one), methods=["GET"]),
                Route(f"{people}/{{id:path}}", self.answering(self._update), methods=["PUT"]),
            ]
        )

    def _businesses(self, request: Request, _: None) -> Response:
        return JSONResponse([{"id": 1, "name": "Another"}, {"id": 4711, "name": "Harbour Foods"}])

    def _list(self, request: Request, _: None) -> Response:
        top, skip = int(request.query_params.get("$top", 100)), int(request.query_params.get("$skip", 0))
        return JSONResponse([_shown(one) for one in list(self.employees.values())[skip : skip + top]])

    def _external(self, request: Request, _: None) -> Response:
        wanted = request.path_params["external"]
        found = next((one for one in self.employees.values() if one.get("externalId") == wanted), None)
        return Response(status_code=404) if found is None else JSONResponse(_shown(found))

    def _one(self, request: Request, _: None) -> Response:
        found = self._at(request)
        return Response(status_code=404) if found is None else JSONResponse(_shown(found))

    def _at(self, request: Request) -> dict[str, Any] | None:
        number = request.path_params["id"]
        return self.employees.get(int(number)) if number.isdigit() else None

    def _create(self, request: Request, sent: dict[str, Any]) -> Response:
        assert request.query_params["matchType"] == "None"
        faults = [f"{name[0].upper()}{name[1:]}: {label} is required" for name, label in MINIMUM.items() if not sent.get(name)]
        if refusal := self.on.refuse_employees.get(str(sent.get("externalId"))):
            faults.append(refusal)
        if faults:
            return JSONResponse({"message": "\n".join(faults)}, 400)
        self.counted["creates"] += 1
        number = 100 + len(self.employees)
        self.employees[number] = {"id": number, **sent}
        return self._result(number, "Created", 201)

    def _update(self, request: Request, sent: dict[str, Any]) -> Response:
        held = self._at(request)
        if held is None:
            return Response(status_code=404)
        self.sent.append(sent)
        for name, value in sent.items():
            if value is not None:
                held[name] = None if value == "(clear)" else value
        return self._result(held["id"], "Updated", 200)

    def _result(self, number: int, what: str, status: int) -> Response:
        complete = self.employees[number].get("paySchedule")
        detail = None if complete else "Pay run defaults are missing"
        told = {"id": number, "status": "Active" if complete else "Incomplete", "detailedStatus": detail, "operationType": what}
        return JSONResponse(told, status)


def _shown(held: dict[str, Any]) -> dict[str, Any]:
    """Return an employee as it answers: with a time at each date and other spellings."""
    dated = {name: f"{held[name]}T00:00:00" for name in DATES if held.get(name)}
    return {**held, **dated, "employmentType": held["employmentType"].replace(" ", ""), "middleName": held.get("middleName")}


@contextmanager
def running() -> Iterator[KeyPay]:
    """Run one on a free port; every exchange must keep to tests/specs/keypay.yaml."""
    keypay = KeyPay()
    recorder = Recorder(keypay.app())
    with _served(recorder) as port:
        keypay.url = f"http://127.0.0.1:{port}/keypay"
        yield keypay
        assert recorder.violations() == []
