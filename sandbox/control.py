"""The control desk for the demo and the tests: switches, counters, people and payroll as they are stored."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.answers import Json, body_of
from sandbox.faults import Switches, changed
from sandbox.oauth.endpoint import grant
from sandbox.pages.forms import from_elsewhere
from sandbox.world import World

_ONCE = ("expire_access_tokens", "revoke_tokens")


class ControlError(Exception):
    """The desk cannot do what was asked; the message says why."""


def control_routes(world: World) -> list[Route]:
    """Return the routes of the desk."""
    desk = Desk(world)
    table = (
        ("/state", desk.state, "GET"),
        ("/reset", desk.reset, "POST"),
        ("/switches", desk.switches, "POST"),
        ("/grant", desk.grant, "POST"),
        ("/clock", desk.clock, "POST"),
        ("/people", desk.people, "GET"),
        ("/people", desk.add, "POST"),
        ("/people/{id}", desk.person, "GET"),
        ("/people/{id}", desk.edit, "PATCH"),
        ("/payroll", desk.payroll, "GET"),
        ("/payroll/{id:path}", desk.payroll_edit, "PATCH"),
        ("/key", desk.key, "GET"),
        ("/hero", desk.hero, "GET"),
        ("/hero/{id}", desk.hero_edit, "PATCH"),
    )
    return [Route(f"/control{path}", _careful(handler), methods=[method]) for path, handler, method in table]


def _careful(handler: Any) -> Any:
    """Refuse what another site's page sends; word what was asked wrongly as a sentence."""

    async def guarded(request: Request) -> Response:
        if from_elsewhere(request):
            return Json({"error": "Another site may not use the control desk."}, 403)
        try:
            answer: Response = await handler(request)
        except ControlError as error:
            return Json({"error": str(error)}, 400)
        return answer

    return guarded


class Desk:
    """Everything that can be seen and moved from outside."""

    def __init__(self, world: World) -> None:
        """Control this world."""
        self._world = world

    async def state(self, request: Request) -> Response:
        """Return counters, switches and sizes."""
        systems = self._world.systems.values()
        counters: dict[str, dict[str, Any]] = {one.name: asdict(one.counters) for one in systems}
        counters["ipayroll"]["created_per_employee"] = self._world.payroll.creates
        return Json(
            {
                "seed": self._world.seed,
                "today": self._world.clock.today(),
                "people": len(self._world.employees),
                "payroll": len(self._world.payroll),
                "hero": len(self._world.hero),
                "counters": counters,
                "switches": {one.name: one.switches.model_dump() for one in systems},
            }
        )

    async def reset(self, request: Request) -> Response:
        """Start over with a seed and a number of employees."""
        body = await _object(request)
        seed, employees = body.get("seed", 1), body.get("employees", 250)
        if not isinstance(seed, int) or not isinstance(employees, int) or not 0 <= employees <= 500_000:
            raise ControlError("seed and employees must be whole numbers, employees at most 500000.")
        self._world.reset(seed, employees)
        return await self.state(request)

    async def switches(self, request: Request) -> Response:
        """Move switches of one system or of several; null puts a system's switches back."""
        body = await _object(request)
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
            system.switches = changed(
                system.switches, {key: value for key, value in changes.items() if key not in _ONCE}
            )
        except ValidationError as error:
            first = error.errors()[0]
            raise ControlError(f"Switch {'.'.join(map(str, first['loc']))}: {first['msg']}.") from error
        if changes.get("expire_access_tokens") and name in self._world.sign_ins:
            self._world.sign_ins[name].tokens.expire_access()
        if changes.get("revoke_tokens"):
            system.lock_out()

    async def grant(self, request: Request) -> Response:
        """Return tokens as if a person had consented."""
        body = await _object(request)
        system = self._world.sign_ins.get(str(body.get("system")))
        if system is None:
            raise ControlError("system must be enablehr or ipayroll.")
        return Json(grant(system, body.get("scopes") or list(system.scopes)))

    async def clock(self, request: Request) -> Response:
        """Move the sandbox's clock forward by some seconds."""
        ahead = (await _object(request)).get("advance_seconds")
        if not isinstance(ahead, int | float) or ahead < 0:
            raise ControlError("advance_seconds must be a number of seconds.")
        self._world.clock.ahead += ahead
        return await self.state(request)

    async def people(self, request: Request) -> Response:
        """Return everybody in enableHR as stored, with their traits."""
        return Json(self._world.employees.everyone())

    async def add(self, request: Request) -> Response:
        """Add people with any fields, all at once; each gets the next free id."""
        people = (await _object(request)).get("people")
        if not isinstance(people, list) or not all(isinstance(one, dict) for one in people):
            raise ControlError("people must be a list of JSON objects.")
        return Json([self._world.employees.add(one) for one in people], 201)

    async def person(self, request: Request) -> Response:
        """Return one person as stored."""
        found = self._world.employees.get(request.path_params["id"])
        return Json(found) if found else Json({"error": "There is no such person."}, 404)

    async def edit(self, request: Request) -> Response:
        """Change any fields of a person."""
        if self._world.employees.get(request.path_params["id"]) is None:
            return Json({"error": "There is no such person."}, 404)
        return Json(self._world.employees.edit(request.path_params["id"], await _object(request)))

    async def payroll(self, request: Request) -> Response:
        """Return everybody in payroll as stored."""
        return Json(self._world.payroll.everyone())

    async def payroll_edit(self, request: Request) -> Response:
        """Change fields of an employee in payroll, as somebody at payroll would."""
        found = self._world.payroll.get(request.path_params["id"])
        if found is None:
            return Json({"error": "There is no such employee."}, 404)
        new = found | await _object(request) | {"employeeId": found["employeeId"]}
        self._world.payroll.update(new)
        return Json(new)

    async def key(self, request: Request) -> Response:
        """Return the key that opens Employment Hero Payroll."""
        return Json({"key": self._world.keypay.keys.current})

    async def hero(self, request: Request) -> Response:
        """Return everybody in Employment Hero Payroll as stored."""
        return Json(self._world.hero.everyone())

    async def hero_edit(self, request: Request) -> Response:
        """Change fields of an employee there, as somebody at payroll would."""
        found = self._world.hero.get(request.path_params["id"])
        if found is None:
            return Json({"error": "There is no such employee."}, 404)
        return Json(self._world.hero.keep(found | await _object(request) | {"id": found["id"]}))


async def _object(request: Request) -> dict[str, Any]:
    try:
        body = await body_of(request)
    except ValueError as error:
        raise ControlError("Send a JSON object.") from error
    if not isinstance(body, dict):
        raise ControlError("Send a JSON object.")
    return body
