"""Scripts that a page sends with what it shows. They are files, so that no page needs an inline script.

One sends the browser to an address, one puts the account of the page into its address.
"""

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
ACCOUNT_SCRIPT = """\
(function () {
  var account = document.currentScript && document.currentScript.dataset.account;
  var address = new URL(window.location.href);
  if (account && address.searchParams.get("account") !== account) {
    address.searchParams.set("account", account);
    window.history.replaceState(window.history.state, "", address);
  }
})();
"""


def _route(path: str, text: str) -> Route:
    """Serve a script; browsers check for a new version each time."""

    def script(_request: Request) -> Response:
        return Response(text, media_type="text/javascript", headers={"cache-control": "no-cache"})

    return Route(path, script)


routes = [_route("/auth/go.js", SCRIPT), _route("/auth/account.js", ACCOUNT_SCRIPT)]
