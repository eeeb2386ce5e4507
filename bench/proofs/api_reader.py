"""Read all pages of the API as a program would."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.types import Message, Scope

from core.reports.run_filter import RunFilter
from core.security.actor import Actor
from core.sign_in.api_tokens import ApiScope, create_token
from web import api


async def read_outcomes(actor: Actor, only: RunFilter) -> list[tuple[int, str]]:
    """Return run and outcome of each employee of the runs that match."""
    app, token = Starlette(routes=api.routes), create_token(actor, "Proof", list(ApiScope), 1)
    given = {"since": only.since, "until": only.until, "kind": only.kind}
    query = "&".join(f"{name}={value}" for name, value in given.items() if value is not None)
    found, key = list[tuple[int, str]](), ""
    while key is not None:
        page = await _get(app, token, f"{query}{f'&page={key}' if key else ''}".lstrip("&"))
        found += [(row["run_id"], row["outcome"]) for row in page["rows"]]
        key = page["next"]
    return found


async def _get(app: Starlette, token: str, query: str) -> Any:
    sent: list[Message] = []
    scope: Scope = {
        "type": "http",
        "method": "GET",
        "path": "/api/v1/records",
        "query_string": query.encode(),
        "headers": [(b"authorization", f"Bearer {token}".encode())],
        "client": ("192.0.2.1", 1),
    }

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    api._rate.forget()
    await app(scope, receive, send)
    return orjson.loads(b"".join(message.get("body", b"") for message in sent))
