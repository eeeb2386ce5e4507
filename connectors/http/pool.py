"""Send one request over connections that are kept, without the machinery a session sets up for each request.

Redirects, cookies, proxies and middlewares are what iHUB never uses; leaving them out halves the CPU time of a request
(docs/performance.md). Connections, TLS, parsing and decompression are aiohttp's own (speaker.py).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urljoin

import aiohttp
from yarl import URL

from connectors.http.connection import BROKEN, HttpConnection

# Shorter than common servers', so that a POST does not leave on a connection the server is about to close.
KEEP_ALIVE_SECONDS = 4
ALWAYS = "Accept: application/json\r\nAccept-Encoding: gzip, deflate\r\nUser-Agent: iHUB\r\n"
# How often requests are looked at that may have taken too long; shorter where the time-outs are.
WATCH_SECONDS = 1.0
LINK = re.compile(r"<([^<>]*)>([^<>]*)")
GOES_ON = re.compile(r""";\s*rel\s*=\s*"?(?:[^";,]*\s)?next(?=[\s",;]|$)""", re.IGNORECASE)


class Reply(NamedTuple):
    """What came back: status, whole body, and the headers anybody looks at."""

    status: int
    body: bytes
    retry_after: str | None = None
    location: str | None = None
    # Where a list goes on, as the Link header says it.
    next_address: str | None = None


class ConnectionPool:
    """The connections to one address. Use between ``open`` and ``close``."""

    def __init__(self, base_url: str, concurrency: int, timeout: aiohttp.ClientTimeout) -> None:
        """Take the address all paths begin with; nothing is opened yet."""
        self._base = base_url
        self._timeout = timeout
        self._concurrency = concurrency
        self._session: aiohttp.ClientSession | None = None
        self._route: aiohttp.ClientRequest | None = None
        self._sent: Mapping[str, str] = {}
        self._head = b""
        self._idle: list[HttpConnection] = []
        # Who waits for an answer, and since when the request has been under way.
        self._under_way: dict[HttpConnection, float] = {}
        self._watch: asyncio.TimerHandle | None = None

    def open(self) -> None:
        """Open the pool."""
        pool = aiohttp.TCPConnector(limit=self._concurrency, keepalive_timeout=KEEP_ALIVE_SECONDS)
        self._session = aiohttp.ClientSession(connector=pool, cookie_jar=aiohttp.DummyCookieJar())
        self._route, self._head = None, b""
        self._look()

    async def close(self) -> None:
        """Close the pool."""
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        while self._idle:
            self._idle.pop().close()
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _look(self) -> None:
        """End the requests that have taken too long, and look again later."""
        loop, total, silent = asyncio.get_running_loop(), self._timeout.total, self._timeout.sock_read
        for speaker, begun in list(self._under_way.items()):
            if (total and loop.time() - begun > total) or (
                silent and loop.time() - speaker.heard_at > silent
            ):
                speaker.fail(TimeoutError("No answer in time."))
        shortest = min(seconds for seconds in (total, silent, WATCH_SECONDS * 10) if seconds)
        self._watch = loop.call_later(min(WATCH_SECONDS, shortest / 10), self._look)

    async def exchange(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes | None,
        own: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send a request and read its answer; ``own`` are headers of this request alone.

        Raises aiohttp.ClientError, TimeoutError or OSError.
        """
        if self._session is None:
            raise RuntimeError("The client is used outside of its async with block.")
        begun = asyncio.get_running_loop().time()
        request = self._request(method, path, headers, body, own)
        speaker = self._rested(begun) or await self._connected(self._session)
        self._under_way[speaker] = begun
        try:
            message, content = await speaker.ask(request)
        finally:
            del self._under_way[speaker]
            if speaker.usable:
                self._idle.append(speaker)
            else:
                speaker.close()
        said = message.headers
        following = self._following(path, said.getall("Link")) if "Link" in said else None
        return Reply(message.code, content, said.get("Retry-After"), said.get("Location"), following)

    def _following(self, path: str, links: list[str]) -> str | None:
        address = _next(",".join(links))
        return None if address is None else self._joined(path, address)

    def _rested(self, now: float) -> HttpConnection | None:
        """Return a connection that is open and was used lately enough for the system not to be about to close it."""
        while self._idle:
            speaker = self._idle.pop()
            if speaker.usable and now - speaker.heard_at < KEEP_ALIVE_SECONDS:
                return speaker
            speaker.close()
        return None

    def _joined(self, path: str, address: str) -> str:
        """Return the whole of an address that may be relative to what was asked. Raises aiohttp.ClientPayloadError."""
        try:
            return urljoin(f"{self._base.rstrip('/')}{path}", address)
        except ValueError as error:
            raise aiohttp.ClientPayloadError(BROKEN) from error

    def _request(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes | None,
        own: Mapping[str, str] | None,
    ) -> bytes:
        if self._route is None:
            assert self._session is not None
            self._route = _route(self._session, self._base)
        if headers != self._sent or not self._head:
            self._sent, self._head = dict(headers), _head(self._route, headers)
        if not path.isascii() or not path.isprintable() or " " in path:
            raise aiohttp.InvalidURL("a path that is not percent-encoded")
        begin = f"{method} {self._route.url.raw_path.rstrip('/')}{path} HTTP/1.1\r\n".encode()
        if own:
            begin += _lines(own).encode()
        if body is None:
            return begin + self._head + b"\r\n"
        return b"%b%bContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (
            begin,
            self._head,
            len(body),
            body,
        )

    async def _connected(self, session: aiohttp.ClientSession) -> HttpConnection:
        assert session.connector is not None and self._route is not None
        try:
            async with asyncio.timeout(self._timeout.total):
                connection = await session.connector.connect(self._route, [], self._timeout)
        except TimeoutError as error:
            raise aiohttp.ConnectionTimeoutError("No connection in time.") from error
        try:
            return HttpConnection(connection)
        except BaseException:
            connection.close()
            raise


def _next(links: str) -> str | None:
    """Return where a Link header says that a list goes on (RFC 8288); None where it does not say so."""
    return next((address for address, parameters in LINK.findall(links) if GOES_ON.search(parameters)), None)


def _route(session: aiohttp.ClientSession, base_url: str) -> aiohttp.ClientRequest:
    """Return what aiohttp's pool knows a connection by. Raises aiohttp.InvalidURL."""
    url = URL(base_url, encoded=True)
    if url.scheme not in {"http", "https"}:
        raise aiohttp.InvalidURL(base_url)
    return aiohttp.ClientRequest("GET", url, loop=asyncio.get_running_loop(), session=session, ssl=True)


def _head(route: aiohttp.ClientRequest, headers: Mapping[str, str]) -> bytes:
    return f"Host: {route.headers['Host']}\r\n{ALWAYS}{_lines(headers)}".encode()


def _lines(headers: Mapping[str, str]) -> str:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    if lines.count("\r") + lines.count("\n") != 2 * len(headers):
        raise ValueError("A header holds a line break.")
    return lines
