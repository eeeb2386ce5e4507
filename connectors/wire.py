"""Send one request over aiohttp's pool and parser, without the machinery a session sets up for each request.

Redirects, cookies, proxies and middlewares are what iHUB never uses; leaving them out halves the CPU time of a request
(docs/performance.md). Connections, TLS, parsing, decompression and time-outs are aiohttp's own.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urljoin

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.http_exceptions import HttpProcessingError
from yarl import URL

KEEP_ALIVE_SECONDS = 4
"""Shorter than common servers', so that a POST does not leave on a connection the server is about to close."""
ALWAYS = "Accept: application/json\r\nAccept-Encoding: gzip, deflate\r\nUser-Agent: iHUB\r\n"
BROKEN = "The answer was not HTTP."
LINK = re.compile(r"<([^<>]*)>([^<>]*)")
GOES_ON = re.compile(r""";\s*rel\s*=\s*"?(?:[^";,]*\s)?next(?=[\s",;]|$)""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: status, whole body, and the headers anybody looks at."""

    status: int
    body: bytes
    retry_after: str | None = None
    location: str | None = None
    next_address: str | None = None
    """Where a list goes on, as the Link header says it."""


class Wire:
    """The connections to one address. Use between ``open`` and ``close``."""

    def __init__(self, base_url: str, concurrency: int, timeout: aiohttp.ClientTimeout) -> None:
        """Take the address all paths begin with; nothing is opened yet."""
        self._base = base_url
        self._timeout = timeout
        self._concurrency = concurrency
        self._session: aiohttp.ClientSession | None = None
        self._sent: Mapping[str, str] = {}
        self._head = b""

    def open(self) -> None:
        """Open the pool."""
        pool = aiohttp.TCPConnector(limit=self._concurrency, keepalive_timeout=KEEP_ALIVE_SECONDS)
        self._session = aiohttp.ClientSession(connector=pool, cookie_jar=aiohttp.DummyCookieJar())
        self._route: aiohttp.ClientRequest | None = None
        self._head = b""

    async def close(self) -> None:
        """Close the pool."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def exchange(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None, own: Mapping[str, str] | None = None
    ) -> Reply:
        """Send a request and read its answer; ``own`` are headers of this request alone.

        Raises aiohttp.ClientError, TimeoutError or OSError.
        """
        if self._session is None:
            raise RuntimeError("The client is used outside of its async with block.")
        request = self._request(method, path, headers, body, own)
        async with asyncio.timeout(self._timeout.total):
            connection = await self._connect(self._session)
            try:
                reply = await self._converse(connection, request)
                connection.release()
            except BaseException:
                connection.close()
                raise
        return reply if reply.next_address is None else replace(reply, next_address=self._joined(path, reply.next_address))

    def _joined(self, path: str, address: str) -> str:
        """Return the whole of an address that may be relative to what was asked. Raises aiohttp.ClientPayloadError."""
        try:
            return urljoin(f"{self._base.rstrip('/')}{path}", address)
        except ValueError as error:
            raise aiohttp.ClientPayloadError(BROKEN) from error

    def _request(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None, own: Mapping[str, str] | None
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
        return b"%b%bContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (begin, self._head, len(body), body)

    async def _connect(self, session: aiohttp.ClientSession) -> Connection:
        assert session.connector is not None and self._route is not None
        try:
            return await session.connector.connect(self._route, [], self._timeout)
        except TimeoutError as error:
            raise aiohttp.ConnectionTimeoutError("No connection in time.") from error

    async def _converse(self, connection: Connection, request: bytes) -> Reply:
        speaker = connection.protocol
        if speaker is None or speaker.transport is None:
            raise aiohttp.ServerDisconnectedError
        speaker.set_response_params(read_until_eof=True, read_timeout=self._timeout.sock_read)
        speaker.transport.write(request)
        speaker.start_timeout()
        return await _answer(speaker)


async def _answer(speaker: ResponseHandler) -> Reply:
    try:
        message, content = await speaker.read()
        while message.code < 200:  # "100 Continue" and its like come before the answer
            message, content = await speaker.read()
        said = message.headers
        following = _next(",".join(said.getall("Link"))) if "Link" in said else None
        return Reply(message.code, await content.read(), said.get("Retry-After"), said.get("Location"), following)
    except HttpProcessingError as error:
        raise aiohttp.ClientPayloadError(BROKEN) from error


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
