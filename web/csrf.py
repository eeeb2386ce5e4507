"""Refuse requests that another site caused."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import Request

from core.errors import HubError
from core.settings import settings


class ForeignRequestError(HubError):
    """Another site sent the browser here to change something."""


def require_own_page(request: Request, *, typed: bool = False) -> None:
    """Refuse a request that another site caused; with ``typed``, an address typed by hand is allowed."""
    site = request.headers.get("sec-fetch-site")
    if site is None:
        source = request.headers.get("origin") or request.headers.get("referer") or ""
        own = bool(source) and host_of(source) == host_of(settings().url)
    else:
        own = site == "same-origin" or (typed and site == "none")
    if not own:
        raise ForeignRequestError("This link works only from inside iHUB. Go back to iHUB and try again.")


def is_other_name(request: Request) -> bool:
    """Say whether the browser has opened iHUB by another name than IHUB_URL's, where its cookies are not sent."""
    source = request.headers.get("origin") or request.headers.get("referer") or ""
    return host_of(source) not in ("", host_of(settings().url))


def host_of(url: str) -> str:
    """Return host and port of an address; blank where it is none, such as ``http://[``."""
    try:
        return urlsplit(url).netloc
    except ValueError:
        return ""
