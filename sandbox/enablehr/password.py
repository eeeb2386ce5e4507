"""The check of a user name and a password, as an operator's enableHR may offer it; its own description has none."""

from __future__ import annotations

import secrets

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.answers import Json, body_of, problem, problems
from sandbox.enablehr import shapes
from sandbox.world import World


def password_route(world: World) -> Route:
    """Return the route: JSON with both in, the person out, 401 when the two do not go together."""

    async def check(request: Request) -> Response:
        try:
            body = await body_of(request)
            given = f"{body['username']}\n{body['password']}"
        except (ValueError, KeyError, TypeError):
            return problems(["Send a JSON object with username and password."])
        system = world.sign_ins["enablehr"]
        if system.switches.unauthorised or not _same(given, f"{system.username}\n{system.password}"):
            return problem(401, "Unauthorized", "The user name or password is not right.")
        return Json(shapes.user())

    return Route("/enablehr/login/password", check, methods=["POST"])


def _same(given: str, right: str) -> bool:
    return secrets.compare_digest(given.encode(), right.encode())
