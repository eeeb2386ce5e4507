"""Employment Hero Payroll's API: businesses, and the employees of one of them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from sandbox.gateway import FaultGateway
from sandbox.keypay.employees import PAY_RUN_DEFAULTS, as_returned, pay_status
from sandbox.responses import Json, json_body
from sandbox.world import BUSINESSES, World

Document = dict[str, Any]
Handler = Callable[[Request], Awaitable[Response]]
_LARGEST_PAGE = 100
_MINIMUM = {
    "firstName": "First name",
    "surname": "Surname",
    "startDate": "Start date",
    "employmentType": "Employment type",
    "taxFileNumber": "Tax file number",
}
_CLEAR = "(clear)"


def keypay(world: World) -> FaultGateway:
    """Return the API behind its gateway."""
    api = Api(world)
    base = "/api/v2/business"
    people = f"{base}/{{business}}/employee/unstructured"
    routes = [
        Route(base, api.guarded(api.businesses), methods=["GET"]),
        Route(people, api.guarded(api.employees), methods=["GET", "POST"]),
        Route(f"{people}/externalid/{{external:path}}", api.guarded(api.external), methods=["GET"]),
        Route(f"{people}/{{number:path}}", api.guarded(api.employee), methods=["GET", "PUT"]),
    ]
    routes += [
        Route(f"{base}/{{business}}/{name}", api.guarded(api.listed(name)), methods=["GET"])
        for name in ("payschedule", "location", "paycategory")
    ]
    return FaultGateway(Router(routes=routes), world.keypay, route_name, error_response)


def route_name(method: str, path: str) -> str:
    """Name a request by what it does."""
    if "/employee/" not in path:
        parts = path.strip("/").split("/")
        return parts[4] if len(parts) == 5 else "businesses"
    if method == "GET":
        return "employees" if path.rstrip("/").endswith("/unstructured") else "employee"
    return {"POST": "create", "PUT": "update"}.get(method, "employee")


def error_response(status: int, detail: str) -> Response:
    """Return an error: one text with a line for each problem."""
    return Json({"message": detail}, status)


class Api:
    """The handlers of the API."""

    def __init__(self, world: World) -> None:
        """Answer from this world."""
        self._system, self._employees = world.keypay, world.hero
        self._lists = world.choice_lists

    def guarded(self, handler: Handler) -> Handler:
        """Refuse requests without the key, or to a business that it does not open."""

        async def checked(request: Request) -> Response:
            if not self._system.keys.opens(_api_key(request)):
                return error_response(401, "Authorization has been denied for this request.")
            if request.path_params.get("business", BUSINESSES[0][0]) not in {name for name, _ in BUSINESSES}:
                return error_response(403, "You do not have access to this business.")
            return await handler(request)

        return checked

    async def businesses(self, _request: Request) -> Response:
        """List the businesses that the key opens; a switch adds a second one."""
        number = 2 if self._system.switches.two_accounts else 1
        return Json([{"id": int(name), "name": title} for name, title in BUSINESSES[:number]])

    def listed(self, name: str) -> Handler:
        """Return a handler that lists what pay run defaults are chosen from."""

        async def handler(_request: Request) -> Response:
            return Json(self._lists.get(name))

        return handler

    async def employees(self, request: Request) -> Response:
        """List the employees, 100 at most, or create one."""
        if request.method == "POST":
            return await self._create(request)
        try:
            top, skip = (
                int(request.query_params.get(name, default))
                for name, default in (("$top", _LARGEST_PAGE), ("$skip", 0))
            )
        except ValueError:
            return error_response(400, "$top and $skip must be whole numbers.")
        page = self._employees.everyone()[max(0, skip) :][: max(0, min(top, _LARGEST_PAGE))]
        return Json([as_returned(employee) for employee in page])

    async def external(self, request: Request) -> Response:
        """Return the employee with an external id."""
        employee = self._employees.with_external_id(request.path_params["external"])
        return Response(status_code=404) if employee is None else Json(as_returned(employee))

    async def employee(self, request: Request) -> Response:
        """Return or change one employee."""
        employee = self._employees.get(request.path_params["number"])
        if employee is None:
            return Response(status_code=404)
        return (
            Json(as_returned(employee)) if request.method == "GET" else await self._update(request, employee)
        )

    async def _create(self, request: Request) -> Response:
        sent = await _json_object(request)
        if sent is None:
            return error_response(400, "The request is not an employee.")
        wrong = [
            f"{name[0].upper()}{name[1:]}: {title} is required"
            for name, title in _MINIMUM.items()
            if not sent.get(name)
        ]
        given = [name for name in PAY_RUN_DEFAULTS if sent.get(name)]
        if 0 < len(given) < len(PAY_RUN_DEFAULTS):
            wrong += [f"{name[0].upper()}{name[1:]}: has to be given with the others" for name in given]
        return self._refused(sent, wrong) or self._created(sent)

    def _created(self, sent: Document) -> Response:
        self._system.counters.creates += 1
        return _write_response(
            self._employees.create({name: value for name, value in sent.items() if value is not None}),
            "Created",
            201,
        )

    async def _update(self, request: Request, held: Document) -> Response:
        """Merge the fields into the employee; fields that are missing or null stay unchanged."""
        sent = await _json_object(request)
        if sent is None:
            return error_response(400, "The request is not an employee.")
        if (refused := self._refused(held | sent, [])) is not None:
            return refused
        fresh = {
            name: None if value == _CLEAR else value for name, value in sent.items() if value is not None
        }
        self._system.counters.updates += 1
        return _write_response(self._employees.put({**held, **fresh, "id": held["id"]}), "Updated", 200)

    def _refused(self, employee: Document, wrong: list[str]) -> Response | None:
        refusal = self._system.switches.refuse_employees.get(str(employee.get("externalId")))
        if not (errors := [*wrong, *([refusal] if refusal else [])]):
            return None
        self._system.counters.rejected += 1
        return error_response(400, "\n".join(errors))


async def _json_object(request: Request) -> Document | None:
    try:
        sent = await json_body(request)
    except ValueError:
        return None
    return sent if isinstance(sent, dict) else None


def _api_key(request: Request) -> str:
    """Return the key, which is the user of HTTP Basic with an empty password."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    try:
        user, _, password = base64.b64decode(value).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return user if scheme.lower() == "basic" and not password else ""


def _write_response(employee: Document, what: str, status: int) -> Response:
    state, missing = pay_status(employee)
    return Json(
        {"id": employee["id"], "status": state, "detailedStatus": missing, "operationType": what}, status
    )
