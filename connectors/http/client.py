"""The HTTP client of one end of a connection: JSON in and out, paced, authorised, patient.

What a caller sees: an Answer for 2xx and for refusals a connector understands (400, 403, 404, 409, 422 …), and
otherwise a ConnectorError. A POST is never sent twice unless it certainly was not carried out.
Nothing here logs or raises a body, a header or an address with its query.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, Self

import aiohttp
import orjson
from yarl import URL

from connectors.contract.errors import AuthError, ConfigError
from connectors.contract.protocols import Authoriser
from connectors.http.pacing import Clock, LoopClock, Pacer
from connectors.http.pool import ConnectionPool, Reply
from connectors.http.retry import Attempts, Retry, Trouble, seconds_to_wait

TIMEOUT = aiohttp.ClientTimeout(total=60, sock_connect=10, sock_read=30)
UNSENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)

SCHEMES = {"basic", "bearer", "token"}
# Redirects that ask for the same request elsewhere; the others may point at what it has made.
ELSEWHERE = {301, 307, 308}
# Statuses that say enough without words, as where a refusal is a plain text or a web page. A 404 is none of
# them: what stands before a system that is away answers so, and nobody must be taken for gone then.
PLAIN = {400, 409, 422}

Query = Mapping[str, str | int]


@dataclass(slots=True)
class Answer:
    """A system's answer: its status and its JSON (None where the body was empty, or a refusal in other words than JSON)."""

    status: int
    data: Any = None
    # Where the answer says that something is.
    location: str | None = None
    # Where the answer says that a list goes on, if it does.
    next_address: str | None = None
    # What authorised the request that was refused, so that nobody repeats it with the system's words.
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def ok(self) -> bool:
        """Say whether the system did what was asked."""
        return 200 <= self.status < 300


class _Request(NamedTuple):
    method: str
    path: str
    body: bytes | None = None
    repeatable: bool = True
    headers: Mapping[str, str] | None = None


class Client:
    """Speaks with one system. Use as ``async with Client(...) as client``."""

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
        """Take the system's name for messages, where it is and how to treat it; nothing is opened yet."""
        self._system = system
        self._wire = ConnectionPool(base_url, concurrency, timeout)
        self._authoriser = authoriser
        self._pacer = pacer
        self._retry = retry or Retry()
        self._clock = clock or LoopClock()
        self._places = asyncio.Semaphore(concurrency)
        self._renewing = asyncio.Lock()

    async def __aenter__(self) -> Self:
        """Open the connection pool."""
        self._wire.open()
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Close the connection pool."""
        await self._wire.close()

    async def get(self, path: str, query: Query | None = None) -> Answer:
        """Read something; ``path`` begins with a slash and is percent-encoded by the caller."""
        return await self._send(_Request("GET", _with(query, path)))

    async def put(self, path: str, body: Any, query: Query | None = None) -> Answer:
        """Bring something to a state; repeated when it is not known whether it arrived."""
        return await self.send("PUT", path, body, query, repeatable=True)

    async def post(self, path: str, body: Any, query: Query | None = None) -> Answer:
        """Make something. Raises UnansweredError when it may or may not have been made."""
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
    ) -> Answer:
        """Send something; where it is ``repeatable``, again when it is not known whether it arrived.

        ``headers`` go with this request alone.
        """
        return await self._send(_Request(method, _with(query, path), orjson.dumps(body), repeatable, headers))

    async def _send(self, request: _Request) -> Answer:
        async with self._places:
            attempts: Attempts | None = None
            begun, renewed = self._clock.time(), False
            while True:
                headers = await self._authoriser.headers()
                await self._pacer.turn()
                outcome = await self._attempt(request, headers)
                if isinstance(outcome, Answer) and outcome.status == 401:
                    await self._renew(headers, renewed)
                    renewed = True
                elif isinstance(outcome, Answer):
                    return outcome if outcome.ok else replace(outcome, secrets=_secrets(headers))
                else:
                    attempts = attempts or Attempts(
                        self._system, self._retry, self._clock, request.repeatable, begun
                    )
                    await self._pause(attempts.pause(outcome), outcome.throttled)

    async def _pause(self, seconds: float, throttled: bool) -> None:
        if throttled:
            await self._pacer.hold(seconds)
        else:
            await self._clock.sleep(seconds)

    async def _renew(self, refused: Mapping[str, str], renewed: bool) -> None:
        if renewed:
            reason = (
                f"{self._system} refused the sign-in, or it does not allow all that iHUB needs. "
                f"Open Connections and connect {self._system} again."
            )
            await self._authoriser.refused(reason)
            raise AuthError(reason)
        async with self._renewing:
            if dict(await self._authoriser.headers()) == dict(refused):  # nobody has renewed them meanwhile
                await self._authoriser.renew()

    async def _attempt(self, request: _Request, headers: Mapping[str, str]) -> Answer | Trouble:
        try:
            reply = await self._wire.exchange(
                request.method, request.path, headers, request.body, request.headers
            )
        except (aiohttp.ClientConnectorCertificateError, aiohttp.ClientConnectorSSLError) as error:
            raise ConfigError(
                f"The address set for {self._system} cannot be trusted: its certificate was not accepted. Check the address."
            ) from error
        except aiohttp.InvalidURL:
            raise ConfigError(
                f"The address set for {self._system} is not a web address. Correct it."
            ) from None
        except UNSENT as error:
            return Trouble("could not be reached", carried_out=False, cause=error)
        except TimeoutError as error:
            return Trouble("did not answer in time", cause=error)
        except (aiohttp.ClientError, OSError):
            return Trouble(
                "broke off before it had answered"
            )  # without the cause: its text may hold an address
        return _judge(reply)


def _secrets(headers: Mapping[str, str]) -> tuple[str, ...]:
    """Return what a system could repeat of the headers that authorised a request."""
    found: list[str] = []
    for value in headers.values():
        words = value.split()
        found += [word for word in words if word.casefold() not in SCHEMES]
        if words and words[0].casefold() == "basic":
            found += _unpacked(words[-1])
    return tuple(found)


def _unpacked(pair: str) -> list[str]:
    """Return the user and the password of HTTP Basic."""
    try:
        return base64.b64decode(pair, validate=True).decode().split(":", 1)
    except ValueError:
        return []


def _with(query: Query | None, path: str) -> str:
    return f"{path}{URL.build(query=query)}" if query else path


def _judge(reply: Reply) -> Answer | Trouble:
    """Tell an answer for the caller from a trouble to retry."""
    if 200 <= reply.status < 300:
        return _understood(reply)
    waiting = seconds_to_wait(reply.retry_after)
    if reply.status == 429:
        return Trouble("had too many requests", carried_out=False, throttled=True, told_to_wait=waiting)
    if reply.status >= 500:
        return Trouble(f"failed (status {reply.status})", told_to_wait=waiting, status=reply.status)
    if 300 <= reply.status < 400:
        return Trouble(
            "answered with a redirect, so its address may be wrong", carried_out=reply.status not in ELSEWHERE
        )
    return Answer(reply.status) if reply.status == 401 else _understood(reply)


def _understood(reply: Reply) -> Answer | Trouble:
    try:
        return Answer(reply.status, orjson.loads(reply.body), reply.location, reply.next_address)
    except orjson.JSONDecodeError:
        if not reply.body.strip() or reply.status in PLAIN:
            return Answer(reply.status, None, reply.location, reply.next_address)
        return Trouble("answered with something other than JSON", carried_out=reply.status < 400)
