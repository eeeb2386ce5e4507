"""Middleware around every request: allowed addresses, security headers, and the browser's nonce."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from urllib.parse import unquote_to_bytes

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from core.settings import settings
from core.sign_in.cookies import browser_cookie, secure
from web.allowed_paths import is_allowed
from web.content_security_policy import content_policy
from web.csrf import host_of

# How browsers say that they load ahead: prefetch, prerender and preview.
LOAD_AHEAD = ("sec-purpose", "purpose", "x-purpose", "x-moz")
CONTROL_CHARACTERS = frozenset({*range(32), 127})
UNREADABLE = "This address cannot be read. Go back to iHUB and try again."
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
    """Refuse addresses that iHUB does not use, add the security headers, and give each new browser a nonce."""

    def __init__(self, app: ASGIApp, routes: Sequence[BaseRoute] = ()) -> None:
        """Take iHUB's own routes."""
        self.app, self._routes = app, routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request or a websocket."""
        if scope["type"] == "websocket":
            refused = not is_allowed(scope, self._routes) or _is_foreign_websocket(scope)
            await (WebSocketClose() if refused else self.app)(scope, receive, send)
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        app = self.app
        if not is_allowed(scope, self._routes):
            app = PlainTextResponse("There is no such page.", 404)
        elif _only_looks(scope):
            app = Response(status_code=204, headers={"cache-control": "no-store"})
        elif not _is_readable(scope):
            app = _unreadable(scope)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                _add_headers(MutableHeaders(scope=message), HTTPConnection(scope))
            await send(message)

        await app(scope, receive, send_with_headers)


def _only_looks(scope: Scope) -> bool:
    """Say whether nobody has clicked: a HEAD, or a browser that loads ahead what might be clicked.

    What signs in, connects or changes something has to wait for the click.
    """
    if not scope["path"].startswith(("/auth/", "/oauth/")) or scope["path"].endswith(".js"):
        return False
    headers = Headers(scope=scope)
    return scope["method"] == "HEAD" or any("pre" in headers.get(name, "") for name in LOAD_AHEAD)


def _is_readable(scope: Scope) -> bool:
    """Say whether a path and its query are UTF-8 without control characters; no link of iHUB has any."""
    written = scope["path"].encode("utf-8", "surrogateescape") + unquote_to_bytes(scope["query_string"])
    try:
        written.decode()
    except UnicodeDecodeError:
        return False
    return CONTROL_CHARACTERS.isdisjoint(written)


def _unreadable(scope: Scope) -> Response:
    """Return the refusal of an address that cannot be read: for programs as a problem, as the API's others are."""
    headers = {"cache-control": "no-store"}
    if not scope["path"].startswith("/api/"):
        return PlainTextResponse(UNREADABLE, 400, headers=headers)
    body = {"title": "Bad request", "status": 400, "detail": UNREADABLE}
    return JSONResponse(body, 400, headers, media_type="application/problem+json")


def _is_foreign_websocket(scope: Scope) -> bool:
    """Say whether another site's page opens a websocket; Streamlit would allow that from any port of this machine."""
    headers = Headers(scope=scope)
    origin = headers.get("origin")
    ours = {headers.get("host"), host_of(settings().url)}
    return origin is not None and (host_of(origin) or None) not in ours - {None}


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
