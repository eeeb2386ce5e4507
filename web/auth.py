"""The routes that sign in and out, and that choose an account."""

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
from web.csrf import is_other_name, require_own_page
from web.notice import OTHER_BROWSER, OTHER_NAME, redirect_with_notice
from web.parameters import row_id
from web.responses import own_path, redirect
from web.session import client_address, current_actor, delete_session_cookie, set_session_cookie

TICKET_OVER = "This sign-in took too long or was already used. Sign in again."
SIGNED_OUT = "You are signed out."
NO_ACCOUNT = "There is no such account, or you have no role in it."


def enter(request: Request) -> Response:
    """Exchange a sign-in ticket for a session."""
    return _open_session(
        request, request.query_params.get("ticket", ""), request.query_params.get("next", "/")
    )


def start(request: Request) -> Response:
    """Send the browser to enableHR's sign-in page."""
    require_own_page(request, typed=True)
    if settings().sign_in is not SignInMethod.ENABLEHR_OAUTH:
        raise NotFoundError("People do not sign in with enableHR here. Open iHUB and sign in there.")
    next_page = own_path(request.query_params.get("next", "/"))
    if is_other_name(request):
        return redirect_with_notice(OTHER_NAME, next_page)
    try:
        return redirect(enablehr_oauth.begin(_browser_nonce(request), next_page))
    except local.SignInRefusedError as error:
        return _to_sign_in(request, str(error), "/")


def callback(request: Request) -> Response:
    """Take enableHR's response and open a session, or show why the sign-in was refused."""
    query, browser, next_page = request.query_params, _browser_nonce(request), "/"
    try:
        pending = enablehr_oauth.take(browser, query.get("state", ""), client_address(request))
        next_page = pending.next_page
        user_id = enablehr_oauth.finish(
            pending, query.get("code"), query.get("error"), client_address(request)
        )
        ticket = local.issue_ticket(user_id, browser)
    except local.SignInRefusedError as error:
        return _to_sign_in(request, str(error), next_page)
    return _open_session(request, ticket, next_page)


def _open_session(request: Request, ticket: str, next_page: str) -> Response:
    """Open a session with a new id; an earlier session of this browser ends."""
    token = local.redeem_ticket(ticket, _browser_nonce(request), client_address(request))
    earlier, address = request.cookies.get(session_cookie(), ""), client_address(request)
    if token is None:  # after a reload or Back, the person may be signed in already
        signed_in = sessions.actor_for(earlier, address) is not None
        return redirect(own_path(next_page)) if signed_in else _to_sign_in(request, TICKET_OVER, next_page)
    sessions.sign_out(earlier, address)
    response = redirect(own_path(next_page))
    set_session_cookie(response, token)
    return response


def _browser_nonce(request: Request) -> str:
    return request.cookies.get(browser_cookie(), "")


def _to_sign_in(request: Request, sentence: str, next_page: str, *, success: bool = False) -> Response:
    """Go back to the sign-in form, and show a sentence there in this browser only."""
    if not _browser_nonce(request):
        return redirect_with_notice(OTHER_BROWSER, own_path(next_page))
    path, _, query = own_path(next_page).partition("?")
    notice = urlencode({"notice": flash.seal_message(_browser_nonce(request), sentence, success=success)})
    return redirect(f"{path}?{query}&{notice}" if query else f"{path}?{notice}")


def sign_out(request: Request) -> Response:
    """End the session of this browser and delete its cookie."""
    require_own_page(request, typed=True)
    sessions.sign_out(request.cookies.get(session_cookie(), ""), client_address(request))
    knows_browser = bool(_browser_nonce(request))
    response = _to_sign_in(request, SIGNED_OUT, "/", success=True) if knows_browser else redirect("/")
    delete_session_cookie(response)
    return response


def choose_account(request: Request) -> Response:
    """Let the person act in another account."""
    require_own_page(request)
    current_actor(request)
    account_id = row_id(request.query_params.get("id"), NO_ACCOUNT)
    if account_id is None:
        raise NotFoundError(NO_ACCOUNT)
    sessions.choose_account(request.cookies[session_cookie()], account_id, client_address(request))
    return redirect(own_path(request.query_params.get("next", "/")))


routes = [
    Route("/auth/enter", enter),
    Route("/auth/start", start),
    Route("/auth/callback", callback),
    Route("/auth/logout", sign_out, methods=["GET", "POST"]),
    Route("/auth/account", choose_account, methods=["GET", "POST"]),
]
