"""The part of the control API about payroll systems: their employees, lists and keys as they are stored."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sandbox.responses import Json, json_body
from sandbox.world import World


class ControlError(Exception):
    """A request that cannot be carried out; the message says why."""


class PayrollControl:
    """What can be seen and changed in the payroll systems."""

    def __init__(self, world: World) -> None:
        """Control this world."""
        self._world = world

    async def payroll(self, _request: Request) -> Response:
        """Return all employees in payroll as stored."""
        return Json(self._world.payroll.everyone())

    async def payroll_edit(self, request: Request) -> Response:
        """Change fields of an employee in payroll, as a payroll officer would."""
        employee = self._world.payroll.get(request.path_params["id"])
        if employee is None:
            return Json({"error": "There is no such employee."}, 404)
        new = employee | await json_object(request) | {"employeeId": employee["employeeId"]}
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
        return Json(self._world.hero.put(employee | await json_object(request) | {"id": employee["id"]}))

    async def xero(self, _request: Request) -> Response:
        """Return all employees at Xero as stored."""
        return Json(self._world.xero.everyone())

    async def xero_edit(self, request: Request) -> Response:
        """Change fields of an employee there, as a payroll officer would."""
        employee = self._world.xero.get(request.path_params["id"])
        if employee is None:
            return Json({"error": "There is no such employee."}, 404)
        return Json(self._world.xero.change(employee, await json_object(request)))


async def json_object(request: Request) -> dict[str, Any]:
    """Return the object of a request. Raises ControlError when it is anything else."""
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
