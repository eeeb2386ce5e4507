"""The scribe of a run: a process of its own that does the heavy work with the store.

Python lets one thread of a process run at a time. Whoever stores thousands of rows beside a loop that sends thousands of requests
takes its time away and waits for it in turn; in a process of their own neither does. The scribe is forked while the process
has no other thread. It does what it is asked in order, each time one transaction that holds the lease, and it ends when the run's
process has ended, whatever became of that: then the transaction under way is rolled back, or is complete.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import os
import pickle
import signal
import socket
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from typing import Any, NoReturn, ParamSpec, Protocol, TypeVar, cast

import structlog
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from core import db
from core.errors import LeaseLostError

log = structlog.get_logger()

P = ParamSpec("P")
R = TypeVar("R")

# Bytes that say how long an answer is.
LENGTH = 8
# What reading and answering run into when the run's process has gone, in the midst of a request perhaps.
HUNG_UP = (EOFError, pickle.UnpicklingError, ConnectionError)
# How long the work under way may take once nobody waits for it.
CLOSING_SECONDS = 10.0


class StoreExecutor(Protocol):
    """What does a run's work with the store: the scribe, or the store thread."""

    async def run(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Do one piece of work and return what it returns."""

    def close_early(self) -> None:
        """Take note that there is no more to do."""


class StoreProcessError(Exception):
    """The scribe failed in a way nobody expected; the text says where, and holds no values."""


class StoreProcess(AbstractContextManager["StoreProcess"]):
    """The process, from its beginning to its end."""

    def __init__(self) -> None:
        """Start it. The process must have no other thread: a copy of it would keep what those hold locked for ever."""
        ours, theirs = socket.socketpair()
        parent = os.getpid()
        self.pid = os.fork()
        if self.pid == 0:
            ours.close()
            _live(theirs, parent)
        theirs.close()
        self._socket = ours
        self._connecting = asyncio.Lock()
        self._line: _Line | None = None
        self._ended = False

    async def run(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Let the scribe do a function of some module; the work goes on when the waiting is cancelled.

        Raises what the work raises where the run has to know it: LeaseLostError, or OperationalError when the store cannot be
        reached or the scribe is gone; everything else as ScribeError.
        """
        line = self._line or await self._connected()
        return cast(R, await line.ask(pickle.dumps((work, args, kwargs), pickle.HIGHEST_PROTOCOL)))

    async def _connected(self) -> _Line:
        async with self._connecting:
            if self._line is None:
                _, self._line = await asyncio.get_running_loop().create_connection(_Line, sock=self._socket)
        return self._line

    def close_early(self) -> None:
        """Let the process end while there is still other work to do."""
        if self._line is not None:
            self._line.close()

    def __exit__(self, *exc: object) -> None:
        """End the process, once; what nobody waits for any more is done, or never will be, when this returns."""
        if self._ended:
            return
        self._ended = True
        busy = self._line is not None and self._line.close()
        self._socket.close()
        killer = threading.Timer(CLOSING_SECONDS, os.kill, (self.pid, signal.SIGKILL)) if busy else None
        if killer is not None:
            killer.start()
        with suppress(ChildProcessError):
            os.waitpid(self.pid, 0)
        if killer is not None:
            killer.cancel()


class _Line(asyncio.Protocol):
    """The line to the scribe. Requests leave at once, so that it never waits for the next one; answers come in their order."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._waiting: deque[asyncio.Future[object]] = deque()
        self._heard = bytearray()
        self._gone = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    async def ask(self, request: bytes) -> object:
        if self._gone or self._transport is None:
            raise _gone()
        answer: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        self._waiting.append(answer)
        self._transport.write(request)
        return await answer

    def data_received(self, data: bytes) -> None:
        self._heard += data
        while len(self._heard) >= LENGTH and len(self._heard) >= (
            end := LENGTH + int.from_bytes(self._heard[:LENGTH])
        ):
            told = pickle.loads(self._heard[LENGTH:end])  # noqa: S301 - our own process wrote it
            waiting = self._waiting.popleft()
            del self._heard[:end]
            if not waiting.done():
                _settle(waiting, *told)

    def connection_lost(self, exc: Exception | None) -> None:
        self._gone = True
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_exception(_gone())

    def close(self) -> bool:
        """Hang up; say whether the scribe may still be at work."""
        if self._transport is not None:
            self._transport.abort()
        return bool(self._waiting) and not self._gone


def _gone() -> OperationalError:
    return OperationalError(None, None, ConnectionError("the scribe is gone"))


def _settle(waiting: asyncio.Future[object], kind: str, value: object) -> None:
    """Give what the work returned, or what it raised."""
    if kind == "done":
        waiting.set_result(value)
    elif kind == "lost":
        waiting.set_exception(LeaseLostError(str(value)))
    elif kind == "unreachable":
        waiting.set_exception(OperationalError(None, None, ConnectionError(str(value))))
    else:
        waiting.set_exception(StoreProcessError(str(value)))


def _live(link: socket.socket, parent: int) -> NoReturn:
    """Be the scribe, until the other end is closed."""
    try:
        _prepare(parent)
        _serve(link)
    except BaseException as error:  # noqa: BLE001 - nothing of the process it was forked from may go on here
        log.error("scribe.failed", error=type(error).__name__)
    finally:
        os._exit(0)


def _serve(link: socket.socket) -> None:
    with suppress(*HUNG_UP), link, link.makefile("rb") as requests, link.makefile("wb") as answers:
        while True:
            work, args, kwargs = pickle.load(requests)  # noqa: S301 - our own process wrote it
            answer = pickle.dumps(_answer(work, args, kwargs), pickle.HIGHEST_PROTOCOL)
            answers.write(len(answer).to_bytes(LENGTH) + answer)
            answers.flush()


def _prepare(parent: int) -> None:
    """Become a process of our own, which is asked to stop by nobody but the run's process, and dies with it."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM):
        signal.signal(number, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    if os.getppid() != parent:  # it died before that
        os._exit(1)
    db.drop_inherited_connections()
    gc.freeze()
    with (
        suppress(DBAPIError),
        db.driver_reading(),
    ):  # what a first connection takes is over when the first request comes
        pass


def _answer(work: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[str, Any]:
    try:
        return "done", work(*args, **kwargs)
    except LeaseLostError as error:
        return "lost", str(error)
    except (OperationalError, InterfaceError) as error:
        return "unreachable", type(error.orig).__name__
    except Exception as error:  # noqa: BLE001 - the run's process raises it
        return "failed", f"{type(error).__name__}\n{''.join(traceback.format_tb(error.__traceback__))}"


class StoreThread(AbstractContextManager["StoreThread"]):
    """The one thread that does a run's work with the store, in order, so that the loop never waits for a disk."""

    def __init__(self) -> None:
        """Start no thread before the first call."""
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="store")

    async def run(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run one function in the thread and wait for it without blocking the loop."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, lambda: work(*args, **kwargs))

    def close_early(self) -> None:
        """Take note that there is no more to do of what a scribe would do."""

    def __exit__(self, *exc: object) -> None:
        """Wait for what is under way and forget what is not."""
        self._pool.shutdown(wait=True, cancel_futures=True)
