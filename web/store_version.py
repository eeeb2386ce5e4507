"""Middleware that answers nothing from a store of another version of iHUB."""

from __future__ import annotations

from starlette.responses import JSONResponse, PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from core import store_version
from core.store_version import BEING_UPGRADED

HEADERS = {"cache-control": "no-store", "retry-after": "30"}
OWN = ("/auth/", "/oauth/", "/export/", "/api/")


class StoreVersion:
    """Refuse iHUB's own routes with a sentence while the store belongs to another version. Pages say it themselves."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request or a websocket."""
        app = self.app
        if scope["type"] == "http" and _needs_store(scope["path"]) and store_version.check.why_waiting():
            app = _refusal(scope["path"])
        await app(scope, receive, send)


def _needs_store(path: str) -> bool:
    return path.startswith(OWN) and not path.endswith(".js")


def _refusal(path: str) -> ASGIApp:
    if not path.startswith("/api/"):
        return PlainTextResponse(BEING_UPGRADED, 503, HEADERS)
    body = {"title": "Service unavailable", "status": 503, "detail": BEING_UPGRADED}
    return JSONResponse(body, 503, HEADERS, media_type="application/problem+json")
