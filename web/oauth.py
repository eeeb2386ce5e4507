"""The routes of the OAuth flow that connects a side."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.connections import connections, oauth_flow
from core.connections.oauth_flow import OAuthFlowError
from core.errors import HubError, NotFoundError
from core.security import flash
from core.security.actor import Actor
from core.security.ownership import NO_CONNECTION
from core.sign_in.cookies import session_cookie
from web.csrf import is_other_name, require_own_page
from web.notice import OTHER_NAME, SIGNED_OUT, redirect_with_notice
from web.parameters import row_id
from web.responses import redirect
from web.session import SignInNeededError, client_address, current_actor


def start(request: Request) -> Response:
    """Send the browser to the sign-in page of a side's system."""
    require_own_page(request)
    actor = current_actor(request)
    token, side_id = request.cookies[session_cookie()], row_id(request.path_params["side"])
    if side_id is None:
        raise NotFoundError(NO_CONNECTION)
    if is_other_name(request):
        connection_id = connections.connection_of_side(actor, side_id)
        return redirect_with_notice(OTHER_NAME, f"/Connections?connection={connection_id or ''}")
    try:
        return redirect(oauth_flow.begin(actor, token, side_id))
    except HubError as error:
        return _to_connection(token, str(error), connections.connection_of_side(actor, side_id))


def callback(request: Request) -> Response:
    """Take the system's response, connect the side and go back to the connection."""
    try:
        actor = current_actor(request, oauth_flow.account_of(request.query_params.get("state", "")))
        if actor.account_id is None:  # a stranger there: what is refused is recorded in their own account
            actor = current_actor(request)
    except SignInNeededError:
        oauth_flow.record_anonymous_callback(request.query_params.get("state", ""), client_address(request))
        return redirect_with_notice(SIGNED_OUT, "/Connections")
    return _finish(actor, request.cookies[session_cookie()], request)


def _finish(actor: Actor, token: str, request: Request) -> Response:
    query = request.query_params
    try:
        result = oauth_flow.finish(
            actor, token, query.get("state", ""), query.get("code"), query.get("error")
        )
    except OAuthFlowError as error:
        return _to_connection(token, str(error), connections.connection_of_side(actor, error.side_id))
    except HubError as error:
        return _to_connection(token, str(error), None)
    if result.side is None:
        choice = {"connection": result.connection_id, "choose": result.side_id}
        return redirect("/Connections?" + urlencode(choice))
    return _to_connection(token, result.side.connected_message, result.connection_id, success=True)


def _to_connection(
    token: str, sentence: str, connection_id: int | None, *, success: bool = False
) -> Response:
    """Go to the page of a connection, or to all connections, and show a sentence there."""
    query: dict[str, object] = {"connection": connection_id} if connection_id else {}
    query["notice"] = flash.seal_message(token, sentence, success=success)
    return redirect("/Connections?" + urlencode(query))


routes = [Route("/oauth/start/{side}", start), Route("/oauth/callback", callback)]
