"""The store executors of a run: a process for the heavy work with the store, and a thread for the rest.

Python runs one thread of a process at a time, so a thread that stores thousands of rows slows down a loop that sends
thousands of requests, and waits for it in turn. A process does neither. It is forked while the run's process has no
other thread. It executes its requests in order, each as one transaction that holds the lease. It ends when the run's
process has ended, for whatever reason: the current transaction is then rolled back, or complete.
"""

from __future__ import annotations

import asyncio
import gc
import os
import pickle
import signal
import socket
import threading
import traceback
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from typing import Any, NoReturn, ParamSpec, Protocol, TypeVar, cast

import structlog
from sqlalchemy.exc import DBAPIError, OperationalError

from core import db
from core.child_process import die_with_parent
from core.errors import LeaseLostError
from core.store_errors import OUTAGES

log = structlog.get_logger()

P = ParamSpec("P")
R = TypeVar("R")

# Bytes that hold the length of an answer.
LENGTH = 8
# Raised in the store process when the run's process has ended, perhaps in the middle of a request.
DISCONNECTED = (EOFError, pickle.UnpicklingError, ConnectionError)
# How long the current request may take once the run no longer waits for it.
CLOSING_SECONDS = 10.0


class StoreExecutor(Protocol):
    """Runs functions that work with the store, in order: the store process or the store thread."""

    async def run(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a function of some module and return its result."""

    def close_early(self) -> None:
        """Let it end, because there is nothing more for it to run."""


class StoreProcessError(Exception):
    """The store process failed unexpectedly. The text says where, and contains no values."""


class StoreProcess(AbstractContextManager["StoreProcess"]):
    """The store process of one run, from start to end."""

    def __init__(self) -> None:
        """Fork it. This process must have no other thread: locks that it holds would stay locked in the copy."""
        ours, theirs = socket.socketpair()
        parent = os.getpid()
        self.pid = os.fork()
        if self.pid == 0:
            ours.close()
            _run_child(theirs, parent)
        theirs.close()
        self._socket = ours
        self._connecting = asyncio.Lock()
        self._channel: _Channel | None = None
        self._ended = False

    async def run(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a function of some module in the process. It continues when the caller is cancelled.

        Raises LeaseLostError, OperationalError when the store cannot be reached or the process has ended, and
        StoreProcessError for everything else.
        """
        channel = self._channel or await self._connect()
        return cast(R, await channel.request(pickle.dumps((work, args, kwargs), pickle.HIGHEST_PROTOCOL)))

    async def _connect(self) -> _Channel:
        async with self._connecting:
            if self._channel is None:
                loop = asyncio.get_running_loop()
                _, self._channel = await loop.create_connection(_Channel, sock=self._socket)
        return self._channel

    def close_early(self) -> None:
        """Let the process end while the run still has other work to do."""
        if self._channel is not None:
            self._channel.close()

    def __exit__(self, *exc: object) -> None:
        """End the process. When this returns, the last request has been executed, or never will be."""
        if self._ended:
            return
        self._ended = True
        busy = self._channel is not None and self._channel.close()
        self._socket.close()
        killer = threading.Timer(CLOSING_SECONDS, os.kill, (self.pid, signal.SIGKILL)) if busy else None
        if killer is not None:
            killer.start()
        with suppress(ChildProcessError):
            os.waitpid(self.pid, 0)
        if killer is not None:
            killer.cancel()


class _Channel(asyncio.Protocol):
    """The connection to the store process. Requests are sent at once, so that it never waits for the next one."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._waiting: deque[asyncio.Future[object]] = deque()  # answers arrive in this order
        self._received = bytearray()
        self._lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    async def request(self, request: bytes) -> object:
        if self._lost or self._transport is None:
            raise _process_ended()
        answer: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        self._waiting.append(answer)
        self._transport.write(request)
        return await answer

    def data_received(self, data: bytes) -> None:
        self._received += data
        while len(self._received) >= LENGTH and len(self._received) >= (
            end := LENGTH + int.from_bytes(self._received[:LENGTH])
        ):
            kind, value = pickle.loads(self._received[LENGTH:end])  # noqa: S301 - our own process wrote it
            waiting = self._waiting.popleft()
            del self._received[:end]
            if not waiting.done():
                _resolve(waiting, kind, value)

    def connection_lost(self, _exc: Exception | None) -> None:
        self._lost = True
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_exception(_process_ended())

    def close(self) -> bool:
        """Disconnect. Say whether the process may still execute a request."""
        if self._transport is not None:
            self._transport.abort()
        return bool(self._waiting) and not self._lost


def _process_ended() -> OperationalError:
    return OperationalError(None, None, ConnectionError("the store process has ended"))


def _resolve(waiting: asyncio.Future[object], kind: str, value: object) -> None:
    """Return or raise what the function returned or raised."""
    if kind == "done":
        waiting.set_result(value)
    elif kind == "lost":
        waiting.set_exception(LeaseLostError(str(value)))
    elif kind == "unreachable":
        waiting.set_exception(OperationalError(None, None, ConnectionError(str(value))))
    else:
        waiting.set_exception(StoreProcessError(str(value)))


def _run_child(connection: socket.socket, parent: int) -> NoReturn:
    """Execute requests until the run's process disconnects."""
    try:
        _start_child(parent)
        _serve(connection)
    except BaseException as error:  # noqa: BLE001 - nothing of the parent's program may continue here
        log.error("store_process.failed", error=type(error).__name__)
    finally:
        os._exit(0)


def _serve(connection: socket.socket) -> None:
    with (
        suppress(*DISCONNECTED),
        connection,
        connection.makefile("rb") as requests,
        connection.makefile("wb") as answers,
    ):
        while True:
            work, args, kwargs = pickle.load(requests)  # noqa: S301 - our own process wrote it
            answer = pickle.dumps(_execute(work, args, kwargs), pickle.HIGHEST_PROTOCOL)
            answers.write(len(answer).to_bytes(LENGTH) + answer)
            answers.flush()


def _start_child(parent: int) -> None:
    """Ignore signals to stop, end with the run's process, and open a connection to the store."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM):
        signal.signal(number, signal.SIG_IGN)
    die_with_parent(signal.SIGKILL, parent)
    db.drop_inherited_connections()
    gc.freeze()
    with suppress(DBAPIError), db.driver_reading():  # connect before the first request comes
        pass


def _execute(work: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[str, Any]:
    try:
        return "done", work(*args, **kwargs)
    except LeaseLostError as error:
        return "lost", str(error)
    except OUTAGES as error:
        return "unreachable", type(getattr(error, "orig", error)).__name__
    except Exception as error:  # noqa: BLE001 - the run's process raises it
        return "failed", f"{type(error).__name__}\n{''.join(traceback.format_tb(error.__traceback__))}"


class StoreThread(AbstractContextManager["StoreThread"]):
    """The store thread of one run: the loop never waits for the disk."""

    def __init__(self) -> None:
        """Make the pool. The thread starts with the first call."""
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="store")

    async def run(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a function in the thread and wait for it without blocking the loop."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, lambda: work(*args, **kwargs))

    def close_early(self) -> None:
        """Do nothing: the run still uses its thread for other work."""

    def __exit__(self, *exc: object) -> None:
        """Wait for the current function and drop those that have not started."""
        self._pool.shutdown(wait=True, cancel_futures=True)
