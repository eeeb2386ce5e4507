"""The one script of iHUB: it leads the browser to an address. A file of its own, so that no script need stand in a page."""

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
    """Return the script."""
    return Response(SCRIPT, media_type="text/javascript", headers={"cache-control": "no-cache"})


routes = [Route("/auth/go.js", script)]
