"""Find the signed-in person behind a request."""

from __future__ import annotations

from starlette.requests import Request

from core.errors import HubError
from core.security.actor import Actor
from core.sign_in.cookies import session_cookie
from core.sign_in.sessions import actor_for
from web.cookies import client_address


class SignInNeededError(HubError):
    """The request has no valid session."""


def current_actor(request: Request) -> Actor:
    """Return the signed-in person. Raises SignInNeededError."""
    actor = actor_for(request.cookies.get(session_cookie()), client_address(request))
    if actor is None:
        raise SignInNeededError("You are not signed in. Open iHUB and sign in first.")
    return actor
