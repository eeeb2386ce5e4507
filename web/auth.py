"""Signing in and out, and choosing an account: what sets or needs the session cookie."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core import access, sessions
from core.errors import NotFoundError
from web.cookies import BROWSER, SESSION, address, drop_session, keep_session
from web.guarding import current_actor, go, own_path, require_own_page


def enter(request: Request) -> Response:
    """Take a ticket and give the browser a session; an old session of this browser ends."""
    ticket, browser = request.query_params.get("ticket", ""), request.cookies.get(BROWSER, "")
    token = access.enter(ticket, browser, address(request))
    response = go(own_path(request.query_params.get("next", "/")))
    if token is not None:
        sessions.sign_out(request.cookies.get(SESSION, ""), address(request))
        keep_session(response, token)
    return response


def leave(request: Request) -> Response:
    """Sign out."""
    require_own_page(request, typed=True)
    sessions.sign_out(request.cookies.get(SESSION, ""), address(request))
    response = go("/")
    drop_session(response)
    return response


def choose_account(request: Request) -> Response:
    """Act in another account from now on."""
    require_own_page(request)
    current_actor(request)
    try:
        account_id = int(request.query_params.get("id", ""))
    except ValueError:
        raise NotFoundError("There is no such account, or you have no role in it.") from None
    sessions.choose_account(request.cookies[SESSION], account_id, address(request))
    return go(own_path(request.query_params.get("next", "/")))


routes = [
    Route("/auth/enter", enter),
    Route("/auth/logout", leave, methods=["GET", "POST"]),
    Route("/auth/account", choose_account, methods=["GET", "POST"]),
]
