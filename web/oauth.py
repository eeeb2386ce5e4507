"""The trip to another system's sign-in page and back."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core import consent, notices
from core.cookies import session_cookie
from core.errors import HubError
from web.guarding import SignInNeededError, current_actor, go, require_own_page


def start(request: Request) -> Response:
    """Send the browser to the sign-in page of a side's system."""
    require_own_page(request)
    actor = current_actor(request)
    token = request.cookies[session_cookie()]
    try:
        return go(consent.begin(actor, token, request.path_params["side"]))
    except HubError as error:
        return _back(token, str(error), good=False)


def callback(request: Request) -> Response:
    """Take the system's answer, connect the side and go back to the connection."""
    try:
        actor = current_actor(request)
    except SignInNeededError:
        return go("/Connections")
    token, answer = request.cookies[session_cookie()], request.query_params
    try:
        side = consent.finish(actor, token, answer.get("state", ""), answer.get("code"), answer.get("error"))
    except HubError as error:
        return _back(token, str(error), good=False)
    return _back(token, f"{side.system} is connected to {side.organisation_name}.", good=True)


def _back(token: str, sentence: str, *, good: bool) -> Response:
    return go("/Connections?" + urlencode({"notice": notices.seal(token, sentence, good=good)}))


routes = [Route("/oauth/start/{side:int}", start), Route("/oauth/callback", callback)]
