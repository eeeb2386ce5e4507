"""One open connection: say a request, hear its whole answer.

aiohttp's pool opens the connection (names, TLS, certificates) and aiohttp's parser reads what comes (chunks, compression, limits
on headers); between the two nothing is set up anew for each request, which is what takes most of the time of aiohttp's own
response handling (docs/performance.md).
"""

from __future__ import annotations

import asyncio
from typing import Any, cast

import aiohttp
from aiohttp.connector import Connection
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.http_parser import HttpResponseParser, RawResponseMessage
from aiohttp.streams import StreamReader

BROKEN = "The answer was not HTTP."
LONGEST_LINE, MOST_HEADERS = 8190, 128
BUFFER = 2**16


class HttpConnection(asyncio.Protocol):
    """Speaks over one connection, a request at a time."""

    def __init__(self, connection: Connection) -> None:
        """Take the connection over from the pool, which goes on counting it until it is closed."""
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
            BUFFER,
            max_line_size=LONGEST_LINE,
            max_field_size=LONGEST_LINE,
            max_headers=MOST_HEADERS,
            payload_exception=aiohttp.ClientPayloadError,
            read_until_eof=True,
        )
        self._answer: asyncio.Future[tuple[RawResponseMessage, bytes]] | None = None
        self._message: RawResponseMessage | None = None
        self._content: StreamReader | None = None
        self._usable = True
        # When something last went over the connection, in the loop's seconds.
        self.heard_at = self._loop.time()

    @property
    def usable(self) -> bool:
        """Say whether another request can be said."""
        return self._usable and not self._transport.is_closing()

    async def ask(self, request: bytes) -> tuple[RawResponseMessage, bytes]:
        """Send a request and return the head and the body of its answer. Raises aiohttp.ClientError, or what `fail` is given."""
        self._answer, self._message = self._loop.create_future(), None
        self.heard_at = self._loop.time()
        self._transport.write(request)
        try:
            return await self._answer
        except BaseException:  # an answer may still come, and would be taken for the next one's
            self._usable = False
            raise
        finally:
            self._answer = None

    def fail(self, error: BaseException) -> None:
        """End the request under way with an error; the connection cannot be used any more."""
        self._usable = False
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)

    def close(self) -> None:
        """Close the connection."""
        self._usable = False
        self._connection.close()

    def data_received(self, data: bytes) -> None:
        """Read on; asyncio calls this."""
        self.heard_at = self._loop.time()
        if self._answer is None:  # nobody has asked anything
            self._usable = False
            return
        try:
            messages, upgraded, _ = self._parser.feed_data(data)
        except Exception as error:  # noqa: BLE001 - whatever the parser chokes on, it is the answer's fault
            self.fail(_not_http(error))
            return
        for message, content in messages:
            if self._message is not None or message.should_close or upgraded:
                self._usable = False
            if (
                self._message is None and message.code >= 200
            ):  # "100 Continue" and its like come before the answer
                self._message, self._content = message, content
        self._end()

    def connection_lost(self, exc: Exception | None) -> None:
        """Take it that nothing more comes; asyncio calls this."""
        self._usable = False
        if self._message is None:
            self.fail(aiohttp.ServerDisconnectedError() if exc is None else aiohttp.ClientOSError(*exc.args))
            return
        try:
            self._parser.feed_eof()
        except HttpProcessingError as error:
            self.fail(_not_http(error))
        self._end()
        self.fail(aiohttp.ClientPayloadError("The answer broke off."))

    def _end(self) -> None:
        """Give the answer when it is whole."""
        content, answer = self._content, self._answer
        if self._message is None or content is None or answer is None or answer.done():
            return
        if (error := content.exception()) is not None:
            self.fail(error)
        elif content.is_eof():
            answer.set_result((self._message, content.read_nowait()))

    def pause_reading(self) -> None:
        """Do not pause: answers are read as a whole. aiohttp's parser calls this."""

    def resume_reading(self, resume_parser: bool = True) -> None:
        """Go on without having paused. aiohttp's parser calls this."""


def _not_http(error: Exception) -> aiohttp.ClientPayloadError:
    broken = aiohttp.ClientPayloadError(BROKEN)
    broken.__cause__ = error
    return broken
