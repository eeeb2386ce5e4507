"""The only script of iHUB: it sends the browser to an address. It is a file, so that no page needs an inline script."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

SCRIPT = """\
(function () {
  var to = document.currentScript && document.currentScript.dataset.to;
  if (to && /^\\/(?![\\/\\\\])/.test(to)) { window.location.replace(to); }
})();
"""


def script(_request: Request) -> Response:
    """Return the script; browsers check for a new version each time."""
    return Response(SCRIPT, media_type="text/javascript", headers={"cache-control": "no-cache"})


routes = [Route("/auth/go.js", script)]
