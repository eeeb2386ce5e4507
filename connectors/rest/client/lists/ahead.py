"""Request the pages of a list before they are needed, where it is known how many there are."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from connectors.concurrency import cancel
from connectors.http.response import Response
from connectors.rest.client.lists.next_page import Request

# Pages that are requested, or wait in memory, at a time.
PAGES_AT_ONCE = 16


class PagesAhead:
    """The pages of one reading of a list: each is taken in its turn, whenever its response came."""

    def __init__(self, ask: Callable[[Request], Coroutine[Any, Any, Response]]) -> None:
        """Take what requests a page."""
        self._ask = ask
        self._tasks: dict[tuple[object, ...], asyncio.Task[Response]] = {}

    async def get(self, request: Request) -> Response:
        """Return the response to a request. Raises ConnectorError."""
        task = self._tasks.pop(request.key, None)
        if task is not None:
            return await task
        await self.close()  # the list continues elsewhere than it seemed
        return await self._ask(request)

    def request(self, expected: Iterable[Request]) -> None:
        """Request pages that will be needed, as many as fit."""
        for request in expected:
            if len(self._tasks) >= PAGES_AT_ONCE:
                return
            if request.key not in self._tasks:
                self._tasks[request.key] = asyncio.ensure_future(self._ask(request))

    async def close(self) -> None:
        """Give up what was requested and is not needed."""
        tasks, self._tasks = list(self._tasks.values()), {}
        await cancel(tasks)
