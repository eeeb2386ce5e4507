"""Employment Hero Payroll's API: businesses, and the employees of one of them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from sandbox.answers import Json, body_of
from sandbox.gateway import Turnstile
from sandbox.keypay.employees import shown, standing
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


def keypay(world: World) -> Turnstile:
    """Return the API, counted and guarded."""
    api = Api(world)
    base = "/api/v2/business"
    people = f"{base}/{{business}}/employee/unstructured"
    routes = [
        Route(base, api.guarded(api.businesses), methods=["GET"]),
        Route(people, api.guarded(api.employees), methods=["GET", "POST"]),
        Route(f"{people}/externalid/{{external:path}}", api.guarded(api.external), methods=["GET"]),
        Route(f"{people}/{{number:path}}", api.guarded(api.employee), methods=["GET", "PUT"]),
    ]
    return Turnstile(Router(routes=routes), world.keypay, route_name, worded)


def route_name(method: str, path: str) -> str:
    """Name a request by what it does."""
    if "/employee/" not in path:
        return "businesses"
    if method == "GET":
        return "employees" if path.rstrip("/").endswith("/unstructured") else "employee"
    return {"POST": "create", "PUT": "update"}.get(method, "employee")


def worded(status: int, detail: str) -> Response:
    """Return an error: one text, a line for each complaint."""
    return Json({"message": detail}, status)


class Api:
    """What can be asked of this payroll."""

    def __init__(self, world: World) -> None:
        """Answer from this world."""
        self._system, self._employees = world.keypay, world.hero

    def guarded(self, handler: Handler) -> Handler:
        """Refuse a request without the key, or for a business the key does not open."""

        async def checked(request: Request) -> Response:
            if not self._system.keys.opens(_key(request)):
                return worded(401, "Authorization has been denied for this request.")
            if request.path_params.get("business", BUSINESSES[0][0]) not in {name for name, _ in BUSINESSES}:
                return worded(403, "You do not have access to this business.")
            return await handler(request)

        return checked

    async def businesses(self, request: Request) -> Response:
        """List the businesses that the key opens: a second one when the switch says so."""
        number = 2 if self._system.switches.two_accounts else 1
        return Json([{"id": int(name), "name": title} for name, title in BUSINESSES[:number]])

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
            return worded(400, "$top and $skip must be whole numbers.")
        found = self._employees.everyone()[max(0, skip) :][: max(0, min(top, _LARGEST_PAGE))]
        return Json([shown(one) for one in found])

    async def external(self, request: Request) -> Response:
        """Return the employee with an id of another system."""
        found = self._employees.with_external_id(request.path_params["external"])
        return Response(status_code=404) if found is None else Json(shown(found))

    async def employee(self, request: Request) -> Response:
        """Return or change one employee."""
        found = self._employees.get(request.path_params["number"])
        if found is None:
            return Response(status_code=404)
        return Json(shown(found)) if request.method == "GET" else await self._update(request, found)

    async def _create(self, request: Request) -> Response:
        sent = await _fields(request)
        if sent is None:
            return worded(400, "The request is not an employee.")
        wrong = [
            f"{name[0].upper()}{name[1:]}: {title} is required"
            for name, title in _MINIMUM.items()
            if not sent.get(name)
        ]
        return self._refused(sent, wrong) or self._created(sent)

    def _created(self, sent: Document) -> Response:
        self._system.counters.creates += 1
        return _result(
            self._employees.create({name: value for name, value in sent.items() if value is not None}),
            "Created",
            201,
        )

    async def _update(self, request: Request, held: Document) -> Response:
        """Lay over what is there: what is not sent and what is null stays."""
        sent = await _fields(request)
        if sent is None:
            return worded(400, "The request is not an employee.")
        if (refused := self._refused(held | sent, [])) is not None:
            return refused
        fresh = {
            name: None if value == _CLEAR else value for name, value in sent.items() if value is not None
        }
        self._system.counters.updates += 1
        return _result(self._employees.keep({**held, **fresh, "id": held["id"]}), "Updated", 200)

    def _refused(self, employee: Document, wrong: list[str]) -> Response | None:
        chosen = self._system.switches.refuse_employees.get(str(employee.get("externalId")))
        if not (complaints := [*wrong, *([chosen] if chosen else [])]):
            return None
        self._system.counters.rejected += 1
        return worded(400, "\n".join(complaints))


async def _fields(request: Request) -> Document | None:
    try:
        sent = await body_of(request)
    except ValueError:
        return None
    return sent if isinstance(sent, dict) else None


def _key(request: Request) -> str:
    """Return the key, which is the user of HTTP Basic with an empty password."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    try:
        user, _, password = base64.b64decode(value).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return user if scheme.lower() == "basic" and not password else ""


def _result(employee: Document, what: str, status: int) -> Response:
    state, missing = standing(employee)
    return Json(
        {"id": employee["id"], "status": state, "detailedStatus": missing, "operationType": what}, status
    )
