"""Responses that routes share: redirects inside iHUB, and the sentence of a refused use case."""

from __future__ import annotations

from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from core.errors import ForbiddenError, NotFoundError
from core.exports.formats.excel import DiskFullError
from web.csrf import ForeignRequestError
from web.download import AccessEndedError
from web.session import SignInNeededError

STATUS: dict[type[Exception], int] = {
    SignInNeededError: 401,
    ForeignRequestError: 403,
    ForbiddenError: 403,
    NotFoundError: 404,
    AccessEndedError: 401,
    DiskFullError: 507,
}


def refusal(_request: Request, error: Exception) -> Response:
    """Return the sentence of a refused use case."""
    return PlainTextResponse(str(error), status_of(error), headers={"cache-control": "no-store"})


def status_of(error: Exception) -> int:
    """Return the status of the response to a refused use case."""
    return STATUS.get(type(error), 400)


def redirect(path: str) -> Response:
    """Send the browser to another address; the response is not cached."""
    return RedirectResponse(
        path, 303, headers={"cache-control": "no-store", "referrer-policy": "no-referrer"}
    )


def own_path(path: str) -> str:
    """Return a path of iHUB unchanged, and the start page for one that leads elsewhere, percent-encoded or not."""
    forms, decoded = {path}, unquote(path)
    while decoded not in forms:
        forms.add(decoded)
        decoded = unquote(decoded)
    return path if all(_is_own(form) for form in forms) else "/"


def _is_own(path: str) -> bool:
    location = path.partition("?")[0].partition("#")[0]
    return path.startswith("/") and "//" not in location and "\\" not in location and path.isprintable()
