"""The HTTP client for one system: JSON in and out, paced, authorised, retried.

The caller sees a Response for success and for refusals that a connector understands (400, 403, 404, 409, 422 …), and
otherwise a ConnectorError. A POST is never sent twice unless it certainly was not carried out. Nothing here logs or
raises a body, a header or an address with its query.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any, Self

from connectors.contract.errors import AuthError
from connectors.contract.exchanges import Exchange, kept
from connectors.contract.protocols import Authoriser
from connectors.contract.traffic import Traffic
from connectors.http.json_body import Limits
from connectors.http.limits.concurrency_limit import ConcurrencyLimit
from connectors.http.limits.rate_headers import quota
from connectors.http.pacing import Clock, LoopClock, Pacer, RemembersConcurrency, Waiting
from connectors.http.request import Query, Request, new_request, with_query
from connectors.http.request_secrets import secrets_in
from connectors.http.response import Response, interpret
from connectors.http.retry import Attempts, Failure, Retry, raise_if_used_up
from connectors.http.transport import OwnHeaders, RawResponse, Timeouts, Transport
from connectors.values.shown_path import ShownPaths

# How many requests a system may get at the same time, unless its settings say otherwise.
CONCURRENCY = 64
# How often a request is sent that meets a limit which waiting may not lift, such as the number of employees.
LIMIT_TRIES = 3


class Client:
    """Sends requests to one system. Use as ``async with Client(...) as client``."""

    def __init__(
        self,
        system: str,
        base_url: str,
        authoriser: Authoriser,
        pacer: Pacer,
        *,
        concurrency: int = CONCURRENCY,
        retry: Retry | None = None,
        timeouts: Timeouts | None = None,
        limits: Limits | None = None,
        clock: Clock | None = None,
        own_headers: OwnHeaders | None = None,
        path_words: Callable[[], frozenset[str]] = frozenset,
    ) -> None:
        """Take the system's name for messages, its address and how to treat it; nothing is opened yet.

        ``path_words`` returns what its paths are made of: other parts of a path are not shown to anybody.
        """
        self._system = system
        self._limits = limits or Limits()
        own = own_headers or OwnHeaders()
        self._transport = Transport(system, base_url, timeouts or Timeouts(), self._limits, own)
        self._minute_header = own.minute.lower() if own.minute else None
        self._authoriser = authoriser
        self._pacer = pacer
        self._retry = retry or Retry()
        self._clock = clock or LoopClock()
        self._concurrency = ConcurrencyLimit(concurrency)
        self._sent = 0
        self._shown_paths = ShownPaths(path_words)
        self.traffic = Traffic()
        self._waiting = Waiting(self.traffic, self._clock)
        self._refreshing = asyncio.Lock()
        self._limit_tries, self._is_open = LIMIT_TRIES, False

    @property
    def concurrency(self) -> int:
        """Return how many requests are sent at the same time at most."""
        return self._concurrency.most

    async def __aenter__(self) -> Self:
        """Start with what earlier runs learned; connections are made when requests need them."""
        self._is_open = True
        if isinstance(self._pacer, RemembersConcurrency):
            ceiling = await self._pacer.recall_ceiling()
            if ceiling is not None:
                self._concurrency.start_below(ceiling)
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Close the connections, and keep what was learned."""
        self._is_open = False
        await self._transport.close()
        await self._keep_ceiling()

    async def get(self, path: str, query: Query | None = None) -> Response:
        """Read something; ``path`` begins with a slash and is percent-encoded by the caller."""
        return await self._send(Request("GET", with_query(path, query)))

    async def put(self, path: str, body: Any, query: Query | None = None) -> Response:
        """Replace something; repeated when it is not known whether the request arrived."""
        return await self.send("PUT", path, body, query, repeatable=True)

    async def post(self, path: str, body: Any, query: Query | None = None) -> Response:
        """Create something. Raises UnansweredError when it may or may not have been created."""
        return await self.send("POST", path, body, query, repeatable=False)

    async def send(
        self,
        method: str,
        path: str,
        body: Any,
        query: Query | None = None,
        *,
        repeatable: bool,
        headers: Mapping[str, str] | None = None,
        as_form: bool = False,
    ) -> Response:
        """Send a request with a body; a ``repeatable`` one again when it is not known whether it arrived.

        ``headers`` are sent with this request only. ``as_form`` sends the body as a web form instead of JSON.
        """
        return await self._send(new_request(method, path, body, query, repeatable, headers, as_form))

    async def _send(self, request: Request) -> Response:
        if not self._is_open:
            raise RuntimeError("The client is used outside of its async with block.")
        attempts: Attempts | None = None
        refreshed, tries = False, 0
        started_at: float | None = None
        while True:
            if not self._concurrency.acquire_now():
                await self._concurrency.acquire(first=started_at is not None)
            round_ = self._concurrency.round
            try:
                started_at = self._clock.time() if started_at is None else started_at
                headers = await self._authoriser.headers()
                with self._waiting:
                    await self._pacer.wait_turn()
                result = await self._attempt(request, headers, round_)
            finally:
                self._concurrency.release()
            if isinstance(result, Failure):
                raise_if_used_up(self._system, self._retry, result)
                attempts = attempts or Attempts(
                    self._system, self._retry, self._clock, request.repeatable, started_at
                )
                await self._pause(attempts.wait_after(result), result.throttled)
            elif result.status == 401:
                await self._refresh(headers, refreshed)
                refreshed = True
            elif result.status == HTTPStatus.TOO_MANY_REQUESTS and (tries := tries + 1) < self._limit_tries:
                with self._waiting:
                    await self._clock.sleep(self._retry.backoff(tries))
            else:
                return self._answer(result, headers, is_write=request.body is not None)

    async def _attempt(self, request: Request, headers: Mapping[str, str], round_: int) -> Response | Failure:
        """Send a request once, and learn from its response how much the system takes."""
        sent_at = self._clock.time()
        self._sent += 1
        try:
            raw = await self._transport.exchange(
                request.method, request.path, headers, request.body, request.headers
            )
        finally:
            self._sent -= 1
        result = interpret(raw, self._limits) if isinstance(raw, RawResponse) else raw
        self._note(request, raw.status, result, self._clock.time() - sent_at)
        if isinstance(result, Failure) and (result.throttled or result.status == 503):
            if self._concurrency.refuse(round_, too_many=result.throttled):
                await self._keep_ceiling()
            if result.retry_after is not None and result.retry_after <= self._retry.max_total_seconds:
                await self._pacer.hold(result.retry_after)
        elif isinstance(raw, RawResponse):
            self._concurrency.succeed(self._clock.time() - sent_at)
            if raw.headers:
                await self._obey_quota(raw.headers)
        return result

    async def _obey_quota(self, headers: Mapping[str, str]) -> None:
        """Pause when the requests that are under way use up what the system still takes; not for hours."""
        remaining, reset = quota(headers, minute_header=self._minute_header)
        if remaining is None or reset is None or remaining > self._sent:
            return
        if reset <= self._retry.max_total_seconds:
            await self._pacer.hold(reset)

    async def _keep_ceiling(self) -> None:
        ceiling = self._concurrency.ceiling
        if ceiling is not None and isinstance(self._pacer, RemembersConcurrency):
            await self._pacer.keep_ceiling(ceiling)

    def _answer(self, response: Response, headers: Mapping[str, str], *, is_write: bool) -> Response:
        """Return a response to the caller. Once a limit is known, later requests do not wait for it."""
        if response.status == HTTPStatus.TOO_MANY_REQUESTS:
            self._limit_tries = 1
        elif response.ok and is_write:
            self._limit_tries = LIMIT_TRIES
        response.sent_with = headers
        return response if response.ok else replace(response, secrets=secrets_in(headers))

    def _note(self, request: Request, status: int | None, result: Response | Failure, seconds: float) -> None:
        """Count a request, and keep it with its response where somebody will show it."""
        if isinstance(result, Failure):
            answer, failure, throttled = None, result.description, result.throttled
        else:
            answer, failure, throttled = result.data, None, False
        self.traffic.count(seconds, too_many=throttled or status == HTTPStatus.TOO_MANY_REQUESTS)
        if (exchanges := kept()) is not None and exchanges.wants(status):
            about = (request.method, self._shown_paths.show(request.path), request.sent)
            exchanges.keep(Exchange(*about, status, answer, seconds, failure, self._system))

    async def _pause(self, seconds: float, throttled: bool) -> None:
        if throttled:
            await self._pacer.hold(seconds)
        else:
            with self._waiting:
                await self._clock.sleep(seconds)

    async def _refresh(self, refused: Mapping[str, str], already_refreshed: bool) -> None:
        if already_refreshed:
            reason = (
                f"{self._system} refused the sign-in, or it does not allow all that iHUB needs. "
                f"Open Connections and reconnect {self._system}."
            )
            await self._authoriser.refused(reason)
            raise AuthError(reason)
        async with self._refreshing:
            if dict(await self._authoriser.headers()) == dict(refused):  # no other request has refreshed them
                await self._authoriser.renew()
