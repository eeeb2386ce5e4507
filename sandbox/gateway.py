"""The gateway before a system's API: counts every request and injects failures."""

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

EXCHANGE = "sandbox.exchange"  # shared by the layers around one request
_PIECES = 10
_MAINTENANCE_PAGE = "<!doctype html><title>Maintenance</title><h1>We will be back soon</h1>"
_TITLES = {
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    412: "Precondition Failed",
    423: "Locked",
}

ErrorResponse = Callable[[int, str], Response]
RouteName = Callable[[str, str], str]


def remember_transport(app: ASGIApp) -> ASGIApp:
    """Keep the connection of each request, so that it can be aborted without a response."""

    async def with_transport(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope[EXCHANGE] = {
                "transport": getattr(getattr(send, "__self__", None), "transport", None),
                "provoked": False,
            }
        await app(scope, receive, send)

    return with_transport


class FaultGateway:
    """Passes requests on to one system, or makes them fail."""

    def __init__(self, app: ASGIApp, system: System, route_name: RouteName, error: ErrorResponse) -> None:
        """``route_name`` names the route of a request, ``error`` returns an error in the system's form."""
        self._app, self._system, self._route_name, self._error = app, system, route_name, error
        self._recent: deque[float] = deque()
        self._seen = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request and count it with its outcome."""
        path: str = scope["path"].removeprefix(scope.get("root_path", ""))
        route = self._route_name(scope["method"], path)
        statuses: list[int] = []

        async def record_status(message: Message) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])
            await send(message)

        try:
            await self._handle(scope, receive, record_status, path)
        finally:
            self._system.counters.count(route, str(statuses[0]) if statuses else "lost")

    async def _handle(self, scope: Scope, receive: Receive, send: Send, path: str) -> None:
        switches, count_fault = self._system.switches, self._system.counters.count_fault
        applies = switches.only_method in ("", scope["method"]) and switches.only_path in path
        answer = self._rate_limited(switches)
        if answer is None and applies:
            await self._delay(switches)
            if switches.reset_connection_next:
                switches.reset_connection_next -= 1
                count_fault("reset_connection_next")
                await _abort_connection(scope)
                return
            answer = self._failure(switches)
            if answer is None and switches.repeat_next:
                switches.repeat_next -= 1
                count_fault("repeat_next")
                answer = await self._repeating(Request(scope, receive), switches.fail_status)
        if answer is None and switches.unauthorised:
            answer = self._error(401, "The access token is not valid.")
        if answer is not None:
            scope[EXCHANGE]["provoked"] = True
            await answer(scope, receive, send)
        elif applies and switches.answer_lost_next:
            switches.answer_lost_next -= 1
            count_fault("answer_lost_next")
            await self._app(scope, receive, _discard)
            await _abort_connection(scope)
        elif applies and switches.half_answer_next:
            switches.half_answer_next -= 1
            count_fault("half_answer_next")
            await self._app(scope, receive, _send_half(send))
            await _abort_connection(scope)
        elif applies and switches.slow_body_seconds:
            count_fault("slow_body_seconds")
            await self._app(scope, receive, _send_slowly(send, switches.slow_body_seconds))
        else:
            await self._app(scope, receive, send)

    def _rate_limited(self, switches: Switches) -> Response | None:
        if not switches.rate_limit:
            return None
        now = time.monotonic()
        while self._recent and self._recent[0] <= now - 1:
            self._recent.popleft()
        if len(self._recent) >= max(1, switches.rate_limit):
            answer = self._error(429, "Too many requests.")
            if switches.retry_after:
                answer.headers["Retry-After"] = f"{switches.retry_after:g}"
            return answer
        self._recent.append(now)
        return None

    async def _delay(self, switches: Switches) -> None:
        seconds = switches.latency_ms / 1000 + switches.hang_seconds
        if seconds:
            await asyncio.sleep(seconds)

    def _failure(self, switches: Switches) -> Response | None:
        self._seen += 1
        if switches.html_instead_of_json:
            self._system.counters.count_fault("html_instead_of_json")
            return HTMLResponse(_MAINTENANCE_PAGE)
        every = switches.fail_every and self._seen % switches.fail_every == 0
        if not (switches.fail_next or every):
            return None
        self._system.counters.count_fault("fail_next" if switches.fail_next else "fail_every")
        if switches.fail_next:
            switches.fail_next -= 1
        status = switches.fail_status
        return self._error(status, _TITLES.get(status, "The system is not available just now."))

    async def _repeating(self, request: Request, status: int) -> Response:
        """Refuse the request with everything that was sent, as careless systems do, with numbers in several formats."""
        body = (await request.body()).decode("utf-8", "replace")
        words = f"{request.headers.get('authorization', '')} {' '.join(_spellings(body))} {body}"
        return (
            self._error(status, words)
            if status < 500
            else HTMLResponse(f"<h1>Error</h1><pre>{escape(words)}</pre>", status)
        )


def _spellings(text: str) -> Iterator[str]:
    """Yield each long number of a text unchanged, in groups of three, and digit by digit."""
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


async def _discard(message: Message) -> None:
    """Discard a response."""


def _send_half(send: Send) -> Send:
    """Send only the first half of a body."""

    async def send_half(message: Message) -> None:
        if message["type"] == "http.response.body":
            body = message.get("body", b"")
            message = {**message, "body": body[: len(body) // 2], "more_body": True}
        await send(message)

    return send_half


def _send_slowly(send: Send, seconds: float) -> Send:
    """Send a body in pieces, with a pause after each."""

    async def send_slowly(message: Message) -> None:
        if message["type"] != "http.response.body":
            await send(message)
            return
        body = message.get("body", b"")
        size = len(body) // _PIECES + 1
        for first in range(0, len(body), size):
            await send({**message, "body": body[first : first + size], "more_body": True})
            await asyncio.sleep(seconds / _PIECES)
        await send({**message, "body": b""})

    return send_slowly


async def _abort_connection(scope: Scope) -> None:
    scope[EXCHANGE]["provoked"] = True
    transport = scope[EXCHANGE]["transport"]
    if transport is not None:
        transport.abort()
        await asyncio.sleep(0)  # lets the server notice before we return without a response
