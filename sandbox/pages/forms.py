"""Read forms of our own pages and refuse those of other sites."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request

Fields = list[tuple[str, str]]


async def form_fields(request: Request) -> Fields:
    """Return the fields of a form in order, including repeated ones."""
    body = (await request.body()).decode("utf-8", "replace")
    return [(name, value.strip()) for name, value in parse_qsl(body, keep_blank_values=True)]


def from_our_page(request: Request) -> bool:
    """Say whether a browser sent this from one of our own pages."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    return urlsplit(request.headers.get("origin", "")).netloc == request.url.netloc


def from_another_site(request: Request) -> bool:
    """Say whether a browser sent this from another site; programs do not send these headers."""
    from_browser = "sec-fetch-site" in request.headers or "origin" in request.headers
    return from_browser and not from_our_page(request)
