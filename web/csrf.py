"""What every route checks: who is asking, and that it was our own page that sent them."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from core.errors import ForbiddenError, HubError, NotFoundError
from core.settings import settings
from web.session import SignInNeededError


class ForeignRequestError(HubError):
    """Another site sent the browser here to change something."""


STATUS: dict[type[Exception], int] = {
    SignInNeededError: 401,
    ForeignRequestError: 403,
    ForbiddenError: 403,
    NotFoundError: 404,
}


def require_own_page(request: Request, *, typed: bool = False) -> None:
    """Refuse a request that another site caused; with ``typed``, an address typed by hand is fine."""
    site = request.headers.get("sec-fetch-site")
    if site is None:
        source = request.headers.get("origin") or request.headers.get("referer") or ""
        fine = bool(source) and urlsplit(source).netloc == urlsplit(settings().url).netloc
    else:
        fine = site == "same-origin" or (typed and site == "none")
    if not fine:
        raise ForeignRequestError("This link works only from inside iHUB. Go back to iHUB and try again.")


def own_path(path: str) -> str:
    """Return a path of iHUB unchanged, and the start page for anything that leads elsewhere, encoded or not."""
    seen, plain = {path}, unquote(path)
    while plain not in seen:
        seen.add(plain)
        plain = unquote(plain)
    return path if all(_harmless(form) for form in seen) else "/"


def _harmless(path: str) -> bool:
    place = path.partition("?")[0].partition("#")[0]
    return path.startswith("/") and "//" not in place and "\\" not in place and path.isprintable()


def refusal(_request: Request, error: Exception) -> Response:
    """Answer a refused use case with its sentence."""
    return PlainTextResponse(str(error), STATUS.get(type(error), 400), headers={"cache-control": "no-store"})


def redirect(path: str) -> Response:
    """Send the browser on; the answer is kept nowhere."""
    return RedirectResponse(
        path, 303, headers={"cache-control": "no-store", "referrer-policy": "no-referrer"}
    )
