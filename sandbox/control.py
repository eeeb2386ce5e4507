"""The control API for the demo and the tests: switches, counters, and people and payroll as they are stored."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.enablehr import moves
from sandbox.faults import Switches, with_changes
from sandbox.oauth.endpoint import grant
from sandbox.pages.forms import from_another_site
from sandbox.people.invented import Person
from sandbox.responses import Json, json_body
from sandbox.world import World

_ONCE = ("expire_access_tokens", "revoke_tokens")


class ControlError(Exception):
    """A request that cannot be carried out; the message says why."""


def control_routes(world: World) -> list[Route]:
    """Return the routes of the control API."""
    api = ControlApi(world)
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
        ("/payroll", api.payroll, "GET"),
        ("/payroll/{id:path}", api.payroll_edit, "PATCH"),
        ("/lists/{name}", api.choice_list, "PUT"),
        ("/key", api.key, "GET"),
        ("/hero", api.hero, "GET"),
        ("/hero/{id}", api.hero_edit, "PATCH"),
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
                "counters": counters,
                "switches": {system.name: system.switches.model_dump() for system in systems},
            }
        )

    async def reset(self, request: Request) -> Response:
        """Start again with a seed and a number of employees."""
        body = await _json_object(request)
        seed, employees = body.get("seed", 1), body.get("employees", 250)
        if not isinstance(seed, int) or not isinstance(employees, int) or not 0 <= employees <= 500_000:
            raise ControlError("seed and employees must be whole numbers, employees at most 500000.")
        self._world.reset(seed, employees)
        return await self.state(request)

    async def switches(self, request: Request) -> Response:
        """Change switches of one or several systems; null resets a system's switches."""
        body = await _json_object(request)
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
        body = await _json_object(request)
        system = self._world.sign_ins.get(str(body.get("system")))
        if system is None:
            raise ControlError("system must be enablehr or ipayroll.")
        return Json(grant(system, body.get("scopes") or list(system.scopes)))

    async def clock(self, request: Request) -> Response:
        """Move the sandbox's clock forward by some seconds."""
        ahead = (await _json_object(request)).get("advance_seconds")
        if not isinstance(ahead, int | float) or ahead < 0:
            raise ControlError("advance_seconds must be a number of seconds.")
        self._world.clock.ahead += ahead
        return await self.state(request)

    async def people(self, _request: Request) -> Response:
        """Return all people in enableHR as stored, with their traits."""
        return Json(self._world.employees.everyone())

    async def add(self, request: Request) -> Response:
        """Add people with any fields, all at once; each gets the next free id."""
        people = (await _json_object(request)).get("people")
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
        return Json(self._world.employees.edit(request.path_params["id"], await _json_object(request)))

    async def transfer(self, request: Request) -> Response:
        """Transfer a person to a branch, with any changed fields; return the new record."""
        body = await _json_object(request)
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
        into = str((await _json_object(request)).get("into"))
        try:
            return Json(moves.merge(self._world.employees, self._known(request), into))
        except moves.MoveError as error:
            raise ControlError(str(error)) from error

    def _known(self, request: Request) -> Person:
        person = self._world.employees.get(request.path_params["id"])
        if person is None:
            raise ControlError("There is no such person.")
        return person

    async def payroll(self, _request: Request) -> Response:
        """Return all employees in payroll as stored."""
        return Json(self._world.payroll.everyone())

    async def payroll_edit(self, request: Request) -> Response:
        """Change fields of an employee in payroll, as a payroll officer would."""
        employee = self._world.payroll.get(request.path_params["id"])
        if employee is None:
            return Json({"error": "There is no such employee."}, 404)
        new = employee | await _json_object(request) | {"employeeId": employee["employeeId"]}
        self._world.payroll.update(new)
        return Json(new)

    async def choice_list(self, request: Request) -> Response:
        """Replace a list of a payroll system, named by the last part of its address, such as ``payschedule``."""
        entries = await _array(request)
        try:
            self._world.choice_lists.put(request.path_params["name"], entries)
        except KeyError:
            raise ControlError("There is no such list.") from None
        return Json(entries)

    async def key(self, _request: Request) -> Response:
        """Return the key that opens Employment Hero Payroll."""
        return Json({"key": self._world.keypay.keys.current})

    async def hero(self, _request: Request) -> Response:
        """Return all employees in Employment Hero Payroll as stored."""
        return Json(self._world.hero.everyone())

    async def hero_edit(self, request: Request) -> Response:
        """Change fields of an employee there, as a payroll officer would."""
        employee = self._world.hero.get(request.path_params["id"])
        if employee is None:
            return Json({"error": "There is no such employee."}, 404)
        return Json(self._world.hero.put(employee | await _json_object(request) | {"id": employee["id"]}))


async def _json_object(request: Request) -> dict[str, Any]:
    try:
        body = await json_body(request)
    except ValueError as error:
        raise ControlError("Send a JSON object.") from error
    if not isinstance(body, dict):
        raise ControlError("Send a JSON object.")
    return body


async def _array(request: Request) -> list[dict[str, Any]]:
    """Return the objects of a request. Raises ControlError when it is anything else."""
    try:
        entries = await json_body(request)
    except ValueError:
        entries = None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ControlError("Send an array of objects.")
    return entries
