"""Show a sentence on the page that a browser goes to, also in a browser that has no session at this address yet."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.errors import NotFoundError
from core.security import flash
from core.settings import settings
from core.sign_in.cookies import browser_cookie, session_cookie
from core.sign_in.sessions import actor_for
from web.responses import own_path, redirect
from web.session import client_address

OTHER_NAME, SIGNED_OUT, OTHER_BROWSER = "other-name", "signed-out", "other-browser"
SENTENCES = {
    OTHER_NAME: "iHUB was open at another address than {url}, where other systems send people back to. "
    "This is the right one: sign in if you are asked to, and continue here. Nothing has changed.",
    SIGNED_OUT: "Your session ended while you were at the other system, or you came back in another browser. "
    "Sign in and click Connect again. Nothing has changed.",
    OTHER_BROWSER: "You came back in another browser than the one in which you began to sign in. Sign in here.",
}


def redirect_with_notice(about: str, next_page: str) -> Response:
    """Send the browser to iHUB's own address, to a page of it that shows one of the sentences."""
    return redirect(f"{settings().url}/auth/notice?" + urlencode({"about": about, "next": next_page}))


def show(request: Request) -> Response:
    """Seal the sentence for the browser that asks, and go to the page; a new browser gets its cookie first."""
    query = request.query_params
    about, path = query.get("about", ""), own_path(query.get("next", "/"))
    if about not in SENTENCES:
        raise NotFoundError("There is no such page.")
    token = request.cookies.get(session_cookie(), "")
    signed_in = actor_for(token, client_address(request)) is not None
    recipient = token if signed_in else request.cookies.get(browser_cookie(), "")
    if not recipient and "again" not in query:
        return redirect("/auth/notice?" + urlencode({"about": about, "next": path, "again": "1"}))
    sentence = SENTENCES[about].format(url=settings().url)
    notice = urlencode({"notice": flash.seal_message(recipient, sentence, success=False)})
    return redirect(f"{path}{'&' if '?' in path else '?'}{notice}")


routes = [Route("/auth/notice", show)]
