"""Writes to enableHR: add, change, terminate and transfer employees; replace bank, tax and savings."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.enablehr.actions import TERMINATE, TRANSFERS
from sandbox.enablehr.shapes import GENDERS, STATUSES, TYPES
from sandbox.people.invented import BRANCHES
from sandbox.responses import Json, enablehr_error, enablehr_errors, json_body
from sandbox.world import World

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
# What an update replaces.
_REPLACED = frozenset({*_FIELDS, *_DATES} - {"branchId", "employmentStatus"})
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
        ("POST", f"{one}/actions/transfer", manage, writes.transfer),
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
        """Write to this world."""
        self._world, self._system = world, world.sign_ins["enablehr"]

    async def add(self, request: Request) -> Response:
        """Add an employee; the response has no body, only a Location header."""
        body = await _json_object(request)
        if wrong := self._wrong(body):
            return enablehr_errors(wrong)
        fields = _known_fields(body) | {"region": _BRANCH_REGION[body["branchId"]]}
        person = self._world.employees.add(fields)
        self._system.counters.creates += 1
        return Response(
            status_code=201, headers={"Location": f"{request.url.replace(query='')}/{person['id']}"}
        )

    async def change(self, request: Request) -> Response:
        """Replace an employee: what is left out is blank afterwards; another status or branch is ignored."""
        if (person := self._person(request)) is None:
            return _not_found()
        body = await _json_object(request)
        if wrong := self._wrong(body):
            return enablehr_errors(wrong)
        people = self._world.employees
        people.edit(person["id"], dict.fromkeys(_REPLACED))
        people.edit(person["id"], {name: value for name, value in body.items() if name in _REPLACED})
        self._system.counters.updates += 1
        return Response(status_code=204)

    async def terminate(self, request: Request) -> Response:
        """Accept the end of an employment; the response says where to ask for its progress."""
        body = await _json_object(request)
        wrong = []
        if not _DATE.fullmatch(str(body.get("endDate"))) or body.get("terminationMethod") not in _METHODS:
            wrong = ["endDate must be a date and terminationMethod one of " + ", ".join(_METHODS)]
        return self._accept(request, TERMINATE, body, wrong)

    async def transfer(self, request: Request) -> Response:
        """Accept the move of an employee to another branch."""
        body = await _json_object(request)
        kind, wrong = TRANSFERS.get(str(body.get("transferType"))), []
        if kind is None or body.get("toBranchId") not in _BRANCH_REGION:
            wrong = [
                "toBranchId must be a branch of this account and transferType one of " + ", ".join(TRANSFERS)
            ]
        return self._accept(request, str(kind), body, wrong)

    def _accept(self, request: Request, kind: str, body: dict[str, Any], wrong: list[str]) -> Response:
        if (person := self._person(request)) is None:
            return _not_found()
        if person["employmentStatus"] in ("Transferred", "Merged"):
            wrong = [*wrong, "The employee continues in another record."]
        if wrong:
            return enablehr_errors(wrong)
        switches = self._system.switches
        fails = switches.fail_actions > 0
        switches.fail_actions = max(0, switches.fail_actions - 1)
        action = self._world.actions.accept(kind, person["id"], body, switches.action_seconds, fails=fails)
        base, account = str(request.url).split("/accounts/")[0], request.path_params["account"]
        return Json({"actionStatusURL": f"{base}/accounts/{account}/action-status/{action}"}, 202)

    async def action_status(self, request: Request) -> Response:
        """Return the progress of an action."""
        status = self._world.actions.status(request.path_params["action"])
        return Json(status) if status else enablehr_error(404, "Not Found", "There is no such action.")

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
            self._system.counters.updates += 1
            return Response(status_code=204)

        return handler

    def _wrong(self, body: dict[str, Any]) -> list[str]:
        configured = self._system.switches.refuse_employees.get(str(body.get("surname")))
        wrong = [*_validation_errors(body), *([configured] if configured else [])]
        self._system.counters.rejected += bool(wrong)
        return wrong

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
