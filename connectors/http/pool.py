"""Send requests over pooled connections, without what a client session sets up for each request.

iHUB never uses redirects, cookies, proxies and middlewares; leaving them out halves the CPU time of a request
(docs/performance.md). Connections, TLS, parsing and decompression are aiohttp's own (``connectors.http.connection``).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urljoin

import aiohttp
from yarl import URL

from connectors.http.connection import NOT_HTTP, HttpConnection

# Shorter than common servers', so that a POST is not sent on a connection that the server is about to close.
KEEP_ALIVE_SECONDS = 4
COMMON_HEADERS = "Accept: application/json\r\nAccept-Encoding: gzip, deflate\r\nUser-Agent: iHUB\r\n"
# How often running requests are checked for time-outs; more often where the time-outs are short.
TIMEOUT_CHECK_SECONDS = 1.0
# One link of a Link header (RFC 8288, section 3), and one of its parameters. Some systems send single quotes.
_PARAMETER = r"""\s*;\s*([\w!#$%&'*+.^`|~-]+)\s*(?:=\s*("(?:[^"\\]|\\.)*"|'[^']*'|[^\s;,"']*)\s*)?"""
LINK = re.compile(rf"<([^>]*)>((?:{_PARAMETER}|\s*;)*)")
LINK_PARAMETER = re.compile(_PARAMETER)


class RawResponse(NamedTuple):
    """A response as it came: status, complete body and the headers that are used."""

    status: int
    body: bytes
    retry_after: str | None = None
    location: str | None = None
    # The address of a list's next page, from the Link header.
    next_address: str | None = None
    # How many entries the whole list has, from the X-Total-Count header.
    total: str | None = None


class ConnectionPool:
    """The connections to one address. Use between ``open`` and ``close``."""

    def __init__(self, base_url: str, concurrency: int, timeout: aiohttp.ClientTimeout) -> None:
        """Take the address that all paths begin with; nothing is opened yet."""
        self._base_url = base_url
        self._timeout = timeout
        self._concurrency = concurrency
        self._session: aiohttp.ClientSession | None = None
        self._route: aiohttp.ClientRequest | None = None
        # The headers of the last request, and what they look like in a request.
        self._last_headers: Mapping[str, str] = {}
        self._head = b""
        self._idle: list[HttpConnection] = []
        # When each running request was started, by its connection.
        self._started_at: dict[HttpConnection, float] = {}
        self._timeout_check: asyncio.TimerHandle | None = None

    def open(self) -> None:
        """Make the pool usable in the running event loop. Connections are made when requests need them."""
        connector = aiohttp.TCPConnector(limit=self._concurrency, keepalive_timeout=KEEP_ALIVE_SECONDS)
        self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        self._route, self._head = None, b""
        self._check_timeouts()

    async def close(self) -> None:
        """Close all connections; the pool may be opened again."""
        if self._timeout_check is not None:
            self._timeout_check.cancel()
            self._timeout_check = None
        while self._idle:
            self._idle.pop().close()
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _check_timeouts(self) -> None:
        """End the requests that have taken too long, and schedule the next check."""
        loop, total, silence = asyncio.get_running_loop(), self._timeout.total, self._timeout.sock_read
        for connection, started_at in list(self._started_at.items()):
            if (total and loop.time() - started_at > total) or (
                silence and loop.time() - connection.active_at > silence
            ):
                connection.fail(TimeoutError("No response in time."))
        shortest = min(seconds for seconds in (total, silence, TIMEOUT_CHECK_SECONDS * 10) if seconds)
        self._timeout_check = loop.call_later(min(TIMEOUT_CHECK_SECONDS, shortest / 10), self._check_timeouts)

    async def exchange(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes | None,
        extra_headers: Mapping[str, str] | None = None,
    ) -> RawResponse:
        """Send a request and read its response; ``extra_headers`` are sent with this request only.

        Raises aiohttp.ClientError, TimeoutError or OSError.
        """
        if self._session is None:
            raise RuntimeError("The client is used outside of its async with block.")
        started_at = asyncio.get_running_loop().time()
        request = self._encode_request(method, path, headers, body, extra_headers)
        connection = self._reuse(started_at) or await self._connect(self._session)
        self._started_at[connection] = started_at
        try:
            message, content = await connection.send(request)
        finally:
            del self._started_at[connection]
            if connection.usable:
                self._idle.append(connection)
            else:
                connection.close()
        received = message.headers
        next_address = self._next_address(path, received.getall("Link")) if "Link" in received else None
        return RawResponse(
            message.code,
            content,
            received.get("Retry-After"),
            received.get("Location"),
            next_address,
            received.get("X-Total-Count"),
        )

    def _next_address(self, path: str, links: list[str]) -> str | None:
        """Return the next page's address as a complete one. Raises aiohttp.ClientPayloadError."""
        address = _next_link(",".join(links))
        if address is None:
            return None
        try:
            return urljoin(f"{self._base_url.rstrip('/')}{path}", address)
        except ValueError as error:
            raise aiohttp.ClientPayloadError(NOT_HTTP) from error

    def _reuse(self, now: float) -> HttpConnection | None:
        """Return an open connection that was used recently, so that the system is not about to close it."""
        while self._idle:
            connection = self._idle.pop()
            if connection.usable and now - connection.active_at < KEEP_ALIVE_SECONDS:
                return connection
            connection.close()
        return None

    def _encode_request(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes | None,
        extra_headers: Mapping[str, str] | None,
    ) -> bytes:
        if self._route is None:
            assert self._session is not None
            self._route = _route(self._session, self._base_url)
        if headers != self._last_headers or not self._head:
            self._last_headers, self._head = dict(headers), _head(self._route, headers)
        if not path.isascii() or not path.isprintable() or " " in path:
            raise aiohttp.InvalidURL("a path that is not percent-encoded")
        start = f"{method} {self._route.url.raw_path.rstrip('/')}{path} HTTP/1.1\r\n".encode()
        if extra_headers:
            start += _header_lines(extra_headers).encode()
        if body is None:
            return start + self._head + b"\r\n"
        return b"%b%bContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (
            start,
            self._head,
            len(body),
            body,
        )

    async def _connect(self, session: aiohttp.ClientSession) -> HttpConnection:
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


def _next_link(links: str) -> str | None:
    """Return the address of the next page in a Link header (RFC 8288); None where there is none."""
    for link in LINK.finditer(links):
        parameters = LINK_PARAMETER.findall(link[2])
        relation = next((value for name, value in parameters if name.casefold() == "rel"), "")
        if "next" in relation.strip("\"'").casefold().split():
            return link[1].strip()
    return None


def _route(session: aiohttp.ClientSession, base_url: str) -> aiohttp.ClientRequest:
    """Return what aiohttp's pool identifies a connection by. Raises aiohttp.InvalidURL."""
    url = URL(base_url, encoded=True)
    if url.scheme not in {"http", "https"}:
        raise aiohttp.InvalidURL(base_url)
    return aiohttp.ClientRequest("GET", url, loop=asyncio.get_running_loop(), session=session, ssl=True)


def _head(route: aiohttp.ClientRequest, headers: Mapping[str, str]) -> bytes:
    return f"Host: {route.headers['Host']}\r\n{COMMON_HEADERS}{_header_lines(headers)}".encode()


def _header_lines(headers: Mapping[str, str]) -> str:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    if lines.count("\r") + lines.count("\n") != 2 * len(headers):
        raise ValueError("A header holds a line break.")
    return lines
