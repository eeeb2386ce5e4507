"""Giving a browser its session and taking it away, and where a request comes from."""

from __future__ import annotations

from starlette.requests import HTTPConnection
from starlette.responses import Response

from core.settings import settings
from core.sign_in.cookies import secure, session_cookie


def set_session_cookie(response: Response, token: str) -> None:
    """Give the browser its session."""
    longest = settings().session_hours * 3600
    response.set_cookie(
        session_cookie(), token, max_age=longest, path="/", httponly=True, samesite="lax", secure=secure()
    )


def delete_session_cookie(response: Response) -> None:
    """Take the session away from the browser."""
    response.delete_cookie(session_cookie(), path="/", httponly=True, samesite="lax", secure=secure())


def client_address(request: HTTPConnection) -> str | None:
    """Return where a request comes from."""
    return request.client.host if request.client else None
