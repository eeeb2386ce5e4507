"""The store thread of a run: it executes what has to be done with the store, in order, while the loop sends requests.

One thread is enough. Work with the store is a tenth of what a run takes, and the databases work without Python's lock
(decision 29).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class StoreThread(AbstractContextManager["StoreThread"]):
    """The store thread of one run: the loop never waits for the disk."""

    def __init__(self) -> None:
        """Make the pool. The thread starts with the first call."""
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="store")

    async def run(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a function in the thread and wait for it without blocking the loop."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, lambda: work(*args, **kwargs))

    def __exit__(self, *exc: object) -> None:
        """Wait for the current function and drop those that have not started."""
        self._pool.shutdown(wait=True, cancel_futures=True)
