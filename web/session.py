"""The session of a browser: its cookie, and the signed-in person behind a request."""

from __future__ import annotations

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from core.errors import HubError
from core.security.actor import Actor
from core.settings import settings
from core.sign_in.cookies import secure, session_cookie
from core.sign_in.sessions import actor_for
from web.parameters import row_id


class SignInNeededError(HubError):
    """The request has no valid session."""


def current_actor(request: Request, account_id: int | None = None, *, clicked: bool = True) -> Actor:
    """Return the signed-in person, in an account or in that of the page they come from. Raises SignInNeededError.

    Without ``clicked``, this does not keep their session alive.
    """
    account_id = account_id or row_id(request.query_params.get("account"))
    token, address = request.cookies.get(session_cookie()), client_address(request)
    actor = actor_for(token, address, clicked=clicked, account_id=account_id)
    if actor is None:
        raise SignInNeededError("You are not signed in. Open iHUB and sign in first.")
    return actor


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
