"""Signing in and out, and choosing an account: what sets or needs the session cookie."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.errors import NotFoundError
from core.security import flash
from core.settings import SignInMethod, settings
from core.sign_in import enablehr_oauth, local, sessions
from core.sign_in.cookies import browser_cookie, session_cookie
from web.cookies import client_address, delete_session_cookie, set_session_cookie
from web.csrf import own_path, redirect, require_own_page
from web.session import current_actor


def enter(request: Request) -> Response:
    """Take a ticket and give the browser a session."""
    return _enter(request, request.query_params.get("ticket", ""), request.query_params.get("next", "/"))


def start(request: Request) -> Response:
    """Send the browser to enableHR's sign-in page."""
    require_own_page(request, typed=True)
    if settings().sign_in is not SignInMethod.ENABLEHR_OAUTH:
        raise NotFoundError("People do not sign in with enableHR here. Open iHUB and sign in there.")
    try:
        return redirect(
            enablehr_oauth.begin(_browser(request), own_path(request.query_params.get("next", "/")))
        )
    except local.SignInRefusedError as error:
        return _refused(request, str(error), "/")


def callback(request: Request) -> Response:
    """Take enableHR's answer and give the browser a session, or say why not."""
    answer, browser, next_page = request.query_params, _browser(request), "/"
    try:
        trip = enablehr_oauth.take(browser, answer.get("state", ""), client_address(request))
        next_page = trip.next_page
        user_id = enablehr_oauth.finish(
            trip, answer.get("code"), answer.get("error"), client_address(request)
        )
    except local.SignInRefusedError as error:
        return _refused(request, str(error), next_page)
    return _enter(request, local.issue_ticket(user_id, browser), next_page)


def _enter(request: Request, ticket: str, next_page: str) -> Response:
    """Open a session with a new id; an old session of this browser ends."""
    token = local.redeem_ticket(ticket, _browser(request), client_address(request))
    response = redirect(own_path(next_page))
    if token is not None:
        sessions.sign_out(request.cookies.get(session_cookie(), ""), client_address(request))
        set_session_cookie(response, token)
    return response


def _browser(request: Request) -> str:
    return request.cookies.get(browser_cookie(), "")


def _refused(request: Request, sentence: str, next_page: str) -> Response:
    """Go back to the sign-in form with a sentence that only this browser can open."""
    path, _, query = own_path(next_page).partition("?")
    notice = urlencode({"notice": flash.seal_message(_browser(request), sentence, success=False)})
    return redirect(f"{path}?{query}&{notice}" if query else f"{path}?{notice}")


def leave(request: Request) -> Response:
    """Sign out."""
    require_own_page(request, typed=True)
    sessions.sign_out(request.cookies.get(session_cookie(), ""), client_address(request))
    response = redirect("/")
    delete_session_cookie(response)
    return response


def choose_account(request: Request) -> Response:
    """Act in another account from now on."""
    require_own_page(request)
    current_actor(request)
    try:
        account_id = int(request.query_params.get("id", ""))
    except ValueError:
        raise NotFoundError("There is no such account, or you have no role in it.") from None
    sessions.choose_account(request.cookies[session_cookie()], account_id, client_address(request))
    return redirect(own_path(request.query_params.get("next", "/")))


routes = [
    Route("/auth/enter", enter),
    Route("/auth/start", start),
    Route("/auth/callback", callback),
    Route("/auth/logout", leave, methods=["GET", "POST"]),
    Route("/auth/account", choose_account, methods=["GET", "POST"]),
]
