"""The route that Prometheus reads, with the token of IHUB_METRICS_TOKEN. Without that setting it is not there."""

from __future__ import annotations

import hmac

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from core.operations import metrics
from core.security.throttling import network_of
from core.settings import settings
from web.request_rate import RequestRate
from web.session import client_address

WRONG_TOKENS_A_MINUTE = 30
NO_CACHE = {"cache-control": "no-store"}
_wrong_rate = RequestRate(WRONG_TOKENS_A_MINUTE)


def read(request: Request) -> Response:
    """Return the metrics of this installation to everyone who has the token."""
    token = settings().metrics_token
    if token is None:
        return PlainTextResponse("There is no such page.", 404, NO_CACHE)
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    expected = token.get_secret_value().strip().encode()
    if scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), expected):
        return Response(metrics.page.text(), 200, NO_CACHE, CONTENT_TYPE_LATEST)
    if given and _wrong_rate.take(network_of(client_address(request))):
        return PlainTextResponse("Too many requests. Try again in a minute.", 429, NO_CACHE)
    sentence = "Send the header Authorization: Bearer and the token of IHUB_METRICS_TOKEN."
    return PlainTextResponse(sentence, 401, NO_CACHE | {"www-authenticate": 'Bearer realm="iHUB"'})


routes = [Route("/metrics", read)]
