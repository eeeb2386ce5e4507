"""The HTTP client for one system: JSON in and out, paced, authorised, retried.

The caller sees a Response for success and for refusals that a connector understands (400, 403, 404, 409, 422 …), and
otherwise a ConnectorError. A POST is never sent twice unless it certainly was not carried out. Nothing here logs or
raises a body, a header or an address with its query.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any, NamedTuple, Self

import aiohttp
from yarl import URL

from connectors.contract.errors import AuthError, ConfigError
from connectors.contract.protocols import Authoriser
from connectors.http.json_body import dump_json
from connectors.http.pacing import Clock, LoopClock, Pacer
from connectors.http.pool import ConnectionPool
from connectors.http.request_secrets import secrets_in
from connectors.http.response import Response, interpret
from connectors.http.retry import Attempts, Failure, Retry

TIMEOUT = aiohttp.ClientTimeout(total=60, sock_connect=10, sock_read=30)
NOT_SENT_ERRORS = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)

# How often a request is sent that meets a limit which waiting may not lift, such as the number of employees.
LIMIT_TRIES = 3

Query = Mapping[str, str | int]


class _Request(NamedTuple):
    method: str
    path: str
    body: bytes | None = None
    repeatable: bool = True
    headers: Mapping[str, str] | None = None


class Client:
    """Sends requests to one system. Use as ``async with Client(...) as client``."""

    def __init__(
        self,
        system: str,
        base_url: str,
        authoriser: Authoriser,
        pacer: Pacer,
        *,
        concurrency: int = 8,
        retry: Retry | None = None,
        timeout: aiohttp.ClientTimeout = TIMEOUT,
        clock: Clock | None = None,
    ) -> None:
        """Take the system's name for messages, its address and how to treat it; nothing is opened yet."""
        self._system = system
        self._pool = ConnectionPool(base_url, concurrency, timeout)
        self._authoriser = authoriser
        self._pacer = pacer
        self._retry = retry or Retry()
        self._clock = clock or LoopClock()
        self._slots = asyncio.Semaphore(concurrency)
        self._refreshing = asyncio.Lock()
        self._limit_tries = LIMIT_TRIES

    async def __aenter__(self) -> Self:
        """Open the connection pool."""
        self._pool.open()
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Close the connection pool."""
        await self._pool.close()

    async def get(self, path: str, query: Query | None = None) -> Response:
        """Read something; ``path`` begins with a slash and is percent-encoded by the caller."""
        return await self._send(_Request("GET", _with_query(path, query)))

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
    ) -> Response:
        """Send a request with a body; a ``repeatable`` one again when it is not known whether it arrived.

        ``headers`` are sent with this request only.
        """
        return await self._send(
            _Request(method, _with_query(path, query), dump_json(body), repeatable, headers)
        )

    async def _send(self, request: _Request) -> Response:
        async with self._slots:
            attempts: Attempts | None = None
            started_at, refreshed, tries = self._clock.time(), False, 0
            while True:
                headers = await self._authoriser.headers()
                await self._pacer.wait_turn()
                result = await self._attempt(request, headers)
                if isinstance(result, Failure):
                    attempts = attempts or Attempts(
                        self._system, self._retry, self._clock, request.repeatable, started_at
                    )
                    await self._pause(attempts.wait_after(result), result.throttled)
                elif result.status == 401:
                    await self._refresh(headers, refreshed)
                    refreshed = True
                elif (
                    result.status == HTTPStatus.TOO_MANY_REQUESTS and (tries := tries + 1) < self._limit_tries
                ):
                    await self._clock.sleep(self._retry.backoff(tries))
                else:
                    return self._answer(result, headers, is_write=request.body is not None)

    def _answer(self, response: Response, headers: Mapping[str, str], *, is_write: bool) -> Response:
        """Return a response to the caller. Once a limit is known, later requests do not wait for it."""
        if response.status == HTTPStatus.TOO_MANY_REQUESTS:
            self._limit_tries = 1
        elif response.ok and is_write:
            self._limit_tries = LIMIT_TRIES
        response.sent_with = headers
        return response if response.ok else replace(response, secrets=secrets_in(headers))

    async def _pause(self, seconds: float, throttled: bool) -> None:
        if throttled:
            await self._pacer.hold(seconds)
        else:
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

    async def _attempt(self, request: _Request, headers: Mapping[str, str]) -> Response | Failure:
        try:
            response = await self._pool.exchange(
                request.method, request.path, headers, request.body, request.headers
            )
        except (aiohttp.ClientConnectorCertificateError, aiohttp.ClientConnectorSSLError) as error:
            raise ConfigError(
                f"The address set for {self._system} cannot be trusted: its certificate was not accepted. "
                "Check the address."
            ) from error
        except aiohttp.InvalidURL:
            raise ConfigError(
                f"The address set for {self._system} is not a web address. Correct it."
            ) from None
        except NOT_SENT_ERRORS as error:
            return Failure("could not be reached", may_have_taken_effect=False, cause=error)
        except TimeoutError as error:
            return Failure("did not respond in time", cause=error)
        except (aiohttp.ClientError, OSError):
            # Without the cause: its text may hold an address.
            return Failure("closed the connection before it responded")
        return interpret(response)


class ClientSession:
    """A source or a target that works with one client. Use as ``async with``."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def __aenter__(self) -> Self:
        """Open the client's connections."""
        await self._client.__aenter__()
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Close the client's connections."""
        await self._client.__aexit__(*exc)


def _with_query(path: str, query: Query | None) -> str:
    return f"{path}{URL.build(query=query)}" if query else path
