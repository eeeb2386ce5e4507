"""The health route: whether the store and Redis respond."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from core.operations import health


def healthz(_request: Request) -> JSONResponse:
    """Return 200 when the store and Redis respond, otherwise 503."""
    state = health.check_services()
    return JSONResponse(state, 200 if all(part == "ok" for part in state.values()) else 503)


routes = [Route("/healthz", healthz)]
