"""Middleware around every request: security headers, the browser's nonce, and blocked paths of Streamlit."""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from core.settings import settings
from core.sign_in.cookies import browser_cookie, secure
from web.content_security_policy import content_policy

BLOCKED_PATHS = ("/_stcore/metrics", "/_stcore/agent", "/_stcore/script-health-check")
HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
ONE_YEAR = "max-age=31536000"


class SecurityHeaders:
    """Return 404 for blocked paths, add the security headers, and give each new browser a nonce."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request or a websocket."""
        if scope["type"] in ("http", "websocket") and (_is_blocked(scope) or _is_foreign_websocket(scope)):
            await _refuse(scope, receive, send)
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                _add_headers(MutableHeaders(scope=message), HTTPConnection(scope))
            await send(message)

        await self.app(scope, receive, send_with_headers)


def _is_blocked(scope: Scope) -> bool:
    return any(part in scope["path"] for part in BLOCKED_PATHS)


def _is_foreign_websocket(scope: Scope) -> bool:
    """Say whether another site's page opens a websocket; Streamlit would allow that from any port of this machine."""
    if scope["type"] != "websocket":
        return False
    headers = Headers(scope=scope)
    origin = headers.get("origin")
    ours = (headers.get("host"), urlsplit(settings().url).netloc)
    return origin is not None and urlsplit(origin).netloc not in ours


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    response = (
        PlainTextResponse("There is no such page.", 404) if scope["type"] == "http" else WebSocketClose()
    )
    await response(scope, receive, send)


def _add_headers(headers: MutableHeaders, request: HTTPConnection) -> None:
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    headers.setdefault("content-security-policy", content_policy())
    if secure():
        headers.setdefault("strict-transport-security", ONE_YEAR)
    name = browser_cookie()
    if name not in request.cookies and "text/html" in request.headers.get("accept", ""):
        nonce = f"{name}={secrets.token_urlsafe(24)}; Path=/; HttpOnly; SameSite=Lax"
        headers.append("set-cookie", nonce + ("; Secure" if secure() else ""))
