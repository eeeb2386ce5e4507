"""The pages of mails and webhooks that came, and the address of the webhooks: everything under /webhook."""

from __future__ import annotations

from collections.abc import Iterable

import orjson
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from sandbox.messages.inbox import Inbox, Received
from sandbox.pages.layout import escaped, page

_MOST_BYTES = 100_000


def messages_routes(inbox: Inbox) -> list[Route]:
    """Return the routes of the pages, and of the webhook."""

    async def mails(_request: Request) -> Response:
        intro = "Every mail to any address comes here, apart from <b>unknown@…</b>, which is refused."
        return page("Mails", _intro(intro) + _cards(inbox.mails, "To"), here="/mails")

    async def calls(request: Request) -> Response:
        address = escaped(f"{request.url.scheme}://{request.url.netloc}/webhook/…")
        intro = (
            f"Everything under <b>{address}</b> takes the calls of a webhook, apart from <b>…/refused</b>."
        )
        return page("Webhooks", _intro(intro) + _cards(inbox.calls, "Address"), here="/webhooks")

    async def take(request: Request) -> Response:
        body = await request.body()
        if request.path_params["rest"].endswith("refused") or len(body) > _MOST_BYTES:
            return PlainTextResponse("Refused", 400)
        inbox.take_call(request.url.path, *_readable(body))
        return PlainTextResponse("Taken by the sandbox")

    return [
        Route("/mails", mails),
        Route("/webhooks", calls),
        Route("/webhook/{rest:path}", take, methods=["POST"]),
    ]


def _readable(body: bytes) -> tuple[str, str]:
    """Return the type of a webhook's body, and the body with a line for each value."""
    try:
        content = orjson.loads(body)
        kind = str(content.get("type", "")) if isinstance(content, dict) else ""
        return kind or "(no type)", orjson.dumps(content, option=orjson.OPT_INDENT_2).decode()
    except orjson.JSONDecodeError:
        return "(no JSON)", body.decode("utf-8", "replace")


def _intro(html: str) -> str:
    return f'<p class="soft">{html} The latest 200 are kept until the sandbox ends.</p>'


def _cards(received: Iterable[Received], whither: str) -> str:
    cards = [
        f'<article class="card"><h2>{escaped(each.title)}</h2>'
        f'<p class="soft">{whither}: {escaped(each.to)}, {each.at:%d %b %Y, %H:%M:%S} UTC</p>'
        f"<pre>{escaped(each.text)}</pre></article>"
        for each in reversed(list(received))
    ]
    return "".join(cards) or "<p>None came yet.</p>"
