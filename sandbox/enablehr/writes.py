"""Writes to enableHR: add, change and terminate employees; replace bank, tax and savings."""

from __future__ import annotations

import re
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.enablehr.shapes import GENDERS, STATUSES, TYPES
from sandbox.people.invented import BRANCHES
from sandbox.responses import Json, enablehr_error, enablehr_errors, json_body
from sandbox.world import ACCOUNT_ID, World

Handler = Callable[[Request], Awaitable[Response]]
Guard = Callable[[World, str | None, Handler], Handler]

_DATE = re.compile(r"(19\d{2}|20([0-4]\d|50))-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_LENGTHS = {
    "firstName": 128,
    "surname": 128,
    "middleName": 255,
    "preferredName": 255,
    "employeeNumber": 64,
    "positionTitle": 255,
}
_CHOICES = {"gender": GENDERS, "employmentType": TYPES, "employmentStatus": STATUSES}
_FIELDS = {
    *_LENGTHS,
    *_CHOICES,
    "branchId",
    "title",
    "nickname",
    "personalAddress",
    "postalAddress",
    "contacts",
}
_DATES = ("dateOfBirth", "commencementDate")
_METHODS = ("By_Consent", "By_Notice", "Summarily", "By_Other_Means")
_BRANCH_REGION = {branch["id"]: branch["region"] for branch in BRANCHES}


def writing_routes(world: World, guarded: Guard) -> list[Route]:
    """Return the routes for writing."""
    one, writes = "/accounts/{account}/employees/{employee}", Writes(world)
    manage, payroll = "manage:employees", "manage:employees:payroll"
    table: list[tuple[str, str, str, Handler]] = [
        ("POST", "/accounts/{account}/employees", manage, writes.add),
        ("PUT", one, manage, writes.change),
        ("POST", f"{one}/actions/terminate", manage, writes.terminate),
        ("PUT", f"{one}/bank-accounts", payroll, writes.replace("bankAccounts")),
        ("PUT", f"{one}/tax-details", payroll, writes.replace("tax")),
        ("PUT", f"{one}/retirement-savings", payroll, writes.replace("retirement")),
        (
            "GET",
            "/accounts/{account}/action-status/{action}",
            "read:accounts:referencedata",
            writes.action_status,
        ),
    ]
    return [
        Route(path, guarded(world, scope, handler), methods=[method])
        for method, path, scope, handler in table
    ]


class Writes:
    """Changes to the people of one world."""

    def __init__(self, world: World) -> None:
        """Write to this world; actions in progress are lost when the program ends."""
        self._world = world
        self._actions: dict[str, dict[str, Any]] = {}

    async def add(self, request: Request) -> Response:
        """Add an employee; the response has no body, only a Location header."""
        body = await _json_object(request)
        if wrong := _validation_errors(body):
            return enablehr_errors(wrong)
        fields = _known_fields(body) | {"region": _BRANCH_REGION[body["branchId"]]}
        person = self._world.employees.add(fields)
        self._world.systems["enablehr"].counters.creates += 1
        return Response(
            status_code=201, headers={"Location": f"{request.url.replace(query='')}/{person['id']}"}
        )

    async def change(self, request: Request) -> Response:
        """Change an employee."""
        if (person := self._person(request)) is None:
            return _not_found()
        body = await _json_object(request)
        if wrong := _validation_errors(body):
            return enablehr_errors(wrong)
        self._world.employees.edit(person["id"], _known_fields(body))
        self._world.systems["enablehr"].counters.updates += 1
        return Response(status_code=204)

    async def terminate(self, request: Request) -> Response:
        """End an employment; the response says where to ask for its progress."""
        if (person := self._person(request)) is None:
            return _not_found()
        body = await _json_object(request)
        if not _DATE.fullmatch(str(body.get("endDate"))) or body.get("terminationMethod") not in _METHODS:
            return enablehr_errors(
                ["endDate must be a date and terminationMethod one of " + ", ".join(_METHODS)]
            )
        self._world.employees.edit(
            person["id"], {"endDate": body["endDate"], "employmentStatus": "Terminated"}
        )
        action, moment = secrets.token_hex(8), self._world.clock.now().isoformat()
        common = {"referenceId": person["id"], "referenceType": "Employee", "type": "Terminate_Employee"}
        self._actions[action] = {
            "id": action,
            "actionStatus": "Pending",
            **common,
            "dateCreatedUTC": moment,
            "dateUpdatedUTC": moment,
        }
        base = str(request.url).split("/accounts/")[0]
        return Json({"actionStatusURL": f"{base}/accounts/{ACCOUNT_ID}/action-status/{action}"}, 202)

    async def action_status(self, request: Request) -> Response:
        """Return the progress of an action, which advances with each request."""
        entry = self._actions.get(request.path_params["action"])
        if entry is None:
            return enablehr_error(404, "Not Found", "There is no such action.")
        answer = Json(entry)
        entry["actionStatus"] = {"Pending": "In_Progress"}.get(entry["actionStatus"], "Completed")
        return answer

    def replace(self, field: str) -> Handler:
        """Return a handler that replaces the part for the person's country."""

        async def handler(request: Request) -> Response:
            if (person := self._person(request)) is None:
                return _not_found()
            part = (await _json_object(request)).get(person["region"].lower())
            if not isinstance(part, list | dict):
                return enablehr_errors([f"The part {person['region'].lower()} is required."])
            self._world.employees.edit(person["id"], {field: None})
            self._world.employees.edit(person["id"], {field: _with_ids(part, person["id"])})
            self._world.systems["enablehr"].counters.updates += 1
            return Response(status_code=204)

        return handler

    def _person(self, request: Request) -> dict[str, Any] | None:
        return self._world.employees.get(request.path_params["employee"])


def _not_found() -> Response:
    return enablehr_error(404, "Not Found", "There is no such employee.")


async def _json_object(request: Request) -> dict[str, Any]:
    try:
        body = await json_body(request)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _known_fields(body: dict[str, Any]) -> dict[str, Any]:
    return {field: value for field, value in body.items() if field in _FIELDS or field in _DATES}


def _with_ids(part: Any, person: str) -> Any:
    if isinstance(part, dict):
        return part
    return [{"id": f"{person}{number}", **entry} for number, entry in enumerate(part, start=1)]


def _validation_errors(body: dict[str, Any]) -> list[str]:
    wrong = [f"{field} is required." for field in ("branchId", "firstName", "surname") if not body.get(field)]
    wrong += [
        f"{field} is longer than {most}."
        for field, most in _LENGTHS.items()
        if len(str(body.get(field, ""))) > most
    ]
    wrong += [
        f"{field} is not a known value."
        for field, known in _CHOICES.items()
        if body.get(field, known[0]) not in known
    ]
    wrong += [
        f"{field} is not a date."
        for field in _DATES
        if field in body and not _DATE.fullmatch(str(body[field]))
    ]
    if body.get("branchId") and body["branchId"] not in _BRANCH_REGION:
        wrong.append("branchId is not a branch of this account.")
    return wrong
