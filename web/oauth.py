"""The trip to another system's sign-in page and back."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.connections import connections, oauth_flow
from core.connections.oauth_flow import OAuthFlowError
from core.errors import HubError
from core.security import flash
from core.security.actor import Actor
from core.sign_in.cookies import session_cookie
from web.cookies import client_address
from web.csrf import redirect, require_own_page
from web.session import SignInNeededError, current_actor


def start(request: Request) -> Response:
    """Send the browser to the sign-in page of a side's system."""
    require_own_page(request)
    actor = current_actor(request)
    token, side_id = request.cookies[session_cookie()], request.path_params["side"]
    try:
        return redirect(oauth_flow.begin(actor, token, side_id))
    except HubError as error:
        return _back(token, str(error), connections.connection_of_side(actor, side_id))


def callback(request: Request) -> Response:
    """Take the system's answer, connect the side and go back to the connection."""
    try:
        actor = current_actor(request)
    except SignInNeededError:
        oauth_flow.record_anonymous_callback(request.query_params.get("state", ""), client_address(request))
        return redirect("/Connections")
    return _arrive(actor, request.cookies[session_cookie()], request)


def _arrive(actor: Actor, token: str, request: Request) -> Response:
    answer = request.query_params
    try:
        arrival = oauth_flow.finish(
            actor, token, answer.get("state", ""), answer.get("code"), answer.get("error")
        )
    except OAuthFlowError as error:
        return _back(token, str(error), connections.connection_of_side(actor, error.side_id))
    except HubError as error:
        return _back(token, str(error), None)
    side = arrival.side
    if side is None:
        return redirect(
            "/Connections?" + urlencode({"connection": arrival.connection_id, "choose": arrival.side_id})
        )
    return _back(token, side.arrival, arrival.connection_id, good=True)


def _back(token: str, sentence: str, connection_id: int | None, *, good: bool = False) -> Response:
    where = {"connection": connection_id} if connection_id else {}
    return redirect(
        "/Connections?" + urlencode(where | {"notice": flash.seal_message(token, sentence, good=good)})
    )


routes = [Route("/oauth/start/{side:int}", start), Route("/oauth/callback", callback)]
