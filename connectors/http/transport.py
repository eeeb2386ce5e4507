"""Send requests to one system and read their responses, through pyreqwest.

pyreqwest keeps the connections and speaks TLS, HTTP and compression. This module adds an address that was checked,
bounded responses, and what an error says about whether the request was sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple
from urllib.parse import urljoin

from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import PyreqwestError
from pyreqwest.http import Url
from pyreqwest.request import StreamRequest
from pyreqwest.response import Response

from connectors.contract.errors import AuthError, ConfigError
from connectors.http import addresses
from connectors.http.json_body import Limits
from connectors.http.limits import rate_headers
from connectors.http.link_header import next_link
from connectors.http.retry import Failure

# Shorter than common servers', so that a POST is not sent on a connection that the server is about to close.
KEEP_ALIVE_SECONDS = 4
JSON_TYPE = {"Content-Type": "application/json"}
HEADERS = frozenset({"link", "location", "retry-after", "x-total-count", *rate_headers.NAMES})
# How reqwest calls an error from before the request was sent, and rustls one of a certificate or of its protocol.
NOT_SENT = "client error (Connect)"
NOT_TRUSTED = (
    "invalid peer certificate",
    "received corrupt message",
    "received fatal alert",
    "peer is incompatible",
    "peer misbehaved",
)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """After how many seconds a request ends: in all, without a connection, and without another byte."""

    total: float = 60
    connect: float = 10
    silence: float = 30


class OwnHeaders(NamedTuple):
    """Headers that only one system has."""

    # Sent with every request.
    sent: Mapping[str, str] = {}
    # Of a response: why it refused, and how many more requests are taken in this minute.
    refusal: str | None = None
    minute: str | None = None


class RawResponse(NamedTuple):
    """A response as it came: status, complete body, and those headers that are used, by their lower-case names."""

    status: int
    body: bytes
    headers: Mapping[str, str] = {}
    # The address of a list's next page, from the Link header.
    next_address: str | None = None


class Transport:
    """The connections to one system. They are made when a request needs them, and never before a fork."""

    def __init__(
        self,
        system: str,
        base_url: str,
        timeouts: Timeouts,
        limits: Limits,
        own: OwnHeaders = OwnHeaders(),  # noqa: B008 - a fixed value
    ) -> None:
        """Take the system's name for messages and the address that all paths begin with; nothing is opened yet."""
        self._headers = {"Accept": "application/json", **own.sent}
        self._kept = HEADERS | {name.lower() for name in (own.refusal, own.minute) if name}
        self._system = system
        self._base_url = base_url.rstrip("/")
        self._timeouts = timeouts
        self._limits = limits
        self._client: Client | None = None
        self._opening = asyncio.Lock()
        # Which of the host's addresses is used; after a failure to connect, the next one.
        self._choice = 0
        self._bytes_held = 0

    async def close(self) -> None:
        """Close all connections; they can be opened again."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    async def exchange(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes | None = None,
        extra_headers: Mapping[str, str] | None = None,
    ) -> RawResponse | Failure:
        """Send a request and read its response; ``extra_headers`` are sent with this request only.

        Raises ConfigError when the address cannot be used, AuthError when the credentials cannot be sent.
        """
        if not path.isascii() or not path.isprintable() or " " in path:
            raise self._no_address()
        client = self._client
        if client is None:
            try:
                client = await self._open()
            except OSError:
                return Failure("could not be reached", may_have_taken_effect=False)
        if body is not None:
            headers = {**headers, **JSON_TYPE}
        request = self._build(client, method, path, {**headers, **(extra_headers or {})}, body)
        result: RawResponse | Failure
        try:
            async with request as response:
                result = await self._read(path, response)
        except PyreqwestError as error:
            result = self._failure(client, error)
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            # A cancellation that comes together with the response is lost in pyreqwest (0.15).
            raise asyncio.CancelledError
        return result

    async def _open(self) -> Client:
        """Return the client, connected to an address that was checked. Raises OSError when the host has none."""
        async with self._opening:
            if self._client is not None:
                return self._client
            try:
                url = Url(self._base_url)
                # As the client reads it, so that what is checked is what is called.
                host, normal = url.host_str or "", str(url)
            except ValueError:
                raise self._no_address() from None
            found = await asyncio.to_thread(addresses.resolve, self._system, normal, addresses.allowed())
            address = found[self._choice % len(found)]
            self._client = self._builder().resolve(host, address, url.port_or_known_default or 443).build()
            return self._client

    def _builder(self) -> ClientBuilder:
        times = self._timeouts
        return (
            ClientBuilder()
            .follow_redirects(False)
            .no_proxy()
            .referer(False)
            .brotli(False)
            .user_agent("iHUB")
            .default_headers(self._headers)
            .timeout(timedelta(seconds=times.total))
            .connect_timeout(timedelta(seconds=times.connect))
            .read_timeout(timedelta(seconds=times.silence))
            .pool_idle_timeout(timedelta(seconds=KEEP_ALIVE_SECONDS))
        )

    def _build(
        self, client: Client, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> StreamRequest:
        try:
            request = client.request(method, self._base_url + path).headers(headers)
            if body is not None:
                request = request.body_bytes(body)
            return request.build_streamed()
        except ValueError:
            raise AuthError(
                f"The credentials of {self._system} hold a character that cannot be sent. "
                f"Open Connections and reconnect {self._system}."
            ) from None

    async def _read(self, path: str, response: Response) -> RawResponse | Failure:
        status = response.status
        if status < 200:  # the connection would go over to another protocol
            return Failure("responded with something other than HTTP")
        body = await self._read_body(response)
        if body is None:
            return too_large(f"more than {self._limits.bytes / 1_000_000:g} MB", status)
        headers = {name: _header(response, name) for name in self._kept.intersection(response.headers)}
        try:
            links = response.get_header_all("link") if "link" in headers else []
            next_address = self._next_address(path, links)
        except ValueError:
            return Failure("responded with something other than HTTP")
        return RawResponse(status, body, headers, next_address)

    async def _read_body(self, response: Response) -> bytes | None:
        """Return the unpacked body; None when it is too large, by itself or together with those read meanwhile."""
        chunks, held = [], 0
        try:
            while (chunk := await response.body_reader.read_chunk()) is not None:
                chunks.append(chunk)
                held += len(chunk)
                self._bytes_held += len(chunk)
                if self._bytes_held > self._limits.bytes:
                    return None
            return b"".join(map(bytes, chunks))
        finally:
            self._bytes_held -= held

    def _next_address(self, path: str, links: list[str]) -> str | None:
        """Return the next page's address as a complete one. Raises ValueError."""
        address = next_link(",".join(links)) if links else None
        return None if address is None else urljoin(f"{self._base_url}{path}", address)

    def _failure(self, client: Client, error: PyreqwestError) -> Failure:
        """Return what an error means. The text of the error is dropped, because it holds the request's address."""
        details = getattr(error, "details", None) or {}
        causes = [cause["message"] for cause in details.get("causes") or ()]
        if NOT_SENT in causes:
            if any(cause.startswith(NOT_TRUSTED) for cause in causes):
                raise ConfigError(
                    f"The address set for {self._system} cannot be trusted: its certificate was not accepted. "
                    "Check the address."
                ) from None
            if self._client is client:  # ask for the host's addresses again, and take another
                self._client, self._choice = None, self._choice + 1
            return Failure("could not be reached", may_have_taken_effect=False)
        if isinstance(error, TimeoutError):
            return Failure("did not respond in time")
        return Failure("closed the connection before it responded")

    def _no_address(self) -> ConfigError:
        return ConfigError(f"The address set for {self._system} is not a web address. Correct it.")


def _header(response: Response, name: str) -> str:
    """Return a header; an empty one where it is not ASCII, which is not read."""
    try:
        return response.get_header(name) or ""
    except ValueError:
        return ""


def too_large(what: str, status: int) -> Failure:
    """Return the failure of a response that is larger than the limits; a refusal has had no effect."""
    return Failure(f"responded with {what}", status < 400, status=status, too_large=True)
