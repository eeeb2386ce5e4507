"""Which addresses the web process answers: iHUB's routes, its pages, and what Streamlit needs to draw them.

Streamlit has more addresses than iHUB uses: uploads, components, its own sign-in, measurements and what later versions
add. An address that is not listed here does not exist.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from starlette.routing import BaseRoute, Match
from starlette.types import Scope

from core.settings import ROOT

READS = ("GET", "HEAD")
# What a page loads: its icon and manifest, the state of the server, scripts and fonts, and the logo.
STREAMLIT_FILES = frozenset({"/favicon.png", "/manifest.json", "/_stcore/health", "/_stcore/host-config"})
STREAMLIT_FOLDERS = ("/static/", "/media/")
WEBSOCKET = "/_stcore/stream"


@cache
def page_paths() -> frozenset[str]:
    """Return the addresses of the pages."""
    return frozenset({"/", "/start", *(f"/{page.stem}" for page in (ROOT / "pages").glob("[A-Z]*.py"))})


def is_allowed(scope: Scope, routes: Sequence[BaseRoute]) -> bool:
    """Say whether a request or a websocket goes to an address that iHUB uses."""
    path: str = scope["path"]
    if scope["type"] == "websocket":
        return path == WEBSOCKET
    if any(route.matches(scope)[0] is not Match.NONE for route in routes):
        return True
    if scope["method"] not in READS:
        return False
    return (
        path in STREAMLIT_FILES
        or path.startswith(STREAMLIT_FOLDERS)
        or path in page_paths()
        or path.removesuffix("/") in page_paths() - {"/"}
    )
