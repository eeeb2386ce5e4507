"""Middleware that takes the browser's address and scheme from the headers of trusted proxies only.

uvicorn's own handling of these headers is switched off in the Procfile: it would trust every program on this machine.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from core.settings import settings
from core.sign_in.cookies import secure

SAFE_METHODS = ("GET", "HEAD")


class ForwardedHeaders:
    """Replace the proxy's address and scheme with the browser's, and redirect browsers from http to https."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request or a websocket."""
        if scope["type"] not in ("http", "websocket") or not is_trusted((scope.get("client") or ("",))[0]):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        browser = client_behind_proxies(headers.getlist("x-forwarded-for"))
        if browser is not None:
            scope["client"] = (browser, 0)
        scheme = headers.get("x-forwarded-proto", "").strip()
        if scheme in ("http", "https"):
            scope["scheme"] = scheme if scope["type"] == "http" else scheme.replace("http", "ws")
        if scheme == "http" and secure() and scope["type"] == "http" and scope["method"] in SAFE_METHODS:
            await RedirectResponse(settings().url + _target(scope), 308)(scope, receive, send)
            return
        await self.app(scope, receive, send)


def _target(scope: Scope) -> str:
    query = scope["query_string"].decode("latin-1")
    return quote(scope["path"]) + (f"?{query}" if query else "")


def is_trusted(host: str) -> bool:
    """Say whether an address belongs to a trusted proxy."""
    address = _parsed(host)
    return address is not None and any(address in network for network in settings().proxy_networks())


def client_behind_proxies(forwarded: list[str]) -> str | None:
    """Return the last address that a trusted proxy has added; anyone could have written those before it."""
    for part in reversed(",".join(forwarded).split(",")):
        address = _parsed(part.strip())
        if address is None:
            return None
        if not is_trusted(str(address)):
            return str(address)
    return None


def _parsed(host: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(host)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
