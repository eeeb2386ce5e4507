"""The gate before a system's API: counts every request and misbehaves when told to."""

from __future__ import annotations

import asyncio
import re
import time
from collections import deque
from collections.abc import Callable, Iterator
from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.faults import Switches
from sandbox.world import System

EXCHANGE = "sandbox.exchange"  # what the layers around one request tell each other
_DRIPS = 10
_SORRY = "<!doctype html><title>Maintenance</title><h1>We will be back soon</h1>"
_TITLES = {
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    412: "Precondition Failed",
    423: "Locked",
}

Problem = Callable[[int, str], Response]
Naming = Callable[[str, str], str]


def remember_transport(app: ASGIApp) -> ASGIApp:
    """Keep a hold of each request's connection, so that it can be cut without an answer."""

    async def remembering(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope[EXCHANGE] = {
                "transport": getattr(getattr(send, "__self__", None), "transport", None),
                "provoked": False,
            }
        await app(scope, receive, send)

    return remembering


class Turnstile:
    """Lets requests through to one system, or not."""

    def __init__(self, app: ASGIApp, system: System, naming: Naming, problem: Problem) -> None:
        """Guard an app; ``naming`` names the route, ``problem`` words an error as the system does."""
        self._app, self._system, self._naming, self._problem = app, system, naming, problem
        self._recent: deque[float] = deque()
        self._seen = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request and count it with its outcome."""
        path: str = scope["path"].removeprefix(scope.get("root_path", ""))
        route = self._naming(scope["method"], path)
        statuses: list[int] = []

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])
            await send(message)

        try:
            await self._handle(scope, receive, noting, path)
        finally:
            self._system.counters.count(route, str(statuses[0]) if statuses else "lost")

    async def _handle(self, scope: Scope, receive: Receive, send: Send, path: str) -> None:
        switches, count_fault = self._system.switches, self._system.counters.count_fault
        chosen = switches.only_method in ("", scope["method"]) and switches.only_path in path
        answer = self._too_many(switches)
        if answer is None and chosen:
            await self._dawdle(switches)
            if switches.reset_connection_next:
                switches.reset_connection_next -= 1
                count_fault("reset_connection_next")
                await _cut(scope)
                return
            answer = self._failure(switches)
            if answer is None and switches.repeat_next:
                switches.repeat_next -= 1
                count_fault("repeat_next")
                answer = await self._repeating(Request(scope, receive), switches.fail_status)
        if answer is None and switches.unauthorised:
            answer = self._problem(401, "The access token is not valid.")
        if answer is not None:
            scope[EXCHANGE]["provoked"] = True
            await answer(scope, receive, send)
        elif chosen and switches.answer_lost_next:
            switches.answer_lost_next -= 1
            count_fault("answer_lost_next")
            await self._app(scope, receive, _swallow)
            await _cut(scope)
        elif chosen and switches.half_answer_next:
            switches.half_answer_next -= 1
            count_fault("half_answer_next")
            await self._app(scope, receive, _halving(send))
            await _cut(scope)
        elif chosen and switches.slow_body_seconds:
            count_fault("slow_body_seconds")
            await self._app(scope, receive, _dripping(send, switches.slow_body_seconds))
        else:
            await self._app(scope, receive, send)

    def _too_many(self, switches: Switches) -> Response | None:
        if not switches.rate_limit:
            return None
        now = time.monotonic()
        while self._recent and self._recent[0] <= now - 1:
            self._recent.popleft()
        if len(self._recent) >= max(1, switches.rate_limit):
            answer = self._problem(429, "Too many requests.")
            if switches.retry_after:
                answer.headers["Retry-After"] = f"{switches.retry_after:g}"
            return answer
        self._recent.append(now)
        return None

    async def _dawdle(self, switches: Switches) -> None:
        seconds = switches.latency_ms / 1000 + switches.hang_seconds
        if seconds:
            await asyncio.sleep(seconds)

    def _failure(self, switches: Switches) -> Response | None:
        self._seen += 1
        if switches.html_instead_of_json:
            self._system.counters.count_fault("html_instead_of_json")
            return HTMLResponse(_SORRY)
        every = switches.fail_every and self._seen % switches.fail_every == 0
        if not (switches.fail_next or every):
            return None
        self._system.counters.count_fault("fail_next" if switches.fail_next else "fail_every")
        if switches.fail_next:
            switches.fail_next -= 1
        status = switches.fail_status
        return self._problem(status, _TITLES.get(status, "The system is not available just now."))

    async def _repeating(self, request: Request, status: int) -> Response:
        """Refuse with all that was sent, as systems do that were written without care: numbers spelt in several ways, too."""
        body = (await request.body()).decode("utf-8", "replace")
        words = f"{request.headers.get('authorization', '')} {' '.join(_spellings(body))} {body}"
        return (
            self._problem(status, words)
            if status < 500
            else HTMLResponse(f"<h1>Error</h1><pre>{escape(words)}</pre>", status)
        )


def _spellings(text: str) -> Iterator[str]:
    """Yield each long number of a text as it is, in groups of three, and one digit at a time."""
    for number in dict.fromkeys(re.findall(r"\d{6,}", text)):
        groups = [number[first : first + 3] for first in range(0, len(number), 3)]
        yield from (
            number,
            " ".join(groups),
            " - ".join(groups),
            "–".join(groups),
            "%20".join(groups),
            " ".join(number),
        )


async def _swallow(message: Message) -> None:
    """Drop an answer on the floor."""


def _halving(send: Send) -> Send:
    """Send the first half of a body and no more."""

    async def halving(message: Message) -> None:
        if message["type"] == "http.response.body":
            body = message.get("body", b"")
            message = {**message, "body": body[: len(body) // 2], "more_body": True}
        await send(message)

    return halving


def _dripping(send: Send, seconds: float) -> Send:
    """Send a body in pieces, with a pause after each."""

    async def dripping(message: Message) -> None:
        if message["type"] != "http.response.body":
            await send(message)
            return
        body = message.get("body", b"")
        size = len(body) // _DRIPS + 1
        for first in range(0, len(body), size):
            await send({**message, "body": body[first : first + size], "more_body": True})
            await asyncio.sleep(seconds / _DRIPS)
        await send({**message, "body": b""})

    return dripping


async def _cut(scope: Scope) -> None:
    scope[EXCHANGE]["provoked"] = True
    transport = scope[EXCHANGE]["transport"]
    if transport is not None:
        transport.abort()
        await asyncio.sleep(0)  # lets the server notice before we return without an answer
