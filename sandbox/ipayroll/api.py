"""iPayroll's API: list, create and update employees."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from sandbox.gateway import FaultGateway
from sandbox.ipayroll.employees import as_returned
from sandbox.ipayroll.rules import validation_errors
from sandbox.responses import Json, ipayroll_error, json_body
from sandbox.world import World

Document = dict[str, Any]
_PAGE, _LARGEST_PAGE = 20, 100
_LOCKED = "Employee is locked because a pay is being processed"


def ipayroll(world: World) -> FaultGateway:
    """Return the API behind its gateway."""
    api = Api(world)
    routes = [
        Route("/api/v1/employees", api.employees, methods=["GET", "POST"]),
        Route("/api/v1/employees/{employee:path}", api.employee, methods=["GET", "PUT"]),
        Route("/api/v1/costcentres", api.cost_centres, methods=["GET"]),
    ]
    return FaultGateway(Router(routes=routes), world.sign_ins["ipayroll"], route_name, _error_response)


def route_name(method: str, path: str) -> str:
    """Name a request by what it does: ``employees`` and ``employee`` read, ``create`` and ``update`` write."""
    parts = path.strip("/").split("/")
    if parts[2:3] != ["employees"]:
        return parts[-1]
    return {"POST": "create", "PUT": "update"}.get(method, "employees" if len(parts) == 3 else "employee")


def _error_response(status: int, detail: str) -> Response:
    if status == 401:
        return Json({"error": "invalid_token", "error_description": "Access token expired"}, 401)
    return ipayroll_error(status, detail)


class Api:
    """The handlers of the API."""

    def __init__(self, world: World) -> None:
        """Answer from this world."""
        self._world, self._payroll = world, world.payroll
        self._system = world.sign_ins["ipayroll"]

    def _refused(self, request: Request) -> Response | None:
        scopes = self._system.tokens.scopes(request.headers.get("authorization", "").removeprefix("Bearer "))
        if scopes is None:
            return _error_response(401, "")
        return None if "employees" in scopes else ipayroll_error(403, "Insufficient scope for this resource")

    async def employees(self, request: Request) -> Response:
        """List the active employees, or create employees."""
        if (refused := self._refused(request)) is not None:
            return refused
        return self._listed(request) if request.method == "GET" else await self._create(request)

    async def employee(self, request: Request) -> Response:
        """Return or change one employee."""
        if (refused := self._refused(request)) is not None:
            return refused
        employee = self._payroll.get(request.path_params["employee"])
        if employee is None:
            return ipayroll_error(404, "Employee not found")
        return (
            Json(self._as_returned(request, employee))
            if request.method == "GET"
            else await self._update(request, employee)
        )

    async def cost_centres(self, request: Request) -> Response:
        """List the cost centres."""
        if (refused := self._refused(request)) is not None:
            return refused
        return Json({"content": self._world.choice_lists.get("costcentres")})

    def _listed(self, request: Request) -> Response:
        try:
            number, size = (
                int(request.query_params.get(name, default))
                for name, default in (("page", 0), ("size", _PAGE))
            )
        except ValueError:
            return ipayroll_error(400, "page and size must be whole numbers")
        if number < 0 or size < 1:
            return ipayroll_error(400, "page must be 0 or more and size 1 or more")
        size, active = min(size, _LARGEST_PAGE), self._payroll.active()
        pages = -(-len(active) // size)
        content = [self._as_returned(request, one) for one in active[number * size : (number + 1) * size]]
        page = {"size": size, "totalElements": len(active), "totalPages": pages, "number": number}
        here = str(request.url.replace(query=""))
        following = (
            [{"rel": "next", "href": f"{here}?page={number + 1}&size={size}"}] if number + 1 < pages else []
        )
        return Json(
            {
                "content": content,
                "page": page,
                "links": [{"rel": "self", "href": str(request.url)}, *following],
            }
        )

    async def _create(self, request: Request) -> Response:
        try:
            employees = await json_body(request)
        except ValueError:
            return ipayroll_error(400, "The request is not JSON")
        if (
            not isinstance(employees, list)
            or not employees
            or not all(isinstance(one, dict) for one in employees)
        ):
            return ipayroll_error(400, "The request must be an array of employees")
        if errors := self._batch_errors(employees):
            self._system.counters.rejected += len(employees)
            return ipayroll_error(422, *errors)
        employees = [{field: value for field, value in one.items() if value is not None} for one in employees]
        self._payroll.create(employees)
        self._system.counters.creates += len(employees)
        if self._system.switches.create_then_500:
            self._system.switches.create_then_500 -= 1
            self._system.counters.count_fault("create_then_500")
            return ipayroll_error(500, "An unexpected error has occurred")
        return Json([self._as_returned(request, one) for one in employees], 201)

    def _batch_errors(self, employees: list[Document]) -> list[str]:
        seen: set[Any] = set()
        errors = []
        for number, employee in enumerate(employees):
            where = f"employees[{number}]: " if len(employees) > 1 else ""
            errors += [f"{where}{message}" for message in self._errors(employee)]
            name = employee.get("employeeId")
            if isinstance(name, str) and (name in seen or self._payroll.get(name) is not None):
                errors.append(f"{where}Employee id {name} is already in use")
            seen.add(str(name))
        return errors

    def _errors(self, employee: Document) -> list[str]:
        configured_refusal = self._system.switches.refuse_employees.get(str(employee.get("employeeId")))
        return [*validation_errors(employee), *([configured_refusal] if configured_refusal else [])]

    async def _update(self, request: Request, old: Document) -> Response:
        name = old["employeeId"]
        if name in self._system.switches.locked_employees:
            return ipayroll_error(423, _LOCKED)
        try:
            changes = await json_body(request)
        except ValueError:
            return ipayroll_error(400, "The request is not JSON")
        if not isinstance(changes, dict):
            return ipayroll_error(400, "The request must be one employee")
        new = self._merged(old, changes)
        errors = self._errors(new)
        if changes.get("employeeId", name) != name:
            errors.append("Employee id cannot be changed")
        if errors:
            self._system.counters.rejected += 1
            return ipayroll_error(422, *errors)
        self._payroll.update(new)
        self._system.counters.updates += 1
        return Json(self._as_returned(request, new))

    def _merged(self, old: Document, changes: Document) -> Document:
        if self._system.switches.full_replace:
            return {"employeeId": old["employeeId"], **changes}
        return {field: value for field, value in (old | changes).items() if value is not None}

    def _as_returned(self, request: Request, employee: Document) -> Document:
        base = str(request.url).split("/api/v1/")[0]
        return as_returned(employee, lambda name: f"{base}/api/v1/employees/{name}")
