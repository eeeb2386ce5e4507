"""Send a file while it is made: in a few threads, holding nothing between two pieces, and only while it is allowed."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import TypeVar

import structlog
from anyio import CancelScope, CapacityLimiter, lowlevel, to_thread
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from core.errors import HubError
from core.exports.files import DataFile
from core.reports.exports import Export

THREADS = 4
# How often it is checked whether the download is still allowed.
SECONDS = 1.0
ACCESS_ENDED = "Your access has ended, so the download has ended too. Sign in again, or use another token."
# The client has gone; nobody reads this.
CLIENT_GONE = 499
Result = TypeVar("Result")
log = structlog.get_logger()
_limiters: dict[object, CapacityLimiter] = {}


class AccessEndedError(HubError):
    """The session or the token of a download has ended. What was sent is cut off, so that it is not taken for whole."""


async def send(request: Request, export: Export | DataFile, is_allowed: Callable[[], bool]) -> Response:
    """Stream a file. What goes wrong before its first piece is raised, so that the response can say it."""
    headers = {
        "content-disposition": f'attachment; filename="{export.filename}"',
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
    }
    pieces: Iterator[str] | Iterator[bytes] = export.chunks
    if request.method == "HEAD":
        await _close(pieces)
        return Response(media_type=export.media_type, headers=headers)
    checked = _Allowed(is_allowed)
    first: str | bytes | None = b""
    try:
        while first is not None and not first:
            if await request.is_disconnected():
                await _close(pieces)
                return Response(status_code=CLIENT_GONE)
            first = await run_in_thread(partial(_next, pieces, checked))
    except BaseException:
        await _close(pieces)
        raise
    body = _pieces(first, pieces, checked)
    return StreamingResponse(body, media_type=export.media_type, headers=headers)


class _Allowed:
    """Asks now and then whether the download may continue."""

    def __init__(self, is_allowed: Callable[[], bool]) -> None:
        self._is_allowed, self._asked_at = is_allowed, time.monotonic()

    def require(self) -> None:
        """Raise AccessEndedError once it may not."""
        if time.monotonic() - self._asked_at < SECONDS:
            return
        if not self._is_allowed():
            raise AccessEndedError(ACCESS_ENDED)
        self._asked_at = time.monotonic()


def _next(pieces: Iterator[str] | Iterator[bytes], checked: _Allowed) -> str | bytes | None:
    checked.require()
    return next(pieces, None)


async def _pieces(
    first: str | bytes | None, pieces: Iterator[str] | Iterator[bytes], checked: _Allowed
) -> AsyncIterator[str | bytes]:
    """Yield each piece, read in one of a few threads, until the end or until the client disconnects."""
    try:
        piece = first
        while piece is not None:
            if piece:
                yield piece
            piece = await run_in_thread(partial(_next, pieces, checked))
    except HubError as error:  # its sentence can no longer be sent
        log.warning("download.cut_off", error=type(error).__name__)
        raise ConnectionAbortedError(str(error)) from error
    finally:
        await _close(pieces)


async def _close(pieces: Iterator[str] | Iterator[bytes]) -> None:
    """Release what the file holds: a database connection, or a folder on disk."""
    close = getattr(pieces, "close", None)
    if close is not None:
        with CancelScope(shield=True):
            await to_thread.run_sync(close)


async def run_in_thread(work: partial[Result]) -> Result:
    """Run slow work in one of the threads that exports share, so that exports cannot block the pages."""
    return await to_thread.run_sync(work, limiter=_limiter())


def _limiter() -> CapacityLimiter:
    loop = lowlevel.current_token()
    if loop not in _limiters:
        _limiters.clear()
        _limiters[loop] = CapacityLimiter(THREADS)
    return _limiters[loop]
