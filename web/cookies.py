"""The two cookies of iHUB, both HttpOnly: who is signed in, and which browser this is."""

from __future__ import annotations

from starlette.requests import HTTPConnection
from starlette.responses import Response

from core.settings import settings

SESSION = "ihub_session"
BROWSER = "ihub_browser"


def secure() -> bool:
    """Say whether browsers reach iHUB by https, so that cookies must not travel without it."""
    return settings().url.startswith("https://")


def keep_session(response: Response, token: str) -> None:
    """Give the browser its session."""
    longest = settings().session_hours * 3600
    response.set_cookie(SESSION, token, max_age=longest, path="/", httponly=True, samesite="lax", secure=secure())


def drop_session(response: Response) -> None:
    """Take the session away from the browser."""
    response.delete_cookie(SESSION, path="/", httponly=True, samesite="lax", secure=secure())


def address(request: HTTPConnection) -> str | None:
    """Return where a request comes from."""
    return request.client.host if request.client else None
