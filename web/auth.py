"""Signing in and out, and choosing an account: what sets or needs the session cookie."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.errors import NotFoundError
from core.security import flash
from core.settings import SignInWay, settings
from core.sign_in import enablehr_oauth, local, sessions
from core.sign_in.cookies import browser_cookie, session_cookie
from web.cookies import address, drop_session, keep_session
from web.csrf import go, own_path, require_own_page
from web.session import current_actor


def enter(request: Request) -> Response:
    """Take a ticket and give the browser a session."""
    return _enter(request, request.query_params.get("ticket", ""), request.query_params.get("next", "/"))


def start(request: Request) -> Response:
    """Send the browser to enableHR's sign-in page."""
    require_own_page(request, typed=True)
    if settings().sign_in is not SignInWay.ENABLEHR_OAUTH:
        raise NotFoundError("People do not sign in with enableHR here. Open iHUB and sign in there.")
    try:
        return go(enablehr_oauth.begin(_browser(request), own_path(request.query_params.get("next", "/"))))
    except local.SignInRefusedError as error:
        return _refused(request, str(error), "/")


def callback(request: Request) -> Response:
    """Take enableHR's answer and give the browser a session, or say why not."""
    answer, browser, next_page = request.query_params, _browser(request), "/"
    try:
        trip = enablehr_oauth.take(browser, answer.get("state", ""), address(request))
        next_page = trip.next_page
        user_id = enablehr_oauth.finish(trip, answer.get("code"), answer.get("error"), address(request))
    except local.SignInRefusedError as error:
        return _refused(request, str(error), next_page)
    return _enter(request, local.make_ticket(user_id, browser), next_page)


def _enter(request: Request, ticket: str, next_page: str) -> Response:
    """Open a session with a new id; an old session of this browser ends."""
    token = local.enter(ticket, _browser(request), address(request))
    response = go(own_path(next_page))
    if token is not None:
        sessions.sign_out(request.cookies.get(session_cookie(), ""), address(request))
        keep_session(response, token)
    return response


def _browser(request: Request) -> str:
    return request.cookies.get(browser_cookie(), "")


def _refused(request: Request, sentence: str, next_page: str) -> Response:
    """Go back to the sign-in form with a sentence that only this browser can open."""
    path, _, query = own_path(next_page).partition("?")
    notice = urlencode({"notice": flash.seal(_browser(request), sentence, good=False)})
    return go(f"{path}?{query}&{notice}" if query else f"{path}?{notice}")


def leave(request: Request) -> Response:
    """Sign out."""
    require_own_page(request, typed=True)
    sessions.sign_out(request.cookies.get(session_cookie(), ""), address(request))
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
    sessions.choose_account(request.cookies[session_cookie()], account_id, address(request))
    return go(own_path(request.query_params.get("next", "/")))


routes = [
    Route("/auth/enter", enter),
    Route("/auth/start", start),
    Route("/auth/callback", callback),
    Route("/auth/logout", leave, methods=["GET", "POST"]),
    Route("/auth/account", choose_account, methods=["GET", "POST"]),
]
