"""The page that a browser loads first: Streamlit's own, which is never stored, with iHUB's script in it.

A browser keeps pages it has left, and shows them again when somebody goes back. After a sign-out that would show
employees to the next person at the computer. The script hides a page that is left and loads one that comes back again,
so that the server asks for the session first.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from web import lost_connection, page_script
from web.allowed_paths import page_paths

SCRIPT = """\
(function () {
  var root = document.documentElement;
  window.addEventListener("pagehide", function () { root.style.visibility = "hidden"; });
  window.addEventListener("pageshow", function (event) {
    if (event.persisted) { window.location.reload(); } else { root.style.visibility = ""; }
  });
})();
"""


@cache
def start_page() -> str:
    """Return Streamlit's page with iHUB's script as the first thing in it."""
    package = find_spec("streamlit")
    if package is None or package.origin is None:
        raise RuntimeError("Streamlit is not installed.")
    page = (Path(package.origin).parent / "static" / "index.html").read_text()
    return page.replace("<head>", '<head><script src="./auth/page.js"></script>', 1)


def show_page(_request: Request) -> Response:
    """Return the page; what it shows comes by the websocket, after the session was checked."""
    return Response(start_page(), media_type="text/html", headers={"cache-control": "no-store"})


def script(_request: Request) -> Response:
    """Return the script; browsers check for a new version each time."""
    return Response(
        SCRIPT + page_script.SCRIPT + lost_connection.SCRIPT,
        media_type="text/javascript",
        headers={"cache-control": "no-cache"},
    )


routes = [*(Route(path, show_page) for path in sorted(page_paths())), Route("/auth/page.js", script)]
