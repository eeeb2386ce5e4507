"""Xero's connections and its Payroll AU: employees, and the lists that pay run defaults are chosen from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from sandbox.gateway import FaultGateway
from sandbox.responses import Json, json_body
from sandbox.world import TENANTS, World
from sandbox.xero.employees import as_listed, as_shown, merged
from sandbox.xero.rules import validation_errors

Document = dict[str, Any]
Handler = Callable[[Request], Awaitable[Response]]
PAGE = 100
_BASE = "/payroll.xro/1.0"


def xero(world: World) -> FaultGateway:
    """Return the API behind its gateway."""
    api = Api(world)
    employees, settings = "payroll.employees", "payroll.settings"
    routes = [
        Route("/connections", api.connections, methods=["GET"]),
        Route(f"{_BASE}/Employees", api.guarded(api.employees, employees), methods=["GET", "POST"]),
        Route(
            f"{_BASE}/Employees/{{name:path}}", api.guarded(api.employee, employees), methods=["GET", "POST"]
        ),
        Route(f"{_BASE}/PayrollCalendars", api.guarded(api.calendars, settings), methods=["GET"]),
        Route(f"{_BASE}/PayItems", api.guarded(api.pay_items, settings), methods=["GET"]),
    ]
    return FaultGateway(Router(routes=routes), world.sign_ins["xero"], route_name, error_response)


def route_name(method: str, path: str) -> str:
    """Name a request by what it does."""
    last = path.rstrip("/").removeprefix(f"{_BASE}/")
    if not last.startswith("Employees"):
        return last.strip("/")
    whole = last == "Employees"
    return {("GET", True): "employees", ("GET", False): "employee", ("POST", True): "create"}.get(
        (method, whole), "update"
    )


def error_response(status: int, detail: str) -> Response:
    """Return an error as Xero does."""
    return Json({"ErrorNumber": status, "Type": "PayrollException", "Message": detail}, status)


class Api:
    """The handlers of the API."""

    def __init__(self, world: World) -> None:
        """Answer from this world."""
        self._system, self._employees, self._lists = world.sign_ins["xero"], world.xero, world.choice_lists

    def guarded(self, handler: Handler, scope: str) -> Handler:
        """Refuse requests without a token, its scope, or the organisation."""

        async def checked(request: Request) -> Response:
            scopes = self._scopes(request)
            if scopes is None:
                return error_response(401, "AuthenticationUnsuccessful")
            if scope not in scopes:
                return error_response(401, "InsufficientScope")
            if request.headers.get("xero-tenant-id") not in {each["tenantId"] for each in self._tenants()}:
                return error_response(403, "AuthorizationUnsuccessful")
            return await handler(request)

        return checked

    async def connections(self, request: Request) -> Response:
        """List the organisations that the token opens; a switch adds a second one."""
        if self._scopes(request) is None:
            return error_response(401, "AuthenticationUnsuccessful")
        return Json(self._tenants())

    async def calendars(self, _request: Request) -> Response:
        """List the pay calendars."""
        return Json({"PayrollCalendars": self._lists.get("xero_calendars")})

    async def pay_items(self, _request: Request) -> Response:
        """List the earnings rates."""
        return Json({"PayItems": {"EarningsRates": self._lists.get("xero_earnings_rates")}})

    async def employees(self, request: Request) -> Response:
        """List the employees, 100 a page, or create one."""
        if request.method == "POST":
            return await self._create(request)
        try:
            page = int(request.query_params.get("page", 1))
        except ValueError:
            return error_response(400, "page must be a whole number")
        shown = self._employees.everyone()[max(0, page - 1) * PAGE :][:PAGE]
        return Json({"Employees": list(map(as_listed, shown))})

    async def employee(self, request: Request) -> Response:
        """Return or change one employee."""
        held = self._employees.get(request.path_params["name"])
        if held is None:
            return error_response(404, "The resource you're looking for cannot be found")
        if request.method == "GET":
            return Json({"Employees": [as_shown(held)]})
        sent = await _one_employee(request)
        if sent is None:
            return error_response(400, "The request is not an array of one employee")
        if (refused := self._refused(sent, merged(held, sent))) is not None:
            return refused
        self._system.counters.updates += 1
        return Json({"Employees": [as_shown(self._employees.change(held, sent))]})

    async def _create(self, request: Request) -> Response:
        sent = await _one_employee(request)
        if sent is None:
            return error_response(400, "The request is not an array of one employee")
        key = request.headers.get("idempotency-key", "")
        if key and (made := self._employees.made_with(key)) is not None:
            return Json({"Employees": [as_listed(made)]})
        if (refused := self._refused(sent, sent)) is not None:
            return refused
        self._system.counters.creates += 1
        return Json({"Employees": [as_listed(self._employees.create(sent, key))]})

    def _refused(self, sent: Document, employee: Document) -> Response | None:
        configured = self._system.switches.refuse_employees.get(str(sent.get("LastName")))
        if not (errors := [*validation_errors(sent, employee), *([configured] if configured else [])]):
            return None
        self._system.counters.rejected += 1
        wrong = [{"Message": message} for message in errors]
        return Json({"Type": "ValidationException", "Employees": [{"ValidationErrors": wrong}]}, 400)

    def _scopes(self, request: Request) -> set[str] | None:
        scopes = self._system.tokens.scopes(request.headers.get("authorization", "").removeprefix("Bearer "))
        return None if scopes is None else set(scopes)

    def _tenants(self) -> list[Document]:
        return list(TENANTS if self._system.switches.two_accounts else TENANTS[:1])


async def _one_employee(request: Request) -> Document | None:
    """Return what is sent: Xero takes several, and iHUB never sends more than one."""
    try:
        sent = await json_body(request)
    except ValueError:
        return None
    return sent[0] if isinstance(sent, list) and len(sent) == 1 and isinstance(sent[0], dict) else None
