"""The health route, and what a route responds while the store is down."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from core import store_errors
from core.operations import health


def healthz(request: Request) -> JSONResponse:
    """Return 200 when this process can serve, otherwise 503; with ``strict=1``, also 503 when anything is missing."""
    state = health.check_services()
    check = health.is_complete if request.query_params.get("strict") == "1" else health.can_serve
    return JSONResponse(state, 200 if check(state) else 503)


def store_down(_request: Request, error: Exception) -> Response:
    """Say what happened to the store and what to do."""
    sentence = store_errors.explain(error) or "The store cannot be used. Contact enableHR Support."
    return PlainTextResponse(sentence, 503, headers={"cache-control": "no-store", "retry-after": "10"})


routes = [Route("/healthz", healthz)]
