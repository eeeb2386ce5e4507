"""enableHR's API: the user, accounts, branches, employees and their payroll details."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

from sandbox.enablehr import shapes
from sandbox.enablehr.listing import ListingError, cursor_page, list_page
from sandbox.enablehr.writes import writing_routes
from sandbox.gateway import FaultGateway
from sandbox.people.invented import BRANCHES, Person
from sandbox.responses import Json, enablehr_error, enablehr_errors
from sandbox.world import ACCOUNT_ID, World, account_ids

Handler = Callable[[Request], Awaitable[Response]]
REFERENCE = "read:accounts:referencedata"
_SINGULAR = {"employees": "employee", "branches": "branch"}


def enablehr(world: World) -> FaultGateway:
    """Return the API behind its gateway."""
    api = Api(world)
    return FaultGateway(
        Router(routes=[*api.routes(), *writing_routes(world, require_scope)], default=_not_found),
        world.sign_ins["enablehr"],
        route_name,
        lambda status, detail: enablehr_error(status, detail.rstrip("."), detail),
    )


async def _not_found(scope: Scope, receive: Receive, send: Send) -> None:
    await enablehr_error(404, "Not Found", "There is nothing at this address.")(scope, receive, send)


def route_name(method: str, path: str) -> str:
    """Name a request by what it asks for, such as ``employees``, ``employee`` or ``bank-accounts``."""
    parts = path.strip("/").split("/")
    name = _SINGULAR.get(parts[2], parts[2]) if len(parts) == 4 else parts[-1]
    if parts[-1] == "self":
        name = f"{parts[0]}/self"
    return name if method == "GET" else f"{method} {name}"


def require_scope(world: World, scope: str | None, handler: Handler) -> Handler:
    """Refuse requests without a valid token or the scope, or to another account."""

    async def checked(request: Request) -> Response:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        granted = world.sign_ins["enablehr"].tokens.scopes(token)
        if granted is None:
            return enablehr_error(
                401, "Unauthorized", "The access token is missing, not valid or has expired."
            )
        if scope is not None and scope not in granted:
            return enablehr_error(401, "Unauthorized", f"The access token lacks the scope {scope}.")
        allowed = account_ids(world.sign_ins["enablehr"])
        if request.path_params.get("account", ACCOUNT_ID) not in allowed:
            return enablehr_error(404, "Not Found", "There is no such account.")
        world.actions.carry_out()
        return await handler(request)

    return checked


class Api:
    """Everything that can be read."""

    def __init__(self, world: World) -> None:
        """Answer from this world."""
        self._world = world

    def routes(self) -> list[Route]:
        """Return the routes for reading."""
        account, payroll = "/accounts/{account}", "read:employees:payroll"
        one = f"{account}/employees/{{employee}}"
        table: list[tuple[str, str | None, Handler]] = [
            (one, "read:employees", self.about(shapes.detail)),
            (f"{one}/bank-accounts", payroll, self.about(shapes.bank_accounts)),
            (f"{one}/tax-details", payroll, self.about(shapes.tax_details)),
            # The vendor's own file asks for "manage" to read this one.
            (f"{one}/retirement-savings", "manage:employees:payroll", self.about(shapes.retirement_savings)),
            (f"{account}/employees", "read:employees", self.employees),
            ("/users/self", None, self.user),
            ("/accounts", "read:accounts", self.accounts),
            ("/accounts/self", None, self.current_account),
            (f"{account}/branches", REFERENCE, self.branches),
            (f"{account}/branches/{{branch}}", REFERENCE, self.branch),
            (f"{account}/employment-types", REFERENCE, self.reference("employment-types")),
            (f"{account}/employment-statuses", REFERENCE, self.reference("employment-statuses")),
        ]
        routes = [
            Route(path, require_scope(self._world, scope, handler), methods=["GET"])
            for path, scope, handler in table
        ]
        return [*routes, Route("/ping", self.ping)]

    async def ping(self, _request: Request) -> Response:
        """Return that the system is up."""
        return Json({"status": "OK"})

    async def user(self, _request: Request) -> Response:
        """Return the person who consented."""
        return Json(shapes.user(account_ids(self._world.sign_ins["enablehr"])))

    async def accounts(self, _request: Request) -> Response:
        """Return the accounts of the person who consented."""
        nodes = [shapes.account(one) for one in account_ids(self._world.sign_ins["enablehr"])]
        return Json(cursor_page(nodes, has_next=False))

    async def current_account(self, _request: Request) -> Response:
        """Return the ids of the accounts, comma-separated."""
        return Json({"accountIds": ",".join(account_ids(self._world.sign_ins["enablehr"]))})

    async def branches(self, request: Request) -> Response:
        """List the branches."""
        return self._list(request, [shapes.branch(branch) for branch in BRANCHES])

    async def branch(self, request: Request) -> Response:
        """Return one branch."""
        found = next((one for one in BRANCHES if one["id"] == request.path_params["branch"]), None)
        return (
            Json(shapes.branch(found))
            if found
            else enablehr_error(404, "Not Found", "There is no such branch.")
        )

    def reference(self, name: str) -> Handler:
        """Return a handler that lists reference data."""

        async def handler(request: Request) -> Response:
            return self._list(request, shapes.REFERENCE_DATA[name], links=False)

        return handler

    async def employees(self, request: Request) -> Response:
        """List summaries of the employees."""
        return self._list(request, [])

    def _list(self, request: Request, nodes: list[dict[str, Any]], *, links: bool = True) -> Response:
        people = self._world.employees if request.url.path.endswith("/employees") else None
        stuck = self._world.sign_ins["enablehr"].switches.cursor_stuck
        try:
            page = list_page(request.query_params, nodes, people, stuck=stuck)
        except ListingError as error:
            return enablehr_errors([str(error)])
        base = str(request.url.replace(query=""))
        for entry in page["data"] if links else ():
            entry["retrieveLink"] = f"{base}/{entry['node']['id']}"
        return Json(page)

    def about(self, shape: Callable[[Person], dict[str, Any]]) -> Handler:
        """Return a handler that returns one employee in a shape."""

        async def handler(request: Request) -> Response:
            person = self._world.employees.get(request.path_params["employee"])
            return (
                Json(shape(person))
                if person
                else enablehr_error(404, "Not Found", "There is no such employee.")
            )

        return handler
