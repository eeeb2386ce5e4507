"""Middleware that learns from a trusted proxy where a request comes from; anybody else's word is not taken.

uvicorn's own reading of these headers is switched off in the Procfile: it would believe every program on this machine.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from core.settings import settings
from core.sign_in.cookies import secure

SAFE_TO_REPEAT = ("GET", "HEAD")


class ForwardedHeaders:
    """Put the browser's address and scheme where the proxy's are, and send browsers that came by http on to https."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request or a websocket on."""
        if scope["type"] not in ("http", "websocket") or not trusted((scope.get("client") or ("",))[0]):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        browser = nearest_stranger(headers.getlist("x-forwarded-for"))
        if browser is not None:
            scope["client"] = (browser, 0)
        scheme = headers.get("x-forwarded-proto", "").strip()
        if scheme in ("http", "https"):
            scope["scheme"] = scheme if scope["type"] == "http" else scheme.replace("http", "ws")
        if scheme == "http" and secure() and scope["type"] == "http" and scope["method"] in SAFE_TO_REPEAT:
            await RedirectResponse(settings().url + _asked(scope), 308)(scope, receive, send)
            return
        await self.app(scope, receive, send)


def _asked(scope: Scope) -> str:
    query = scope["query_string"].decode("latin-1")
    return quote(scope["path"]) + (f"?{query}" if query else "")


def trusted(host: str) -> bool:
    """Say whether an address is a proxy whose word is taken."""
    address = _parsed(host)
    return address is not None and any(address in network for network in settings().proxy_networks())


def nearest_stranger(forwarded: list[str]) -> str | None:
    """Return the last address that a trusted proxy has seen; what stands further left, anybody may have written."""
    for part in reversed(",".join(forwarded).split(",")):
        address = _parsed(part.strip())
        if address is None:
            return None
        if not trusted(str(address)):
            return str(address)
    return None


def _parsed(host: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(host)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
