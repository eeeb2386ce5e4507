"""Set and delete the session cookie, and find the address of a client."""

from __future__ import annotations

from starlette.requests import HTTPConnection
from starlette.responses import Response

from core.settings import settings
from core.sign_in.cookies import secure, session_cookie


def set_session_cookie(response: Response, token: str) -> None:
    """Set the session cookie for as long as a session may last. Scripts cannot read it."""
    max_age = settings().session_hours * 3600
    response.set_cookie(
        session_cookie(), token, max_age=max_age, path="/", httponly=True, samesite="lax", secure=secure()
    )


def delete_session_cookie(response: Response) -> None:
    """Delete the session cookie with the attributes it was set with, as browsers require."""
    response.delete_cookie(session_cookie(), path="/", httponly=True, samesite="lax", secure=secure())


def client_address(request: HTTPConnection) -> str | None:
    """Return the address that a request comes from."""
    return request.client.host if request.client else None
