"""The control API for the demo and the tests: switches, counters, and people and payroll as they are stored."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.control_payrolls import ControlError, PayrollControl, json_object
from sandbox.enablehr import moves
from sandbox.faults import Switches, with_changes
from sandbox.oauth.endpoint import grant
from sandbox.pages.forms import from_another_site
from sandbox.people.invented import Person
from sandbox.responses import Json
from sandbox.world import World

_ONCE = ("expire_access_tokens", "revoke_tokens")


def control_routes(world: World) -> list[Route]:
    """Return the routes of the control API."""
    api, payrolls = ControlApi(world), PayrollControl(world)
    table = (
        ("/state", api.state, "GET"),
        ("/reset", api.reset, "POST"),
        ("/switches", api.switches, "POST"),
        ("/grant", api.grant, "POST"),
        ("/clock", api.clock, "POST"),
        ("/people", api.people, "GET"),
        ("/people", api.add, "POST"),
        ("/people/{id}", api.person, "GET"),
        ("/people/{id}", api.edit, "PATCH"),
        ("/people/{id}/transfer", api.transfer, "POST"),
        ("/people/{id}/merge", api.merge, "POST"),
        ("/payroll", payrolls.payroll, "GET"),
        ("/payroll/{id:path}", payrolls.payroll_edit, "PATCH"),
        ("/lists/{name}", payrolls.choice_list, "PUT"),
        ("/key", payrolls.key, "GET"),
        ("/hero", payrolls.hero, "GET"),
        ("/hero/{id}", payrolls.hero_edit, "PATCH"),
        ("/xero", payrolls.xero, "GET"),
        ("/xero/{id}", payrolls.xero_edit, "PATCH"),
    )
    return [Route(f"/control{path}", _guarded(handler), methods=[method]) for path, handler, method in table]


def _guarded(handler: Any) -> Any:
    """Refuse requests from another site's page; return a ControlError as a sentence."""

    async def guarded(request: Request) -> Response:
        if from_another_site(request):
            return Json({"error": "Another site may not use the control api."}, 403)
        try:
            answer: Response = await handler(request)
        except ControlError as error:
            return Json({"error": str(error)}, 400)
        return answer

    return guarded


class ControlApi:
    """Everything that can be seen and changed from outside."""

    def __init__(self, world: World) -> None:
        """Control this world."""
        self._world = world

    async def state(self, _request: Request) -> Response:
        """Return counters, switches and sizes."""
        systems = self._world.systems.values()
        counters: dict[str, dict[str, Any]] = {system.name: asdict(system.counters) for system in systems}
        counters["ipayroll"]["created_per_employee"] = self._world.payroll.creates
        return Json(
            {
                "seed": self._world.seed,
                "today": self._world.clock.today(),
                "people": len(self._world.employees),
                "payroll": len(self._world.payroll),
                "hero": len(self._world.hero),
                "xero": len(self._world.xero),
                "counters": counters,
                "switches": {system.name: system.switches.model_dump() for system in systems},
            }
        )

    async def reset(self, request: Request) -> Response:
        """Start again with a seed and a number of employees."""
        body = await json_object(request)
        seed, employees = body.get("seed", 1), body.get("employees", 250)
        if not isinstance(seed, int) or not isinstance(employees, int) or not 0 <= employees <= 500_000:
            raise ControlError("seed and employees must be whole numbers, employees at most 500000.")
        self._world.reset(seed, employees)
        return await self.state(request)

    async def switches(self, request: Request) -> Response:
        """Change switches of one or several systems; null resets a system's switches."""
        body = await json_object(request)
        if unknown := set(body) - set(self._world.systems):
            raise ControlError(f"There is no system {sorted(unknown)[0]}.")
        for name, changes in body.items():
            self._switch(name, changes)
        return await self.state(request)

    def _switch(self, name: str, changes: dict[str, Any] | None) -> None:
        system = self._world.systems[name]
        if changes is None:
            system.switches = Switches()
            return
        try:
            system.switches = with_changes(
                system.switches, {key: value for key, value in changes.items() if key not in _ONCE}
            )
        except ValidationError as error:
            first = error.errors()[0]
            raise ControlError(f"Switch {'.'.join(map(str, first['loc']))}: {first['msg']}.") from error
        if changes.get("expire_access_tokens") and name in self._world.sign_ins:
            self._world.sign_ins[name].tokens.expire_access()
        if changes.get("revoke_tokens"):
            system.revoke_access()

    async def grant(self, request: Request) -> Response:
        """Return tokens as if a person had consented."""
        body = await json_object(request)
        system = self._world.sign_ins.get(str(body.get("system")))
        if system is None:
            raise ControlError("system must be enablehr, ipayroll or xero.")
        return Json(grant(system, body.get("scopes") or list(system.scopes)))

    async def clock(self, request: Request) -> Response:
        """Move the sandbox's clock forward by some seconds."""
        ahead = (await json_object(request)).get("advance_seconds")
        if not isinstance(ahead, int | float) or ahead < 0:
            raise ControlError("advance_seconds must be a number of seconds.")
        self._world.clock.ahead += ahead
        return await self.state(request)

    async def people(self, _request: Request) -> Response:
        """Return all people in enableHR as stored, with their traits."""
        return Json(self._world.employees.everyone())

    async def add(self, request: Request) -> Response:
        """Add people with any fields, all at once; each gets the next free id."""
        people = (await json_object(request)).get("people")
        if not isinstance(people, list) or not all(isinstance(person, dict) for person in people):
            raise ControlError("people must be a list of JSON objects.")
        return Json([self._world.employees.add(person) for person in people], 201)

    async def person(self, request: Request) -> Response:
        """Return one person as stored."""
        person = self._world.employees.get(request.path_params["id"])
        return Json(person) if person else Json({"error": "There is no such person."}, 404)

    async def edit(self, request: Request) -> Response:
        """Change any fields of a person."""
        if self._world.employees.get(request.path_params["id"]) is None:
            return Json({"error": "There is no such person."}, 404)
        return Json(self._world.employees.edit(request.path_params["id"], await json_object(request)))

    async def transfer(self, request: Request) -> Response:
        """Transfer a person to a branch, with any changed fields; return the new record."""
        body = await json_object(request)
        branch, kind, changes = body.get("branch"), body.get("type", moves.COPY), body.get("changes", {})
        if not isinstance(changes, dict):
            raise ControlError("changes must be a JSON object.")
        people = self._world.employees
        try:
            new = moves.transfer(people, self._known(request), str(branch), str(kind), changes)
        except moves.MoveError as error:
            raise ControlError(str(error)) from error
        return Json(new, 201)

    async def merge(self, request: Request) -> Response:
        """Merge a person into another one; return the surviving record."""
        into = str((await json_object(request)).get("into"))
        try:
            return Json(moves.merge(self._world.employees, self._known(request), into))
        except moves.MoveError as error:
            raise ControlError(str(error)) from error

    def _known(self, request: Request) -> Person:
        person = self._world.employees.get(request.path_params["id"])
        if person is None:
            raise ControlError("There is no such person.")
        return person
