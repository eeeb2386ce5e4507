"""The check of a user name and password that an operator's enableHR may offer; its published API has none."""

from __future__ import annotations

import secrets

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.enablehr import shapes
from sandbox.responses import Json, enablehr_error, enablehr_errors, json_body
from sandbox.world import World


def password_route(world: World) -> Route:
    """Return the route: takes both as JSON, returns the person, or 401 when they are incorrect."""

    async def check(request: Request) -> Response:
        try:
            body = await json_body(request)
            entered = f"{body['username']}\n{body['password']}"
        except (ValueError, KeyError, TypeError):
            return enablehr_errors(["Send a JSON object with username and password."])
        system = world.sign_ins["enablehr"]
        if system.switches.unauthorised or not _equal(entered, f"{system.username}\n{system.password}"):
            return enablehr_error(401, "Unauthorized", "The user name or password is incorrect.")
        return Json(shapes.user())

    return Route("/enablehr/login/password", check, methods=["POST"])


def _equal(entered: str, correct: str) -> bool:
    return secrets.compare_digest(entered.encode(), correct.encode())
