"""One open HTTP connection: send a request, read its complete response.

aiohttp's pool opens the connection (names, TLS, certificates) and aiohttp's parser reads the response (chunks,
compression, limits on headers). Between the two nothing is set up for each request, which is what takes most of the
time of aiohttp's own response handling (docs/performance.md).
"""

from __future__ import annotations

import asyncio
from typing import Any, cast

import aiohttp
from aiohttp.connector import Connection
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.http_parser import HttpResponseParser, RawResponseMessage
from aiohttp.streams import StreamReader

NOT_HTTP = "The response was not HTTP."
MAX_LINE_BYTES, MAX_HEADERS = 8190, 128
BUFFER_BYTES = 2**16


class HttpConnection(asyncio.Protocol):
    """One connection that carries a request at a time."""

    def __init__(self, connection: Connection) -> None:
        """Take the connection over from the pool, which counts it until it is closed."""
        protocol = connection.protocol
        if protocol is None or protocol.transport is None:
            raise aiohttp.ServerDisconnectedError
        self._connection = connection
        self._transport = protocol.transport
        self._transport.set_protocol(self)
        self._loop = asyncio.get_running_loop()
        self._parser = HttpResponseParser(
            cast(Any, self),
            self._loop,
            BUFFER_BYTES,
            max_line_size=MAX_LINE_BYTES,
            max_field_size=MAX_LINE_BYTES,
            max_headers=MAX_HEADERS,
            payload_exception=aiohttp.ClientPayloadError,
            read_until_eof=True,
        )
        self._response: asyncio.Future[tuple[RawResponseMessage, bytes]] | None = None
        self._message: RawResponseMessage | None = None
        self._content: StreamReader | None = None
        self._usable = True
        # When something was last sent or received, in the loop's seconds.
        self.active_at = self._loop.time()

    @property
    def usable(self) -> bool:
        """Return whether another request can be sent."""
        return self._usable and not self._transport.is_closing()

    async def send(self, request: bytes) -> tuple[RawResponseMessage, bytes]:
        """Send a request and return the head and the body of its response.

        Raises aiohttp.ClientError, or the error that ``fail`` was given.
        """
        self._response, self._message = self._loop.create_future(), None
        self.active_at = self._loop.time()
        self._transport.write(request)
        try:
            return await self._response
        except BaseException:  # a response may still come, and would be taken for that of the next request
            self._usable = False
            raise
        finally:
            self._response = None

    def fail(self, error: BaseException) -> None:
        """End the running request with an error; the connection cannot be used again."""
        self._usable = False
        if self._response is not None and not self._response.done():
            self._response.set_exception(error)

    def close(self) -> None:
        """Close the connection and no longer count against the pool's limit."""
        self._usable = False
        self._connection.close()

    def data_received(self, data: bytes) -> None:
        """Parse received bytes; asyncio calls this."""
        self.active_at = self._loop.time()
        if self._response is None:  # no request is running
            self._usable = False
            return
        try:
            messages, upgraded, _ = self._parser.feed_data(data)
        except Exception as error:  # noqa: BLE001 - whatever makes the parser fail, the response is not valid HTTP
            self.fail(_not_http(error))
            return
        for message, content in messages:
            if self._message is not None or message.should_close or upgraded:
                self._usable = False
            # "100 Continue" and similar messages come before the response.
            if self._message is None and message.code >= 200:
                self._message, self._content = message, content
        self._finish()

    def connection_lost(self, exc: Exception | None) -> None:
        """End the response, as no more bytes will come; asyncio calls this."""
        self._usable = False
        if self._message is None:
            self.fail(aiohttp.ServerDisconnectedError() if exc is None else aiohttp.ClientOSError(*exc.args))
            return
        try:
            self._parser.feed_eof()
        except HttpProcessingError as error:
            self.fail(_not_http(error))
        self._finish()
        self.fail(aiohttp.ClientPayloadError("The response was incomplete."))

    def _finish(self) -> None:
        """Return the response to the caller once it is complete."""
        content, response = self._content, self._response
        if self._message is None or content is None or response is None or response.done():
            return
        if (error := content.exception()) is not None:
            self.fail(error)
        elif content.is_eof():
            response.set_result((self._message, content.read_nowait()))

    def pause_reading(self) -> None:
        """Do not pause, since responses are read as a whole; aiohttp's parser calls this."""

    def resume_reading(self, resume_parser: bool = True) -> None:
        """Do nothing, since reading was never paused; aiohttp's parser calls this."""


def _not_http(error: Exception) -> aiohttp.ClientPayloadError:
    payload_error = aiohttp.ClientPayloadError(NOT_HTTP)
    payload_error.__cause__ = error
    return payload_error
