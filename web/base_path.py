"""Middleware that serves iHUB under the path of IHUB_URL, whether the proxy in front of it keeps that path or not."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.settings import settings


class BasePath:
    """Take the path of IHUB_URL from each address, and put it before each redirect."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request or a websocket."""
        base = settings().base_path
        if not base or scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        if scope["path"] == base and scope["type"] == "http":
            await RedirectResponse(f"{base}/", 308)(scope, receive, send)
            return
        if scope["path"].startswith(f"{base}/"):
            path = scope["path"].removeprefix(base)
            raw = scope.get("raw_path", path.encode()).removeprefix(base.encode())
            scope = {**scope, "path": path, "raw_path": raw}

        async def send_below(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                location = headers.get("location", "")
                if location.startswith("/") and not location.startswith("//"):
                    headers["location"] = base + location
            await send(message)

        await self.app(scope, receive, send_below)
